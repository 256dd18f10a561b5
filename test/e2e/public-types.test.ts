import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { publicTypes } from '../support/public-types.ts';

/*
 * What TypeScript programs see of the built package. After an intended change,
 * `npx vitest run test/e2e/public-types.test.ts --update` writes the snapshot again.
 */

const root = join(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

it('the declarations of the package are those of the snapshot', async () => {
  const { exports } = JSON.parse(read('package.json')) as { exports: Record<string, string | { types?: string }> };
  const texts: string[] = [];
  for (const [name, target] of Object.entries(exports)) {
    const types = typeof target === 'string' ? undefined : target.types;
    texts.push(`// ${name}: ${types === undefined ? 'no types' : 'types'}`);
    if (types !== undefined) texts.push(await publicTypes(types.replace(/^\.\//, ''), read));
  }
  await expect(texts.join('\n')).toMatchFileSnapshot('./__snapshots__/public-types.txt');
});
