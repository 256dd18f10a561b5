/** `1 experiment`, `1,234 experiments`. */
export const counted = (count: number, noun: string): string => `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;

/** `1,234,567`. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** `340 ms`, `1.9 s`, `3m 20s`, `2h 05m`, `4d 03h`. */
export const duration = (seconds: number): string => {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  const two = (number: number): string => String(number).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}m ${two(whole % 60)}s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)}h ${two(Math.floor(whole / 60) % 60)}m`;
  return `${Math.floor(whole / 86_400)}d ${two(Math.floor(whole / 3600) % 24)}h`;
};

/** The time since something began: whole seconds, rounded down, at least `0 s`. */
export const age = (seconds: number): string => (seconds < 1 ? '0 s' : duration(Math.floor(seconds)));

/** `41.2/s`; slower rates are `3.1/min` or `2.4/h`. */
export const rate = (perSecond: number): string => {
  const shown = (number: number): string =>
    number >= 100 ? grouped(Math.round(number)) : String(Number(number.toFixed(1)));
  if (perSecond >= 1) return `${shown(perSecond)}/s`;
  if (perSecond * 60 >= 1) return `${shown(perSecond * 60)}/min`;
  return `${shown(perSecond * 3600)}/h`;
};

/**
 * `12 s – 1m 40s`, or one time if both ends have the same text. `12 s or more` if at least a tenth of the `open`
 * experiments have values that no measured experiment has.
 */
export const timeRange = (
  { low, high, unmeasured }: { readonly low: number; readonly high: number; readonly unmeasured: number },
  open: number,
): string => {
  const round = (seconds: number): number => (seconds < 1 ? seconds : Math.round(seconds));
  const [from, to] = [duration(round(low)), duration(round(high))];
  if (unmeasured > 0 && unmeasured >= open / 10) return `${from} or more`;
  return from === to ? to : `${from} – ${to}`;
};
