import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { explore, type Finding } from '../support/model/run.ts';
import { memorySystem, sqliteSystem, type System } from '../support/model/systems.ts';
import { memoryMutants } from '../support/mutants/memory-mutants.ts';
import type { Traces } from '../support/mutants/mutant-database.ts';
import { type Mutant, sqliteMutants } from '../support/mutants/sqlite-mutants.ts';

/** The test of the test: each mistake in the protocol must be found by the model's stories, with this seed. */
const SEED = Number(process.env['MODEL_SEED'] ?? 20260101);
/** The shortest story for each mutant, written there as a table (`npm run mutants`). */
const REPORT = process.env['MUTANTS_REPORT'];
const STORIES = { memory: 2_000, sqlite: 1_000 };
/** Mutants that nobody can tell from the product survive so many. */
const SURVIVED = 40;

if (REPORT !== undefined) {
  mkdirSync(path.dirname(REPORT), { recursive: true });
  writeFileSync(
    REPORT,
    '| on | mutant | caught by | stories | steps | the shortest story found |\n|---|---|---|---|---|---|\n',
  );
}

const meet = async (
  where: 'memory' | 'sqlite',
  { name, equivalent }: Mutant<unknown>,
  open: (traces: Traces) => Promise<System>,
): Promise<void> => {
  const traces = { changed: 0 };
  const system = await open(traces);
  try {
    const { finding, steps } = await explore(system, {
      seed: SEED,
      runs: equivalent === undefined ? STORIES[where] : SURVIVED,
      steps: 60,
      ...(REPORT !== undefined && { shrinkSeconds: Number(process.env['MUTANTS_SECONDS'] ?? 20) }),
    });
    expect(traces.changed, 'the statement that it changes is not made any more').toBeGreaterThan(0);
    if (REPORT !== undefined) appendFileSync(REPORT, `${row(where, name, finding)}\n`);
    if (equivalent !== undefined) expect(finding?.error.message, 'equivalent, and yet').toBeUndefined();
    else expect(finding, `survived ${steps} steps`).toBeDefined();
  } finally {
    await system.close();
  }
};

const row = (where: string, name: string, finding: Finding | undefined): string => {
  const told =
    finding?.error.message
      .split('\n')
      .slice(0, 2)
      .join(' ')
      .replace('+ actual - expected', '')
      .replaceAll('|', '\\|')
      .slice(0, 60)
      .trim() ?? '';
  return finding
    ? `| ${where} | ${name} | ${told} | ${finding.runs} | ${finding.story.length} | ${finding.story.join(' → ').replaceAll('|', '\\|')} |`
    : `| ${where} | ${name} | survives | | | |`;
};

const timeout = 300_000;

it.each(memoryMutants)('finds, in memory: $name', { timeout }, async (mutant) => {
  await meet('memory', mutant, async (traces) => memorySystem(mutant.mutation(traces)));
});

it.each(sqliteMutants.filter(({ equivalent }) => equivalent === undefined))(
  'finds, on SQLite: $name',
  { timeout },
  async (mutant) => {
    await meet('sqlite', mutant, async (traces) => sqliteSystem(mutant.mutation(traces)));
  },
);

it.each(sqliteMutants.filter(({ equivalent }) => equivalent !== undefined))(
  'cannot tell from the product: $name',
  { timeout },
  async (mutant) => {
    await meet('sqlite', mutant, async (traces) => sqliteSystem(mutant.mutation(traces)));
  },
);
