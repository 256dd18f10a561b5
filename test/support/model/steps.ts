import fc from 'fast-check';
import type { AttemptEnd } from '../../../src/domain/repository/runner-protocol.ts';
import type { ExperimentStatus } from '../../../src/domain/experiment/experiment.ts';

/** One step of a story as plain data. Indexes count back from the newest runner, attempt, row or call, and wrap around. */
export type Step = CallStep | WorldStep;

export interface Part {
  readonly attempt: number;
  readonly end?: AttemptEnd['outcome'];
  readonly retry: boolean;
  readonly results: boolean;
  readonly logs: number;
  readonly progress: boolean;
  /** With a value that the database refuses. */
  readonly bad: boolean;
}

/** Steps that are a call of the repository. */
export type CallStep =
  | { readonly do: 'fill'; readonly seeds: readonly number[] }
  | { readonly do: 'register'; readonly again?: number }
  | {
      readonly do: 'claim';
      readonly runner: number;
      readonly count: number;
      readonly random: boolean;
      readonly maxLosses?: 0;
    }
  | {
      readonly do: 'claimOnly';
      readonly runner: number;
      readonly rows: readonly number[];
      readonly status: 'created' | 'paused';
      /** Of the rows in any status. */
      readonly any: boolean;
      readonly maxLosses?: 0;
    }
  | { readonly do: 'addAndClaim'; readonly runner: number; readonly seed: number }
  | { readonly do: 'record'; readonly parts: readonly Part[]; readonly twice: boolean }
  | { readonly do: 'heartbeat'; readonly runner: number }
  | { readonly do: 'declareDead'; readonly runner: number; readonly stale: boolean; readonly ignoreExpiry: boolean }
  | { readonly do: 'drain' | 'deregister'; readonly runner: number }
  | {
      readonly do: 'release';
      readonly attempts: readonly { readonly attempt: number; readonly started: boolean }[];
    }
  | { readonly do: 'reap' }
  | { readonly do: 'reset'; readonly statuses?: readonly ExperimentStatus[]; readonly row?: number }
  /** The same call with the same arguments, as after an answer that was lost. */
  | { readonly do: 'repeat'; readonly call: number };

/** Steps that are more, or happen behind the repository's back. */
export type WorldStep =
  | { readonly do: 'both'; readonly one: CallStep; readonly other: CallStep }
  | { readonly do: 'fault'; readonly call: CallStep; readonly at: number | 'commit' }
  | { readonly do: 'expire'; readonly runner: number }
  | { readonly do: 'die'; readonly runner: number }
  /** Dies, and is recovered. */
  | { readonly do: 'lose'; readonly runner: number }
  /** The newest attempt under a lease pauses, and its experiment is claimed again; that attempt may fail and be retried. */
  | { readonly do: 'resume'; readonly runner: number; readonly retried: boolean }
  | { readonly do: 'elapse'; readonly seconds: number }
  | { readonly do: 'crash'; readonly runner: number }
  | { readonly do: 'forget'; readonly runner: number }
  | { readonly do: 'foreignClaim'; readonly row: number }
  | { readonly do: 'foreignEnd'; readonly row: number; readonly status: 'done' | 'error' | 'paused' }
  | { readonly do: 'byHand'; readonly row: number; readonly status: ExperimentStatus }
  | { readonly do: 'vanish'; readonly row: number };

/** Mostly the newest, of attempts the newest that may write: stories are about something. */
const index = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 4, arbitrary: fc.nat({ max: 5 }) });
const runner = fc.nat({ max: 3 });
const row = fc.nat({ max: 5 });
const seed = fc.integer({ min: 1, max: 6 });
const rarely = (weight = 1): fc.Arbitrary<boolean> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight, arbitrary: fc.constant(true) });

const maxLosses = fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constant(0) });

const part: fc.Arbitrary<Part> = fc
  .record({
    attempt: index,
    end: fc.constantFrom(undefined, undefined, 'done', 'done', 'error', 'timeout', 'paused'),
    retry: fc.boolean(),
    results: fc.boolean(),
    logs: fc.nat({ max: 2 }),
    progress: rarely(3),
    bad: rarely(),
  })
  .map(({ end, ...rest }) => ({ ...rest, ...(end && { end }) }));

const status = fc.constantFrom<ExperimentStatus>('created', 'running', 'done', 'error', 'paused');
const only = <Name extends Step['do']>(name: Name, rest: Record<string, fc.Arbitrary<unknown>>) =>
  fc.record({ do: fc.constant(name), ...rest }) as unknown as fc.Arbitrary<Extract<Step, { do: Name }>>;

