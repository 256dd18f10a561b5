import { describe, expect, it } from 'vitest';
import { checkLayers, type FolderRules } from '../../../scripts/layers.ts';

const dependencies = new Set(['@mikro-orm/core', 'commander', 'tsyringe']);

/** A small house in which every rule holds. */
const house = {
  'src/main.ts': `import './infrastructure/cli/run.ts';`,
  'src/index.ts': `export * from './application/run.ts'; export type { Study } from './domain/study.ts';`,
  'src/domain/study.ts': `export interface Study {}`,
  'src/application/messages.ts': `import type { Study } from '../domain/study.ts'; export type Message = Study;`,
  'src/application/run.ts': `import { setTimeout } from 'node:timers/promises'; import './messages.ts'; export { setTimeout };`,
  'src/infrastructure/container.ts': `import { container } from 'tsyringe'; import './database/orm.ts'; export { container };`,
  'src/infrastructure/cli/run.ts': `import { Command } from 'commander'; import '../container.ts'; export { Command };`,
  'src/infrastructure/database/orm.ts': `import type { Options } from '@mikro-orm/core/x'; export type { Options };`,
  'src/infrastructure/workers/threads/worker.ts': `
    // import { MikroORM } from '@mikro-orm/core';
    import { parentPort } from 'node:worker_threads';
    import type { Message } from '../../../application/messages.ts';
    import './envelope.ts';
    export const load = (url: string): Promise<unknown> => import(url);
    export const post = (message: Message) => parentPort?.postMessage(message);
    export const text = "import x from '../database/orm.ts'";`,
  'src/infrastructure/workers/threads/envelope.ts': `import '../../../domain/study.ts';`,
};

/** Exactly what the folders of the small house need. */
const folders: FolderRules = {
  application: ['domain'],
  infrastructure: ['infrastructure/database'],
  'infrastructure/cli': ['infrastructure'],
  'infrastructure/workers/threads': ['application', 'domain'],
};

/** What the checker says about the house with these files added or replaced, as `rule ← file: detail`. */
function allComplaints(changes: Record<string, string>, rules = folders): string[] {
  const files = new Map(Object.entries({ ...house, ...changes }));
  return checkLayers(files, dependencies, rules).map(({ rule, file, detail }) => `${rule} ← ${file}: ${detail}`);
}

/** The same without what is said about folders. */
const complaints = (changes: Record<string, string>): string[] =>
  allComplaints(changes).filter((complaint) => !/folder/.test(complaint.split(' ← ')[0] ?? ''));

it('a sound house passes', () => {
  expect(allComplaints({})).toEqual([]);
});

describe('folders', () => {
  it('import what the table allows, types included', () => {
    const file = 'src/infrastructure/database/orm.ts';
    expect(allComplaints({ [file]: `import type { Message } from '../../application/messages.ts';` })).toEqual([
      `a folder imports only what scripts/folders.ts allows ← ${file}: imports ../../application/messages.ts: infrastructure/database → application`,
    ]);
  });

  it('lose from the table what they do not need any more', () => {
    expect(allComplaints({ 'src/infrastructure/cli/run.ts': `import 'commander';` })).toEqual([
      'the table of folders ← scripts/folders.ts: nothing needs infrastructure/cli → infrastructure',
    ]);
  });

  it('form no circle, even one that the table allows', () => {
    const changes = { 'src/infrastructure/database/orm.ts': `import '../cli/run.ts'` };
    expect(allComplaints(changes, { ...folders, 'infrastructure/database': ['infrastructure/cli'] })).toContain(
      'the table of folders ← scripts/folders.ts: a circle: infrastructure → infrastructure/database → infrastructure/cli → infrastructure',
    );
  });
});

