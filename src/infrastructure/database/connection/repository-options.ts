export interface ReadingOptions {
  /** The study is only read, with its tables as they are. Some tables may be absent. */
  readonly readOnly?: boolean;
  /** JSON columns return the stored text itself, not values. */
  readonly jsonText?: boolean;
  /** Receives facts about the tables that a reader should know. */
  readonly note?: (text: string) => void;
}

export interface SqlRepositoryOptions extends ReadingOptions {
  /** DATETIME columns contain this machine's time, as PyExperimenter writes them, not UTC. */
  readonly localTime?: boolean;
}
