import { expect, it } from 'vitest';
import { newId } from '../../../src/application/ports/new-id.ts';
import { type ExperimentStatus, experimentStatuses, transitions } from '../../../src/domain/experiment/experiment.ts';
import { ended, type OpenRepository, ref, Scene, STARTED } from './scene.ts';

type Verb = keyof typeof transitions;

const outcomes = ['done', 'error', 'paused'] as const;

/** Ways to call each verb, so that every status of the table is reached. */
const calls: Readonly<Record<Verb, readonly string[]>> = {
  claim: ['once'],
  record: outcomes,
  retry: ['once'],
  release: ['claimed', 'resumed'],
  reap: ['claimed', 'resumed', 'last'],
  reset: ['once'],
};

/** An experiment in a status: created, or by the verbs that lead there. */
const bring = async (scene: Scene, id: number, status: ExperimentStatus, resumed: boolean) => {
  const runner = await scene.runner();
  if (status === 'created') return { runner, attempt: { experimentId: id, attemptId: newId() } };
  let claimed = await scene.claimOnly(runner, id);
  if (status === 'running' && !resumed) return { runner, attempt: ref(claimed) };
  await scene.write(ended(claimed, status === 'running' ? 'paused' : status));
  if (status === 'running') claimed = await scene.claimOnly(runner, id, 'paused');
  return { runner, attempt: ref(claimed) };
};

const call = async (
  scene: Scene,
  verb: Verb,
  way: string,
  status: ExperimentStatus,
  { runner, attempt }: Awaited<ReturnType<typeof bring>>,
): Promise<void> => {
  const { repository } = scene;
  const ids = [attempt.experimentId];
  switch (verb) {
    case 'claim':
      await repository.claim({
        runnerId: runner,
        count: 1,
        only: { ids, status: status === 'paused' ? status : 'created' },
      });
      break;
    case 'record':
      await repository.record([
        ended(
          attempt,
          outcomes.find((outcome) => outcome === way),
        ),
      ]);
      break;
    case 'retry': {
      const write = ended(attempt, 'error');
      await repository.record([{ ...write, ...(write.end && { end: { ...write.end, retryAs: newId() } }) }]);
      break;
    }
    case 'release':
      await repository.release([{ ...attempt, startedAt: STARTED }], 'told to');
      break;
    case 'reap':
      await scene.die(runner);
      await repository.reap(way === 'last' ? 1 : 3);
      break;
    case 'reset':
      await repository.reset({ ids: ids.map((id) => [id, id]) });
      break;
  }
};

export const transitionsContract = (open: OpenRepository): void => {
  it.each(experimentStatuses)('an experiment that is %s follows the table of transitions', async (status) => {
    const tries = (Object.keys(transitions) as Verb[]).flatMap((verb) => calls[verb].map((way) => ({ verb, way })));
    const scene = await Scene.of(tries.length, open);
    const reached = new Map<Verb, Set<ExperimentStatus>>();
    for (const [at, { verb, way }] of tries.entries()) {
      const brought = await bring(scene, at + 1, status, way === 'resumed');
      expect((await scene.row(at + 1)).status).toBe(status);
      await call(scene, verb, way, status, brought);
      reached.set(verb, (reached.get(verb) ?? new Set()).add((await scene.row(at + 1)).status));
    }
    for (const [verb, { from, to }] of Object.entries(transitions)) {
      const expected: readonly ExperimentStatus[] = from.some((one) => one === status) ? to : [status];
      expect([verb, [...(reached.get(verb as Verb) ?? [])].toSorted()]).toEqual([verb, expected.toSorted()]);
    }
  });
};
