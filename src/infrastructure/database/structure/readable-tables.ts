import { ExperimenterError, hasCode } from '../../../domain/errors.ts';
import { findTables, type FoundTables } from '../schema/found-tables.ts';
import type { ReadingOptions } from '../connection/repository-options.ts';
import type { Sql } from '../connection/sql.ts';
import { StudyTables } from '../schema/study-tables.ts';

/**
 * The tables of a study for reading. If the study was opened only for reading, they are the existing tables. These are
 * inspected once, and again while some are missing. Otherwise they are as `prepare` creates them.
 */
export class ReadableTables {
  readonly #created: StudyTables;
  readonly #options: ReadingOptions;
  readonly #noted = new Set<string>();
  #complete: StudyTables | undefined;
  #last: { readonly shape: string; readonly tables: StudyTables } | undefined;

  constructor(created: StudyTables, options: ReadingOptions) {
    this.#created = created;
    this.#options = options;
  }

  /**
   * Whether the main table exists. Always inspects the tables again. Throws `SCHEMA_MISMATCH` if the table is not the
   * main table of this study.
   */
  async exist(): Promise<boolean> {
    return (await this.#look()) !== undefined;
  }

  readonly open = async (): Promise<StudyTables> => {
    if (this.#options.readOnly !== true) return this.#created;
    const tables = this.#complete ?? (await this.#look());
    if (tables) return tables;
    throw new ExperimenterError(
      'SCHEMA_MISMATCH',
      `there is no table ${this.#created.study.table}; "ts-experimenter fill" creates it`,
    );
  };

  async read<Result>(work: (sql: Sql, tables: StudyTables) => Promise<Result>): Promise<Result> {
    return this.ask(async (tables) => tables.database.read((sql) => work(sql, tables)));
  }

  /**
   * Runs `work` on the tables. If they have changed since they were inspected, it inspects them again and repeats
   * `work`.
   */
  async ask<Result>(work: (tables: StudyTables) => Promise<Result>): Promise<Result> {
    const known = this.#complete;
    if (!known || this.#options.readOnly !== true) return work(await this.open());
    try {
      return await work(known);
    } catch (error) {
      if (!hasCode(error, 'SCHEMA_MISMATCH')) throw error;
      this.#complete = undefined; // the tables have changed since then
      return work(await this.open());
    }
  }

  async #look(): Promise<StudyTables | undefined> {
    const { study, database } = this.#created;
    if (!(await database.present())) return undefined;
    const found = await database.read((sql) => findTables(sql, database.dialect, study));
    if (!found) return undefined;
    this.#note(found);
    const tables = this.#tablesOf(found);
    this.#complete = found.complete ? tables : undefined;
    return tables;
  }

  /** Returns the same object as before if nothing has changed, because the ORM keeps the entities of each object. */
  #tablesOf(found: FoundTables): StudyTables {
    const { database, plans } = this.#created;
    const spelled = plans.map(({ name, columns }) => columns.map((column) => found.nameIn(name, column.name) ?? null));
    const shape = JSON.stringify([found.study, [...found.names], [...found.indexes], spelled]);
    if (this.#last?.shape !== shape)
      this.#last = { shape, tables: new StudyTables(found.study, database, false, { ...this.#options, found }) };
    return this.#last.tables;
  }

  #note({ lacking }: FoundTables): void {
    for (const [table, names] of lacking) {
      const text = `table ${table} has no column ${names.join(', ')} yet, shown as NULL; "ts-experimenter fill" adds what is missing`;
      if (!this.#noted.has(text)) this.#options.note?.(text);
      this.#noted.add(text);
    }
  }
}
