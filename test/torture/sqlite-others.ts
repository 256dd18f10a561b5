import { setTimeout as sleep } from 'node:timers/promises';
import { openNativeSqlite } from '../support/native-sqlite.ts';
import type { Others } from './others.ts';
import type { Random } from './random.ts';

type Native = ReturnType<typeof openNativeSqlite>;

/** Longer than any runner may hold the write lock, stopped ones included. */
const PATIENCE_MILLISECONDS = 120_000;

/** An index that does nothing: it goes with its table, and so tells it from one of the same name. */
const markOf = (name: string): string => `torture.${name}`;

export class SqliteOthers implements Others {
  readonly #file: (table: string) => string;
  readonly #marked = new Set<string>();

  constructor(file: (table: string) => string) {
    this.#file = file;
  }

  async maintain(table: string, random: Random): Promise<string> {
    return this.#with(table, async (native) => {
      const names = await patiently(() => tablesOf(native, table));
      for (const name of names.filter((one) => !this.#marked.has(one))) {
        const first = await patiently(() => firstColumn(native, name));
        await patiently(() =>
          native.exec(`CREATE INDEX IF NOT EXISTS "${markOf(name)}" ON "${name}" (${first}) WHERE ${first} < -1`),
        );
        this.#marked.add(name);
      }
      if (names.length === 0) return 'nothing, there is no table yet';
      const name = random.pick(names);
      const first = await patiently(() => firstColumn(native, name));
      const statements = random.pick([
        ['VACUUM'],
        ['REINDEX'],
        ['ANALYZE'],
        ['PRAGMA optimize'],
        [`CREATE INDEX "other.${name}" ON "${name}" (${first})`, `DROP INDEX "other.${name}"`],
      ]);
      for (const statement of statements) await patiently(() => native.exec(statement));
      return statements.join('; ');
    });
  }

  async lock(table: string): Promise<() => Promise<void>> {
    const native = openNativeSqlite(this.#file(table));
    native.pragma('busy_timeout = 0');
    await patiently(() => native.exec('BEGIN EXCLUSIVE'));
    return async () => {
      native.exec('ROLLBACK');
      native.close();
    };
  }

  async forbid(table: string, runner: { readonly pid: number }): ReturnType<Others['forbid']> {
    return this.#with(table, async (native) => {
      const [found] = await patiently(() =>
        native.prepare(`SELECT id FROM "${table}_runners" WHERE pid = ? AND state = 'active'`).all(runner.pid),
      );
      if (found === undefined) return undefined;
      const trigger = `"torture.forbid.${String(found['id'])}"`;
      await patiently(() =>
        native.exec(`CREATE TRIGGER ${trigger} BEFORE INSERT ON "${table}_leases" WHEN NEW.runner_id = '${String(found['id'])}'
          BEGIN SELECT RAISE(ABORT, 'torture forbids this runner to claim'); END`),
      );
      const undo = async (): Promise<void> =>
        this.#with(table, async (again) => patiently(() => again.exec(`DROP TRIGGER IF EXISTS ${trigger}`)));
      return { text: 'the database refuses its claims', claimsOnly: true, undo };
    });
  }

  async gone(table: string): Promise<readonly string[]> {
    if (this.#marked.size === 0) return [];
    return this.#with(table, async (native) => {
      const rows = await patiently(() => native.prepare("SELECT name FROM sqlite_schema WHERE type = 'index'").all());
      const indexes = new Set(rows.map(({ name }) => String(name)));
      return [...this.#marked].filter((name) => isOf(name, table) && !indexes.has(markOf(name)));
    });
  }

  async #with<Result>(table: string, work: (native: Native) => Promise<Result>): Promise<Result> {
    const native = openNativeSqlite(this.#file(table));
    try {
      native.pragma('busy_timeout = 0');
      return await work(native);
    } finally {
      native.close();
    }
  }
}

const isOf = (name: string, table: string): boolean => name === table || name.startsWith(`${table}_`);

const tablesOf = (native: Native, table: string): readonly string[] =>
  native
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => isOf(name, table));

const firstColumn = (native: Native, name: string): string =>
  `"${String(native.prepare(`PRAGMA table_info("${name}")`).all()[0]?.['name'])}"`;

/** Waits outside the library, so that what else the nemesis has to mend goes on. */
const patiently = async <Result>(work: () => Result): Promise<Result> => {
  const until = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    try {
      return work();
    } catch (error) {
      if (!/^SQLITE_(BUSY|LOCKED|FULL)/.test((error as { code?: string }).code ?? '') || performance.now() > until)
        throw error;
    }
    await sleep(5 + Math.random() * 20);
  }
};
