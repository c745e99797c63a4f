#!/usr/bin/env node
require('../dist/programs/newaliases.cjs');
