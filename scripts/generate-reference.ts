import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { configurationJsonSchema } from '../src/infrastructure/config/schema/json-schema.ts';
import { configurationReference } from '../src/infrastructure/config/schema/reference.ts';

/** What is generated from the configuration schema: path in the repository → text. A test compares it with what is committed. */
export const generated = (): Readonly<Record<string, string>> => ({
  'schema/config.schema.json': `${JSON.stringify(configurationJsonSchema(), null, 2)}\n`,
  'docs/configuration.md': configurationReference(),
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, text] of Object.entries(generated())) {
    const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stderr.write(`${path}\n`);
  }
}
