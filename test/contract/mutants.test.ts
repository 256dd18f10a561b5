import { appendFileSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { ClaimCursor } from '../../src/infrastructure/database/protocol/claim.ts';
import { describeOnMysql } from '../support/databases.ts';
import { explore, type Finding } from '../support/model/run.ts';
import { memorySystem, mysqlSystem, sqliteSystem, type System } from '../support/model/systems.ts';
import { claimMutants } from '../support/mutants/claim-mutants.ts';
import { equivalentMutants } from '../support/mutants/equivalent-mutants.ts';
import { memoryMutants } from '../support/mutants/memory-mutants.ts';
import type { Traces } from '../support/mutants/mutant-database.ts';
import { resetMutants } from '../support/mutants/reset-mutants.ts';
import { runnerMutants } from '../support/mutants/runner-mutants.ts';
import { writeMutants } from '../support/mutants/write-mutants.ts';

/* The test of the test: each mistake in the protocol must be found by the model's stories, with this seed. */

const SEED = Number(process.env['MODEL_SEED'] ?? 20260101);
/** MUTANTS_REPORT=<file>: the shortest story found for each mutant is appended there, as a row of a table. */
const REPORT = process.env['MUTANTS_REPORT'];
const SHRINK_SECONDS = 2;
/** Many times what the best hidden mutant needs. */
const STORIES = 2_000;
/** Mutants that nobody can tell from the product survive so many. */
const SURVIVED = 40;

const meet = async (system: System, runs: number, traces: Traces): Promise<Finding | undefined> => {
  try {
    const shrinking = REPORT === undefined ? {} : { shrinkSeconds: SHRINK_SECONDS };
    const { finding } = await explore(system, { seed: SEED, runs, steps: 60, ...shrinking });
    expect(traces.changed, 'the mutant no longer matches any statement: give it a new pattern').toBeGreaterThan(0);
    return finding;
  } finally {
    await system.close();
  }
};

const find = async (where: string, name: string, system: System, traces: Traces): Promise<void> => {
  const finding = await meet(system, STORIES, traces);
  expect(finding, `it survives ${STORIES} stories`).toBeDefined();
  if (REPORT === undefined || !finding) return;
  const said = (finding.error.message.split('\n')[0] ?? '').replaceAll('|', '\\|').slice(0, 80).trim();
  const cells = [name, where, said, finding.story.length, finding.story.join(' → ').replaceAll('|', '\\|')];
  appendFileSync(REPORT, `| ${cells.join(' | ')} |\n`);
};

const timeout = 300_000;

for (const { name, mutation } of memoryMutants) {
  it(`finds, in memory: ${name}`, { timeout }, async () => {
    const traces = { changed: 0 };
    await find('memory', name, await memorySystem(mutation(traces)), traces);
  });
}

for (const { name, mutation } of [...writeMutants, ...claimMutants, ...runnerMutants, ...resetMutants]) {
  it(`finds, on SQLite: ${name}`, { timeout }, async () => {
    const traces = { changed: 0 };
    await find('SQLite', name, await sqliteSystem(mutation(traces)), traces);
  });
}

for (const { name, mutation, equivalent } of equivalentMutants) {
  it(`cannot tell from the product: ${name}`, { timeout }, async () => {
    const traces = { changed: 0 };
    const finding = await meet(await sqliteSystem(mutation(traces)), SURVIVED, traces);
    expect(finding?.error.message, `equivalent (${equivalent}), and yet`).toBeUndefined();
  });
}

describeOnMysql('mutants', (server) => {
  // A claim that finds too little behind the cursor looks before it, and the cursor forgets after 30 s: only the order
  // changes, in which the contract lets come later what was opened again.
  it('cannot tell from the product: the cursor of the claim is never reset', { timeout }, async () => {
    const traces = { changed: 0 };
    const reset = vi.spyOn(ClaimCursor.prototype, 'reset').mockImplementation(() => void (traces.changed += 1));
    try {
      const finding = await meet(await mysqlSystem(server), SURVIVED / 4, traces);
      expect(finding?.error.message).toBeUndefined();
    } finally {
      reset.mockRestore();
    }
  });
});
