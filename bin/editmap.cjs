#!/usr/bin/env node
require('../dist/programs/editmap.cjs');
