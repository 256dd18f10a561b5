import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { jsonLines } from './command-line.ts';

const program = new URL('../fixtures/pyexperimenter/peer.py', import.meta.url).pathname;

/** Debian's own Python finds Debian's packages; others may be first on PATH. */
const PYTHONS = ['python3', '/usr/bin/python3'];

/** A Python that can import a module, or undefined. */
const pythonWith = (module: string): string | undefined =>
  PYTHONS.find((python) => {
    try {
      execFileSync(python, ['-c', `import ${module}`], { stdio: 'ignore' });
      return true;
    } catch {
      return false;
    }
  });

const installed = (module: string, debianPackage: string): string | undefined => {
  const found = pythonWith(module);
  if (found !== undefined || process.getuid?.() !== 0) return found;
  process.stderr.write(`installing ${debianPackage}\n`);
  try {
    const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const options = { stdio: 'ignore', env: environment, timeout: 300_000 } as const;
    execFileSync('apt-get', ['update', '-qq'], options);
    execFileSync('apt-get', ['install', '-y', '--no-install-recommends', debianPackage], options);
  } catch {
    // said by who needs it
  }
  return pythonWith(module);
};

/** The Python for studies on this kind of database; undefined where there is none, which is said, and an error in CI. */
export const peerPython = (provider: 'sqlite' | 'mysql'): string | undefined => {
  const python = provider === 'sqlite' ? pythonWith('sqlite3') : installed('pymysql', 'python3-pymysql');
  if (python !== undefined) return python;
  const reason = `no Python with ${provider === 'sqlite' ? 'sqlite3' : 'pymysql'}: apt-get install python3 python3-pymysql`;
  if (process.env['CI'] !== undefined && process.env['CI'] !== '') throw new Error(reason);
  process.stderr.write(`PYEXPERIMENTER'S SIDE IS SKIPPED, ${reason}\n`);
  return undefined;
};

/** What the peer is told of the study (see peer.py). */
export interface PeerStudy {
  readonly table: string;
  readonly keyfields: Readonly<Record<string, string>>;
  readonly resultfields: Readonly<Record<string, string>>;
  readonly grid?: readonly object[];
}

/** A process that says PyExperimenter's statements. */
export class Peer {
  readonly #child;
  readonly #lines;
  readonly #ended: Promise<readonly Record<string, unknown>[]>;

  constructor(python: string, place: object, study: PeerStudy, verb: string) {
    const child = spawn(python, [program, JSON.stringify({ ...place, ...study }), verb], { stdio: 'pipe' });
    this.#child = child;
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    this.#ended = once(child, 'close').then(([code]) => {
      if (code !== 0) throw new Error(`peer.py ${verb} ended with ${String(code)}: ${stderr.slice(-2_000)}`);
      return jsonLines(stdout);
    });
    this.#ended.catch(() => {}); // heard by whoever awaits it
  }

  /** Its next line. */
  async next(): Promise<unknown> {
    const { value } = await this.#lines.next();
    return JSON.parse(String(value)) as unknown;
  }

  /** It need not wait any longer. */
  goOn(): void {
    this.#child.stdin.end('\n');
  }

  /** Everything it said. Rejects if it failed. */
  async ended(): Promise<readonly Record<string, unknown>[]> {
    return this.#ended;
  }
}
