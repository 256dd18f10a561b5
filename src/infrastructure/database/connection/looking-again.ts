import { setTimeout as sleep } from 'node:timers/promises';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Database } from './sql.ts';

/** Three seconds: longer than a table is away while another program renames it there and back. */
const LOOKS = 11;
const PAUSE_MS = 300;

/**
 * Looks at the tables, and again as long as the answer may be one of a moment: another program renames, rebuilds or creates
 * them. `look` answers undefined for that. Between the looks no transaction is open. Throws `STATE_CONFLICT` if the last
 * look has no answer.
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
