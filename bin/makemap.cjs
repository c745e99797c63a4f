#!/usr/bin/env node
require('../dist/programs/makemap.cjs');
