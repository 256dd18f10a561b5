import { newId } from '../../src/application/ports/new-id.ts';
import type { Row } from '../../src/domain/values/column.ts';
import type { GridDefinition } from '../../src/domain/grid/grid.ts';
import type { StudyDefinition } from '../../src/domain/study/study-definition.ts';
import type { ExperimentRepository } from '../../src/domain/repository/experiment-repository.ts';
import type { AttemptWrite } from '../../src/domain/repository/runner-protocol.ts';
import { combinations } from '../../src/domain/grid/combinations.ts';

/** What becomes of an experiment: results, or a status without any. */
export type Ending = Row | 'error' | 'paused' | 'created' | 'running';

const at = { startedAt: '2026-01-01 00:00:00.000', endedAt: '2026-01-01 00:00:01.000' };

/** Fills the grid but for what `keep` leaves out, and lets every experiment end as told, without workers. */
export const endAll = async (
  repository: ExperimentRepository,
  study: StudyDefinition,
  grid: GridDefinition,
  ending: (keyfields: Row, id: number) => Ending,
  keep: (keyfields: Row) => boolean = () => true,
): Promise<void> => {
  await repository.prepare();
  await repository.fill([...combinations(study, grid)].filter(keep));
  const runner = { id: newId(), name: 'test', host: 'test', pid: 1, workers: 1, version: '1' };
  await repository.register(runner, 600);
  for (;;) {
    const claimed = (await repository.claim({ runnerId: runner.id, count: 1_000 })) ?? [];
    const ended = claimed.map(({ experimentId, attemptId, keyfields }) => ({
      ref: { experimentId, attemptId },
      how: ending(keyfields, experimentId),
    }));
    await repository.record(
      ended.flatMap(({ ref, how }): AttemptWrite[] => {
        if (how === 'created' || how === 'running') return [];
        if (how === 'error' || how === 'paused') {
          const end = { outcome: how, status: how, error: how === 'error' ? 'Error: no' : null, ...at };
          return [{ ...ref, end }];
        }
        return [
          { ...ref, results: how, end: { outcome: 'done' as const, status: 'done' as const, error: null, ...at } },
        ];
      }),
    );
    if (claimed.length < 1_000) {
      const released = ended.filter(({ how }) => how === 'created').map(({ ref }) => ref);
      await repository.release(released, 'left open');
      return;
    }
  }
};
