import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { generated } from '../../../../scripts/generate-reference.ts';
import { configurationJsonSchema } from '../../../../src/infrastructure/config/schema/json-schema.ts';
import { leaves } from '../../../../src/infrastructure/config/schema/schema.ts';

describe('generated from the schema', () => {
  it.each(Object.entries(generated()))('%s is what is committed (else: npm run generate)', (path, text) => {
    expect(readFileSync(new URL(`../../../../${path}`, import.meta.url), 'utf8')).toBe(text);
  });

  it('the JSON Schema knows every key and allows no other', () => {
    interface Node {
      readonly properties?: Record<string, Node>;
      readonly additionalProperties?: unknown;
    }
    for (const [path, { doc }] of leaves()) {
      let node: Node | undefined = configurationJsonSchema();
      for (const key of path) {
        expect(node?.additionalProperties).toBe(false);
        node = node?.properties?.[key];
      }
      expect(node).toMatchObject({ description: doc });
    }
  });

  it.each([
    ['INT', true],
    ['int unsigned', true],
    ['VarChar(255)', true],
    ['DECIMAL(10, 2)', true],
    ['double precision', true],
    ['INTT', false],
    ['INT; DROP TABLE x', false],
    ['', false],
  ])("the JSON Schema's pattern of types: %s", (type, fits) => {
    const { $: found } = {
      $: JSON.stringify(configurationJsonSchema()).match(/"pattern":("(?:[^"\\]|\\.)*\[Tt\](?:[^"\\]|\\.)*")/)?.[1],
    };
    expect(new RegExp(JSON.parse(found ?? '""') as string).test(type)).toBe(fits);
  });
});
