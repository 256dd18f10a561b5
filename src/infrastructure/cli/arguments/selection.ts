import type { Selection } from '../../../domain/repository/selection.ts';
import { type ExperimentStatus, experimentStatuses } from '../../../domain/experiment/experiment.ts';
import { parseFilter } from '../../../domain/filter/parse-filter.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { tableColumnNames } from '../../../domain/study/table-layout.ts';
import { quoted } from '../../text/safe-text.ts';
import { oneOf, usage, wholeNumber } from './flag-values.ts';
import type { Flags } from './flags.ts';

type SelectionFlags = Pick<Flags, 'status' | 'where' | 'id' | 'limit'>;

/** The selection that the flags describe. Throws `USAGE` with the flag, what was found and what is allowed. */
export const selectionOf = ({ status, where, id, limit }: SelectionFlags, study: StudyDefinition): Selection => ({
  ...(status !== undefined && { statuses: statusesOf(status) }),
  ...(id !== undefined && { ids: rangesOf(id) }),
  ...(where !== undefined && { where: parseFilter(where, tableColumnNames(study)) }),
  ...(limit !== undefined && { limit: wholeNumber('--limit', limit) }),
});

const statusesOf = (text: string): readonly ExperimentStatus[] =>
  text.split(',').map((part) => oneOf('--status', part.trim(), experimentStatuses, ', separated by commas'));

const rangesOf = (text: string): readonly (readonly [number, number])[] =>
  text.split(',').map((part) => {
    const [, first, last = first] = /^\s*(\d+)\s*(?:-\s*(\d+)\s*)?$/.exec(part) ?? [];
    const range = [Number(first), Number(last)] as const;
    if (range.every(Number.isSafeInteger) && range[0] <= range[1]) return range;
    throw usage(`--id: found ${quoted(part)}; allowed ids and ranges of ids from low to high, such as 1-10,17`);
  });
