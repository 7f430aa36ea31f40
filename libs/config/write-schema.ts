import { writeFileSync } from 'node:fs';
import { configJsonSchemaText } from './config-json-schema.js';

// `npm run schema`; npm runs it at the root of the package, where the committed file is.
writeFileSync('knockgate.schema.json', configJsonSchemaText());
