import { expect, it } from 'vitest';
import { describeOnMysql } from '../support/databases.ts';
import { describeFinding, explore } from '../support/model/run.ts';
import { memorySystem, mysqlSystem, sqliteSystem, type System } from '../support/model/systems.ts';

// MODEL_SEED=<n> tells other stories, MODEL_FACTOR=<n> so many times as many
const SEED = Number(process.env['MODEL_SEED'] ?? 20260101);
const FACTOR = Number(process.env['MODEL_FACTOR'] ?? 1);
const STEPS = 60;

const holds = async (system: System, runs: number): Promise<void> => {
  try {
    const { steps, finding } = await explore(system, {
      seed: SEED,
      runs: Math.ceil(runs * FACTOR),
      steps: STEPS,
      shrinkSeconds: 60,
    });
    if (finding) throw new Error(describeFinding(finding), { cause: finding.error });
    expect(steps).toBeGreaterThan(runs * 5);
    if (FACTOR !== 1) console.log(`${steps} steps in ${Math.ceil(runs * FACTOR)} stories, seed ${SEED}`);
  } finally {
    await system.close();
  }
};

const timeout = 60_000 + 60_000 * FACTOR;

it(`MemoryRepository does what the model does (seed ${SEED})`, { timeout }, async () => {
  await holds(await memorySystem(), 400);
});

it(`SqlRepository on SQLite does what the model does (seed ${SEED})`, { timeout }, async () => {
  await holds(await sqliteSystem(), 100);
});

describeOnMysql('model', (server) => {
  it(`SqlRepository on ${server.name} does what the model does (seed ${SEED})`, { timeout }, async () => {
    await holds(await mysqlSystem(server), 10);
  });
});
