import { writeFileSync } from 'node:fs';
import { createProgram } from '../program.js';
import { manPage } from './man-page.js';

// `npm run man`; npm runs it at the root of the package, where the committed file is.
writeFileSync('knockgate.1', manPage(createProgram()));
