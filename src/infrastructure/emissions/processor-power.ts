/**
 * Watts for each logical processor where nothing better is known: CodeCarbon's `DEFAULT_POWER_PER_CORE`
 * (codecarbon/core/cpu.py). Its table of design powers by model is not taken over: `emissions.cpuWatts` takes the
 * figure of the machine's own data sheet.
 */
const WATTS_PER_THREAD = 4;

/** What there is to know of the machine's processors without measuring. */
export interface Processors {
  readonly model: string;
  /** Logical processors. */
  readonly count: number;
}

/** Watts of all processors under full load, and where that is from. */
export interface FullPower {
  readonly watts: number;
  readonly how: string;
}

/** The configuration's word, or a few watts a thread. */
export const fullPower = ({ count }: Processors, configured: number | null): FullPower => {
  if (configured !== null) return { watts: configured, how: `model, ${configured} W as configured` };
  const watts = WATTS_PER_THREAD * count;
  return { watts, how: `model, ${WATTS_PER_THREAD} W a thread, ${watts} W` };
};
