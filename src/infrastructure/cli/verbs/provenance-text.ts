import type { Runner } from '../../../domain/experiment/attempt.ts';
import type { Provenance } from '../../../domain/repository/study-reader.ts';
import { aligned } from '../output/aligned.ts';
import { plain } from '../../text/terminal-text.ts';

/** The end of a runner's id, where ids differ: their beginning is the time. */
export const shortId = (runnerId: string): string => runnerId.slice(-8);

const columns = ['runner', 'host', 'version', 'node', 'commit', 'machine'].map((name) => ({ name }));

/** Where an experiment comes from and what executed it, for people. */
export const provenanceLines = async (
  { configuration, runners }: Provenance,
  width: number | undefined,
): Promise<readonly string[]> => [
  ...(runners.length > 0 ? ['', 'Runners:', ...(await aligned(columns, runners.map(cells), width))] : []),
  ...(configuration
    ? ['', `Filled from configuration ${plain(configuration.sha256).slice(0, 12)} (all of it: --json)`]
    : []),
];

const cells = ({ id, host, version, facts }: Runner): readonly string[] => [
  shortId(id),
  host,
  version,
  ...(facts
    ? [facts.node, commitText(facts), `${facts.cpu ?? facts.os}, ${facts.cores} cores, ${facts.memoryMegabytes} MB`]
    : ['', '', '']),
];

const commitText = ({ commit, dirty, git }: NonNullable<Runner['facts']>): string => {
  if (commit === null) return git === 'refused' ? 'refused by git' : 'none';
  const changed = dirty === null ? ', changes unknown' : ', with changes';
  return commit.slice(0, 12) + (dirty === false ? '' : changed);
};
