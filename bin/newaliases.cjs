#!/usr/bin/env node
require('./start.cjs')('newaliases');
