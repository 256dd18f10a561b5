import { setTimeout as sleep } from 'node:timers/promises';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Database } from './sql.ts';

/** Three seconds in all. A table that another program renames and renames back is absent for less. */
const LOOKS = 11;
const PAUSE_MS = 300;

/**
 * Looks at the tables, and again while the answer may be temporary, because another program renames, rebuilds or
 * creates them. `look` returns undefined in that case. Between the looks no transaction is open. Throws
 * `STATE_CONFLICT` if the last look returns undefined.
 */
export const lookingAgain = async <Result>(
  database: Database,
  look: (last: boolean) => Promise<Result | undefined>,
): Promise<Result> => {
  for (let looks = 1; ; looks += 1) {
    const last = looks >= LOOKS;
    try {
      const result = await look(last);
      if (result !== undefined) return result;
      if (last) {
        throw new ExperimenterError(
          'STATE_CONFLICT',
          'other programs create, rename or drop tables of the study all the time: start again when they have finished',
        );
      }
    } catch (error) {
      if (last || !database.changedMeanwhile(error)) throw error;
    }
    await sleep(PAUSE_MS);
  }
};
