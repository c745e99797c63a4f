#!/usr/bin/env node
require('../dist/programs/praliases.cjs');
