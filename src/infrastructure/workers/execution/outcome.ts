import type { Column, StoredValue } from '../../../domain/values/column.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import { ExperimentStatus, type FinalStatus } from '../../../domain/experiment/experiment.ts';
import { checkedFields, type StudyDefinition } from '../../../domain/study/study-definition.ts';
import { preview } from './error-data.ts';

/** Most bytes of one report, log row or return: well under the largest packet of a MySQL server. */
export const MOST_BYTES = 8 * 1024 * 1024;

type Stored = Readonly<Record<string, StoredValue>>;

/** Values of resultfields as they are stored. Throws `FIELD_UNKNOWN` and `VALUE_REFUSED`. */
export const checkedResults = (results: unknown, study: StudyDefinition): Stored =>
  checked(results, study.resultfields, 'resultfield', 'report() takes an object of resultfields');

/** A row of a logtable as it is stored. Throws `FIELD_UNKNOWN` and `VALUE_REFUSED`. */
export const checkedLog = (logtable: unknown, row: unknown, study: StudyDefinition): Stored => {
  const table = study.logtables.find(({ name }) => name === logtable);
  if (!table) {
    const names = study.logtables.map(({ name }) => name).join(', ') || 'none';
    throw new ExperimenterError(
      'FIELD_UNKNOWN',
      `${preview(logtable)} is not a logtable of the study; there are: ${names}`,
    );
  }
  return checked(
    row,
    table.columns,
    `column of logtable ${table.name}`,
    `log('${table.name}', …) takes an object of columns`,
  );
};

/** What a returned value means: a status, results, or nothing. Throws `VALUE_REFUSED` for anything else. */
export const outcomeOf = (
  returned: unknown,
  study: StudyDefinition,
): { readonly status: FinalStatus; readonly results: Stored } => {
  if (returned === undefined) return { status: ExperimentStatus.Done, results: {} };
  if (
    returned === ExperimentStatus.Done ||
    returned === ExperimentStatus.Paused ||
    returned === ExperimentStatus.Error
  ) {
    return { status: returned, results: {} };
  }
  const names = study.resultfields.map(({ name }) => name).join(', ') || 'none';
  const allowed = `an experiment returns an object of resultfields (${names}), nothing, or ExperimentStatus.Done, Paused or Error`;
  return { status: ExperimentStatus.Done, results: checked(returned, study.resultfields, 'resultfield', allowed) };
};

const checked = (values: unknown, columns: readonly Column[], what: string, allowed: string): Stored => {
  if (!isRecord(values)) throw new ExperimenterError('VALUE_REFUSED', `${allowed}; this was ${preview(values)}`);
  const stored = checkedFields(values, columns, what);
  let total = 0;
  for (const name of Object.keys(stored)) {
    const value = stored[name];
    if (typeof value !== 'string') continue;
    total += value.length > MOST_BYTES / 3 ? Buffer.byteLength(value) : value.length;
    if (total > MOST_BYTES) {
      const size = `${Math.ceil(total / 1024 / 1024)} MiB`;
      throw new ExperimenterError(
        'VALUE_REFUSED',
        `${what} ${name}: ${size} are too much for one write, ${MOST_BYTES / 1024 / 1024} MiB are allowed; write a file and store its path`,
      );
    }
  }
  return stored;
};

/** Objects of fields: literals and instances of classes, but no arrays, maps, dates, errors, promises. */
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && Object.prototype.toString.call(value) === '[object Object]';
