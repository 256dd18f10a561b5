import type { JsonSchema } from './formats.ts';
import { schema } from './schema.ts';
import { isLeaf, type AnyLeaf, type Section } from './node.ts';

/** The JSON Schema (draft 2020-12) of a configuration file, for editors; made from the schema that validates it. */
export const configurationJsonSchema = (): JsonSchema => {
  const { properties, ...rest } = objectOf(schema);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'ts-experimenter: configuration of a study',
    ...rest,
    properties: {
      $schema: { type: 'string', description: 'Where this JSON Schema is, for editors.' },
      ...(properties as object),
    },
    required: ['table'],
  };
};

const objectOf = (section: Section): JsonSchema => {
  const required = Object.entries(section)
    .filter(([, node]) => isLeaf(node) && node.default === null && !node.nullable)
    .map(([name]) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(
      Object.entries(section).map(([name, node]) => [name, isLeaf(node) ? leafOf(node) : objectOf(node)]),
    ),
    ...(required.length > 0 ? { required } : {}),
    additionalProperties: false,
  };
};

const leafOf = (leaf: AnyLeaf): JsonSchema => {
  const { json } = leaf.type;
  const words = {
    description: leaf.doc,
    ...(leaf.default === null && !leaf.nullable ? {} : { default: leaf.default }),
  };
  if (!leaf.nullable) return { ...words, ...json };
  if (typeof json['type'] === 'string' && json['enum'] === undefined)
    return { ...words, ...json, type: [...new Set([json['type'], 'null'])] };
  return {
    ...words,
    anyOf: [...(Array.isArray(json['anyOf']) ? (json['anyOf'] as unknown[]) : [json]), { type: 'null' }],
  };
};
