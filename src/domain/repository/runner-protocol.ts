import type { ExperimentRepository } from './experiment-repository.ts';

/** The protocol: what a runner at work needs of a repository, and all it uses. Every argument and answer is plain data. */
export type Protocol = Pick<
  ExperimentRepository,
  | 'register'
  | 'heartbeat'
  | 'leave'
  | 'claim'
  | 'addAndClaim'
  | 'write'
  | 'release'
  | 'leases'
  | 'watchedRunners'
  | 'declareDead'
  | 'recover'
  | 'close'
>;