describe('a planted violation is caught:', () => {
  const planted: [what: string, file: string, text: string, rule: string][] = [
    ['domain imports application', 'src/domain/a.ts', `import '../application/run.ts'`, 'domain imports only domain'],
    [
      'domain imports a type',
      'src/domain/a.ts',
      `import type { A } from '../application/run.ts'`,
      'domain imports only',
    ],
    ['domain imports node:', 'src/domain/a.ts', `import fs from 'node:fs'`, 'domain imports only domain'],
    [
      'domain imports a package',
      'src/domain/a.ts',
      `export { Command } from 'commander'`,
      'domain imports only domain',
    ],
    [
      'domain names a type in place',
      'src/domain/a.ts',
      `let a: import('commander').Command`,
      'domain imports only domain',
    ],
    [
      'application imports infrastructure',
      'src/application/a.ts',
      `import '../infrastructure/database/orm.ts'`,
      'application imports only',
    ],
    [
      'application loads it later',
      'src/application/a.ts',
      `await import('../infrastructure/database/orm.ts')`,
      'application imports only',
    ],
    ['application imports a package', 'src/application/a.ts', `import 'commander'`, 'application imports only'],
    [
      'application requires a package',
      'src/application/a.ts',
      `const c = require('commander')`,
      'application imports only',
    ],
    [
      'application re-exports it',
      'src/application/a.ts',
      `export * from '../infrastructure/container.ts'`,
      'application imports only',
    ],
    ['infrastructure imports the entry', 'src/infrastructure/a.ts', `import '../main.ts'`, 'infrastructure imports'],
    ['infrastructure imports the index', 'src/infrastructure/a.ts', `import '../index.ts'`, 'infrastructure imports'],
    [
      'infrastructure imports a test',
      'src/infrastructure/a.ts',
      `import '../../test/support/x.ts'`,
      'infrastructure imports',
    ],
    [
      'tsyringe elsewhere',
      'src/infrastructure/cli/a.ts',
      `import { container } from 'tsyringe'`,
      'only container.ts and tokens.ts know tsyringe',
    ],
    [
      'a package that users do not get',
      'src/infrastructure/a.ts',
      `import 'vitest'`,
      'what src imports is a dependency',
    ],
    ['a built-in without node:', 'src/infrastructure/a.ts', `import 'fs'`, 'what src imports is a dependency'],
    ['a file that is not there', 'src/domain/a.ts', `import './b.ts'`, 'an import leads to a file of src'],
    ['a file in no layer', 'src/utils/a.ts', `import '../domain/study.ts'`, 'src holds main.ts'],
  ];
  it.each(planted)('%s', (_what, file, text, rule) => {
    expect(complaints({ [file]: text }).join('\n')).toContain(rule);
  });
});

describe('the worker entry', () => {
  const rule = 'a worker thread loads only workers, system, domain and node:';
  const envelope = 'src/infrastructure/workers/threads/envelope.ts';

  it.each([
    ['the ORM', `import '@mikro-orm/core'`],
    ['another room', `import '../../database/orm.ts'`],
    ['a value from application', `import { run } from '../../../application/run.ts'`],
    ['an import emptied of its types', `import { type Message } from '../../../application/messages.ts'`],
    ['the container, later', `export const later = () => import('../../container.ts')`],
  ])('does not load %s, however far away', (_what, text) => {
    expect(complaints({ [envelope]: `import './far.ts'`, 'src/infrastructure/workers/threads/far.ts': text })).toEqual([
      expect.stringContaining(`${rule} ← src/infrastructure/workers/threads/far.ts`),
    ]);
  });

  it('is any file that is called a worker', () => {
    expect(complaints({ 'src/infrastructure/workers/experiment/check-worker.ts': `import 'commander'` })).toEqual([
      expect.stringContaining(`${rule} ← src/infrastructure/workers/experiment/check-worker.ts`),
    ]);
  });

  it('does not bind the rest of its room', () => {
    expect(
      complaints({ 'src/infrastructure/workers/pool.ts': `import '../../application/run.ts'; import 'commander';` }),
    ).toEqual([]);
  });

  it('must be there for the rule to guard anything', () => {
    const { 'src/infrastructure/workers/threads/worker.ts': _, ...rest } = house;
    const rules = { ...folders, 'infrastructure/workers/threads': ['domain'] };
    const found = checkLayers(new Map(Object.entries(rest)), dependencies, rules);
    expect(found.map((each) => each.rule)).toEqual([rule]);
  });
});

describe('cycles', () => {
  const cycles = (changes: Record<string, string>): string[] =>
    complaints(changes).filter((each) => each.startsWith('no import cycles'));

  it('are told once, with the way', () => {
    const changes = {
      'src/domain/a.ts': `import './b.ts'`,
      'src/domain/b.ts': `import './c.ts'; import './study.ts'`,
      'src/domain/c.ts': `export type { A } from './a.ts'`,
    };
    expect(cycles(changes)).toEqual([
      'no import cycles ← src/domain/a.ts: src/domain/a.ts → src/domain/b.ts → src/domain/c.ts → src/domain/a.ts',
    ]);
  });

  it('of one file are cycles', () => {
    expect(cycles({ 'src/domain/a.ts': `import './a.ts'` })).toHaveLength(1);
  });
});
