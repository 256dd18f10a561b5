import { expect, it } from 'vitest';
import { publicTypes } from '../../support/public-types.ts';

/** A small package; its class inherits from one that is not exported. */
const files: Readonly<Record<string, string>> = {
  'dist/index.d.ts': `
    export { Study, type Options as StudyOptions } from './domain/study.ts';
    export type * from './domain/row.ts';
    export declare const open: (options: import("./domain/study.ts").Options) => Promise<import("./domain/study.ts").Study>;`,
  'dist/domain/study.d.ts': `
    import type { Readable } from 'node:stream';
    import type { Named } from './named.ts';
    import { Base } from './base.ts';
    import type { Row } from './row.ts';
    /** Said in words. */
    export interface Options extends Named, Partial<Row> { readonly rows: readonly Row[]; }
    export declare class Study extends Base { #private; private count; constructor(options: Options);
      /** All of them. */
      rows(): Readable; rows(row: Row): void; }`,
  'dist/domain/base.d.ts': `import type { Row } from './row.ts';
    export declare class Base { private constructor(); protected first: Row; close(): void; }`,
  'dist/domain/named.d.ts': `export interface Named { name: string; }`,
  'dist/domain/row.d.ts': `export interface Row { readonly id: number; readonly kind: Kind; }
    declare const kinds: readonly ['a', 'b']; type Kind = (typeof kinds)[number]; export {};`,
};

const textOf = async (changed: Readonly<Record<string, string>> = files): Promise<string> =>
  publicTypes('dist/index.d.ts', (path) => changed[path] ?? `no file ${path}`);

/** The same package with another text in place of one, in every file and every path. */
const replaced = (from: string, to: string): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path.replaceAll(from, to), text.replaceAll(from, to)]),
  );

it('is what is exported and what that refers to, sorted, with inherited members and without private ones', async () => {
  expect(await textOf()).toBe(`import type { Readable } from 'node:stream';

// Exported.

export interface Row {
  readonly id: number;
  readonly kind: Kind;
}

export declare class Study {
  close(): void;
  constructor(options: StudyOptions);
  protected first: Row;
  rows(): Readable;
  rows(row: Row): void;
}

export interface StudyOptions extends Partial<Row> {
  name: string;
  readonly rows: readonly Row[];
}

export declare const open: (options: StudyOptions) => Promise<Study>;

// Not exported, but referred to.

type Kind = (typeof kinds)[number];

declare const kinds: readonly ['a', 'b'];
`);
});

it.each([
  ['./domain/study.ts', './domain/studies/one.ts', 'dist/domain/study.d.ts', 'dist/domain/studies/one.d.ts'],
  ['./named.ts', './names.ts', 'dist/domain/named.d.ts', 'dist/domain/names.d.ts'],
])('stays the same when %s moves to %s', async (from, to, old, path) => {
  const { [old]: text = '', ...others } = replaced(from, to);
  const moved = to.includes('studies') ? text.replaceAll(`'./`, `'../`) : text;
  expect(await textOf({ ...others, [path]: moved })).toBe(await textOf());
});

it('stays the same when a comment, a private member or a base class changes', async () => {
  const text = await textOf();
  expect(await textOf(replaced('Said in words.', 'Other words.'))).toBe(text);
  expect(await textOf(replaced('private count', 'private size'))).toBe(text);
  const base = `export declare class Root { protected first: import("./row.ts").Row; close(): void; }
    export declare class Base extends Root {}`;
  expect(await textOf({ ...files, 'dist/domain/base.d.ts': base })).toBe(text);
});

it.each([
  ['close()', 'end()'],
  ['rows(row: Row)', 'rows(row: Row, more: boolean)'],
  ['readonly id', 'id'],
  ["'a', 'b'", "'a', 'c'"],
  ['name: string', 'name?: string'],
  ['as StudyOptions', 'as OpenOptions'],
  ["'node:stream'", "'node:net'"],
])('changes when %s becomes %s', async (from, to) => {
  expect(await textOf(replaced(from, to))).not.toBe(await textOf());
});

it('keeps two declarations of one name apart', async () => {
  const named = `export interface Named { kind: Kind; } interface Kind { readonly other: true; }`;
  const text = await textOf({ ...files, 'dist/domain/named.d.ts': named });
  expect(text).toContain('readonly other: true');
  expect(text).toContain('Kind_2');
});

it.each(['./gone.ts', './domain/row.ts'])('refuses a name that %s does not export', async (specifier) => {
  const index = `export type { Gone } from '${specifier}';`;
  await expect(textOf({ ...files, 'dist/index.d.ts': index })).rejects.toThrow(/gone|Gone/);
});