const weighted = <Type>(...entries: readonly (readonly [number, fc.Arbitrary<Type>])[]): fc.Arbitrary<Type> =>
  fc.oneof(...entries.map(([weight, arbitrary]) => ({ weight, arbitrary })));

const resetStep: fc.Arbitrary<CallStep> = weighted<CallStep>(
  [2, only('reset', { statuses: fc.uniqueArray(status, { minLength: 1, maxLength: 3 }) })],
  [1, only('reset', { row })],
);

const callStep: fc.Arbitrary<CallStep> = weighted<CallStep>(
  [1, only('fill', { seeds: fc.array(seed, { minLength: 1, maxLength: 3 }) })],
  [3, fc.constant({ do: 'register' })],
  [1, only('register', { again: runner })],
  [10, only('claim', { runner, count: fc.integer({ min: 1, max: 3 }), random: rarely(), maxLosses })],
  [
    5,
    only('claimOnly', {
      runner,
      rows: fc.array(row, { minLength: 1, maxLength: 3 }),
      status: fc.constantFrom('paused', 'paused', 'created'),
      any: rarely(3),
      maxLosses,
    }),
  ],
  [2, only('addAndClaim', { runner, seed: fc.integer({ min: 3, max: 9 }) })],
  [20, only('record', { parts: fc.array(part, { minLength: 1, maxLength: 3 }), twice: rarely() })],
  [4, only('heartbeat', { runner })],
  [3, only('declareDead', { runner, stale: rarely(3), ignoreExpiry: fc.boolean() })],
  [2, only('drain', { runner })],
  [2, only('deregister', { runner })],
  [
    5,
    only('release', {
      attempts: fc.array(fc.record({ attempt: index, started: fc.boolean() }), { minLength: 1, maxLength: 2 }),
    }),
  ],
  [6, fc.constant({ do: 'reap' })],
  [4, resetStep],
  [5, only('repeat', { call: index })],
);

/** Those that make several statements: where another call, or a fault, can come between. */
const longCall = weighted<CallStep>(
  [1, resetStep],
  [
    4,
    callStep.filter(({ do: name }) =>
      ['claim', 'claimOnly', 'addAndClaim', 'record', 'release', 'reap'].includes(name),
    ),
  ],
);

/** What may happen next. `hands`: somebody writes by hand; `faults`: statements can fail. */
export const stepArbitrary = (possible: { readonly hands: boolean; readonly faults: boolean }): fc.Arbitrary<Step> =>
  weighted<Step>(
    [75, callStep],
    [5, only('die', { runner })],
    [7, only('lose', { runner })],
    [5, only('resume', { runner, retried: fc.boolean() })],
    [2, only('expire', { runner })],
    [2, only('elapse', { seconds: fc.constantFrom(25, 61) })],
    [2, only('crash', { runner })],
    [1, only('forget', { runner })],
    [2, only('foreignClaim', { row })],
    [2, only('foreignEnd', { row, status: fc.constantFrom('done', 'error', 'paused', 'paused') })],
    [possible.faults ? 12 : 4, only('both', { one: longCall, other: callStep })],
    ...(possible.faults
      ? ([
          [
            18,
            only('fault', {
              call: longCall,
              at: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant('commit' as const)),
            }),
          ],
        ] as const)
      : []),
    ...(possible.hands
      ? ([
          [4, only('byHand', { row, status: fc.oneof(fc.constant<ExperimentStatus>('created'), status) })],
          [1, only('vanish', { row })],
        ] as const)
      : []),
  );

/** Short, for people who read a counter-example. */
export const tell = (step: Step): string => {
  const { do: name, ...rest } = step;
  if (step.do === 'both') return `both(${tell(step.one)}, ${tell(step.other)})`;
  if (step.do === 'fault') return `fault(${step.at}, ${tell(step.call)})`;
  if (step.do === 'record') return `write${step.twice ? 'Twice' : ''}(${step.parts.map(tellPart).join('; ')})`;
  const given = Object.entries(rest).filter(([, value]) => value !== false && value !== undefined);
  return `${name}(${given.map(([key, value]) => (value === true ? key : `${key} ${JSON.stringify(value)}`)).join(', ')})`;
};

const tellPart = ({ attempt, end, retry, results, logs, progress, bad }: Part): string =>
  [
    `attempt ${attempt}`,
    results && 'results',
    logs > 0 && `logs ${logs}`,
    progress && 'progress',
    bad && 'bad',
    end,
    end && retry && 'retry',
  ]
    .filter(Boolean)
    .join(' ');
