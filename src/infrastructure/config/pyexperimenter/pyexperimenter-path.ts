import type { Path } from '../../text/safe-text.ts';

/** Where PyExperimenter keeps what we keep elsewhere; the longest beginning counts. */
const places: readonly (readonly [ours: string, theirs: string])[] = [
  ['runner.workers', 'n_jobs'],
  ['database.file', 'Database.database'],
  ['database.name', 'Database.database'],
  ['database.sshTunnel', 'Database.use_ssh'],
  ['database', 'Database'],
  ['table.resultTimestamps', 'Database.table.result_timestamps'],
  ['table.logtables', 'Database.logtables'],
  ['table', 'Database.table'],
  ['custom', 'Custom'],
  ['emissions', 'CodeCarbon'],
];

/** The path in a PyExperimenter file of what stands at this path in ours. */
export const pathInPyExperimenter = (path: Path): Path => {
  for (const [ours, theirs] of places) {
    const beginning = ours.split('.');
    if (beginning.every((key, index) => path[index] === key))
      return ['PY_EXPERIMENTER', ...theirs.split('.'), ...path.slice(beginning.length)];
  }
  return path;
};
