#!/usr/bin/env node
require('./node-version.cjs');
require('../dist/programs/newaliases.cjs');
