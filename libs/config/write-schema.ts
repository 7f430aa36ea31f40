import { readFileSync, writeFileSync } from 'node:fs';
import { configJsonSchemaText } from './config-json-schema.js';
import { withKeyReference } from './key-reference.js';

const PAGE = 'docs/configuration.md';

// `npm run schema`; npm runs it at the root of the package, where the committed files are.
writeFileSync('knockgate.schema.json', configJsonSchemaText());
writeFileSync(PAGE, withKeyReference(readFileSync(PAGE, 'utf8')));
