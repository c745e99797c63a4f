#!/usr/bin/env node
require('../dist/programs/mailmaps.cjs');
