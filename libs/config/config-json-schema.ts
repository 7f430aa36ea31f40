import { z } from 'zod';
import { settingsSchema } from './settings-schema.js';

/** JSON Schema of knockgate.yaml, for editors; draft 7 is what they read. The readers check more than it can say. */
export function configJsonSchema(): object {
  const schema = z.toJSONSchema(settingsSchema, {
    io: 'input',
    target: 'draft-7',
    // zod drops the `default` of a schema that transforms, as the value might be an output. Ours are inputs.
    override: ({ zodSchema, jsonSchema }) => {
      const preset = z.globalRegistry.get(zodSchema)?.['default'];
      if (preset !== undefined) Object.assign(jsonSchema, { default: preset });
    },
  });
  return { ...schema, title: 'knockgate.yaml', description: 'The config of knockgate.' };
}

/** What knockgate.schema.json holds. */
export function configJsonSchemaText(): string {
  return `${JSON.stringify(configJsonSchema(), null, 2)}\n`;
}
