#!/usr/bin/env node
import { keepSmall } from './young-generation.js';

keepSmall();
await import('./command-line.js'); // and all that it imports, which is what makes the garbage
