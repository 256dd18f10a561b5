/* The part of a machine's energy that belongs to one attempt. Joules, seconds, watts. */

/** What a share is taken of: the machine's processors over some span of time. */
export interface Span {
  readonly seconds: number;
  readonly joules: number;
  /** Of all logical processors together. */
  readonly busySeconds: number;
}

/**
 * Power of processors under a load, by the model: in proportion to it, and a tenth of the full power at least, as
 * CodeCarbon has it (`CPU._calculate_power_from_cpu_load` in codecarbon/external/hardware.py).
 */
export const loadedWatts = (fullWatts: number, load: number): number => fullWatts * Math.min(1, Math.max(0.1, load));

/** By the model, processor time costs its part of the full power: the power of idle processors belongs to no attempt. */
export const modelledJoules = (fullWatts: number, processors: number, cpuSeconds: number): number =>
  (fullWatts * cpuSeconds) / processors;

/**
 * Of measured energy an attempt gets its part of the time in which processors worked, for any process. So the busy
 * processes share the idle power of the processors, as in Scaphandre and Kepler.
 */
export const measuredJoules = (span: Span, attemptSeconds: number, cpuSeconds: number): number => {
  const joules = machineJoules(span, attemptSeconds);
  const busy = span.seconds > 0 ? (span.busySeconds / span.seconds) * attemptSeconds : 0;
  // the kernel counts hundredths of seconds: an attempt may seem to work longer than all processes together
  return cpuSeconds === 0 ? 0 : joules * (cpuSeconds / Math.max(busy, cpuSeconds));
};

/** The whole machine's part in the time of an attempt, which is within the span or as long as it at most. */
export const machineJoules = ({ seconds, joules }: Span, attemptSeconds: number): number =>
  seconds > 0 ? (joules / seconds) * attemptSeconds : 0;

/**
 * Watts of memory: 3 for every 8 GB, by Crucial, and CodeCarbon before its version 3
 * (https://www.crucial.com/support/articles-faq-memory/how-much-power-does-memory-use).
 */
export const memoryWatts = (bytes: number): number => (bytes / 1024 ** 3) * (3 / 8);
