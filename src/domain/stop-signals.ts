/** The signals that stop a run. SIGUSR1 is not among them: Node opens its inspector on it. */
export const stopSignals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
export type StopSignal = (typeof stopSignals)[number];
