export interface ReadingOptions {
  /** The study is only read: as its tables are, which need not be all there. */
  readonly readOnly?: boolean;
  /** JSON columns give the very text that is stored, instead of values. */
  readonly jsonText?: boolean;
  /** Hears what a reader should know of the tables. */
  readonly note?: (text: string) => void;
}

export interface SqlRepositoryOptions extends ReadingOptions {
  /** DATETIME columns in this machine's time, as PyExperimenter writes them, instead of UTC. */
  readonly localTime?: boolean;
}
