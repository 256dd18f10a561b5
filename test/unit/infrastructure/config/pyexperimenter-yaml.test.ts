import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ExperimenterError } from '../../../../src/domain/errors.ts';
import { pythonText } from '../../../../src/infrastructure/config/python-yaml/python-values.ts';
import { readPythonYaml } from '../../../../src/infrastructure/config/python-yaml/read.ts';
import { SourceText } from '../../../../src/infrastructure/text/source-text.ts';
import { load, refusal, temporaryFolder } from '../../../support/configurations.ts';
import { documentedConfiguration } from '../../../support/pyexperimenter.ts';
import { yamlDocuments } from '../../../support/yaml-documents.ts';

const fixture = (name: string): string =>
  fileURLToPath(new URL(`../../../fixtures/pyexperimenter/${name}`, import.meta.url));

/** What read_yaml.py says of a document: null where Python refuses it. */
type Said = { readonly value: unknown } | null;

const said = (value: unknown, reading: SourceText, path: readonly string[]): unknown => {
  if (Array.isArray(value)) return value.map((item, index) => said(item, reading, [...path, String(index)]));
  if (typeof value === 'object' && value !== null)
    return { map: Object.entries(value).map(([key, item]) => [key, said(item, reading, [...path, key])]) };
  if (typeof value === 'number' && reading.isFloat(path)) return { float: pythonText({ value, float: true }) };
  return typeof value === 'number' || typeof value === 'bigint' ? { int: String(value) } : value;
};

/** What we say of it: the refusal, where we refuse it. */
const ours = (document: string): Said | string => {
  const reading = new SourceText('document', document);
  try {
    return { value: said(readPythonYaml(reading), reading, []) };
  } catch (error) {
    if (!(error instanceof ExperimenterError)) throw error;
    return error.message;
  }
};

const python = (documents: readonly string[]): readonly Said[] =>
  JSON.parse(
    execFileSync('python3', [fixture('read_yaml.py')], {
      input: JSON.stringify(documents),
      maxBuffer: 2 ** 30,
      encoding: 'utf8',
    }),
  ) as Said[];

const corpus = JSON.parse(readFileSync(fixture('yaml-corpus.json'), 'utf8')) as { document: string; reading: Said }[];

describe('YAML, as PyYAML and OmegaConf read it', () => {
  it.each(corpus)('$document', ({ document, reading }) => {
    const read = ours(document);
    if (reading === null) expect(typeof read, JSON.stringify(read)).toBe('string');
    else expect(read).toEqual(reading);
  });
});

const pythonReads = spawnSync('python3', ['-c', 'import yaml']).status === 0;

describe('hostile YAML', () => {
  const doubled = (first: string, each: (one: string, before: string) => string): string =>
    Array.from({ length: 40 }, (_, at) => (at === 0 ? first : each(`x${at}`, `x${at - 1}`))).join('\n');
  const merging = (one: string, before: string) => `${one}: &${one} {<<: [*${before}, *${before}]}`;
  const steps = Array.from({ length: 400 }, (_, at) => `${' '.repeat(at)}a:`);

  it.each([
    ['brackets', '['.repeat(500_000), /nested deeper than 64 levels/],
    ['indentation', steps.join('\n'), /nested deeper than 64 levels/],
    ['dashes', '- '.repeat(400_000), /nested deeper than 64 levels/],
    [
      'aliases',
      doubled('x0: &x0 [1, 2]', (one, before) => `${one}: &${one} [*${before}, *${before}]`),
      /more than 200000 values/,
    ],
    ['merged maps', doubled('x0: &x0 {a: 1}', merging), /more than 200000 values/],
    ['merged empty maps', doubled('x0: &x0 {}', merging), /more than 200000 values/],
    ['a prototype', '__proto__: 1', /the key "__proto__" is refused/],
    ['a control character', 'a: \u0007', /1:4: a control character/],
  ])('of %s is refused', (_, document, message) => {
    expect(ours(document)).toMatch(message);
  });

  it.each([
    ['keys', Array.from({ length: 60_000 }, (_, at) => `key${at}: ${at}`).join('\n')],
    ['words', `a: ${'b:c#d '.repeat(150_000)}`],
    ['lines', `a: b\n${'  c\n'.repeat(200_000)}`],
    ['quotes', `a: '${"''".repeat(400_000)}'`],
    ['lines of a block', `a: |\n${'  c\n'.repeat(200_000)}`],
  ])('of many %s is read', (_, document) => {
    expect(ours(document)).toBeTypeOf('object');
  });
});

describe.skipIf(!pythonReads)('YAML, beside Python', () => {
  it('is recorded as Python reads it', () => {
    expect(python(corpus.map(({ document }) => document))).toEqual(corpus.map(({ reading }) => reading));
  });

  it('is read alike, whatever the document', () => {
    const seed = Math.trunc(Math.random() * 2 ** 31);
    const documents = fc.sample(yamlDocuments, { numRuns: 4_000, seed });
    const answers = python(documents);
    let compared = 0;
    for (const [index, document] of documents.entries()) {
      const read = ours(document); // which throws only what names the place
      const answer = answers[index] ?? null;
      // Of keys that are not texts, Python takes the last; we refuse a key that stands there twice.
      if (answer === null || (typeof read === 'string' && read.includes('stands here twice'))) continue;
      expect(read, `seed ${seed}: ${JSON.stringify(document)}`).toEqual(answer);
      compared += 1;
    }
    expect(compared).toBeGreaterThan(1_000);
  });
});

describe('a configuration of PyExperimenter', () => {
  const values = (text: string) => {
    using folder = temporaryFolder();
    const inline = /dataset: .*/;
    const block = `dataset:\n          type: VARCHAR(255)\n          values: ${text}`;
    const file = folder.write('e.yml', documentedConfiguration().replace(inline, block));
    return load(file).grid.keyfields['dataset']?.values;
  };

  it('has comments right after a bracket, and lists that go on at their key’s column', () => {
    expect(values("['iris']#, 'wine']")).toEqual(['iris']);
    expect(values("['iris',\n          'wine',\n          ]")).toEqual(['iris', 'wine']);
    expect(values('!!seq [\'1\', # one\n"2",]')).toEqual(['1', '2']);
  });

  it('may say %YAML 1.1', () => {
    using folder = temporaryFolder();
    const file = folder.write('e.yml', `%YAML 1.1\n---\n${documentedConfiguration()}`);
    expect(load(file).study.table).toBe('kernels');
  });

  it('is refused with line and column, and without its text', () => {
    using folder = temporaryFolder();
    const text = documentedConfiguration().replace("['iris', 'wine']", "['hunter2', 'wine'");
    const { message } = refusal(folder.write('e.yml', text));
    expect(message).toMatch(/e\.yml:\d+:\d+: a closing quote or bracket, a comma, a ":" or a space is missing here$/);
    expect(message).not.toContain('hunter2');
  });
});
