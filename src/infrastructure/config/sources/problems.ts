import { ExperimenterError } from '../../../domain/errors.ts';
import { dotted, visible, type Path } from '../../text/safe-text.ts';

/** Collects everything that is wrong with a configuration, so that one run of it names all of it. */
export class Problems {
  readonly #lines = new Set<string>();
  readonly #sections = new Set<string>();
  readonly #origin: (path: Path) => string;
  readonly #named: (path: Path) => Path;

  /**
   * `origin` says where a value was written: `exp.json:12`, `--set`, the name of an environment variable; `named` how
   * its path reads there.
   */
  constructor(origin: (path: Path) => string, named: (path: Path) => Path = (path) => path) {
    this.#origin = origin;
    this.#named = named;
  }

  add(path: Path, found: string, allowed: string): void {
    this.line(path, `found ${found}; allowed ${allowed}`);
  }

  /** For what does not fit into found and allowed. */
  line(path: Path, text: string, origin: string = this.#origin(path)): void {
    this.#sections.add(path[0] ?? '');
    this.#lines.add(`${origin}: ${dotted(this.#named(path))}: ${text}`);
  }

  /** The findings of the domain's own checks, each line of which begins with a key path. */
  adopt(error: unknown, section: string): void {
    if (!(error instanceof ExperimenterError)) throw error;
    this.#sections.add(section);
    for (const line of error.message.split('\n')) {
      const [, path] = /^(.+?): /.exec(line) ?? [];
      const origin = this.#origin(path === undefined ? [section] : path.split(/[.[\]]+/));
      // What the user named stays as the domain wrote it.
      const [, beginning] = /^(\w+\.\w+)/.exec(path ?? '') ?? [];
      const text =
        beginning === undefined ? line : dotted(this.#named(beginning.split('.'))) + line.slice(beginning.length);
      this.#lines.add(`${origin}: ${text}`);
    }
  }

  /** Whether a section has a problem already: what depends on several of its values is then not worth checking. */
  in(section: string): boolean {
    return this.#sections.has(section);
  }

  throwIfAny(): void {
    if (this.#lines.size > 0) throw new ExperimenterError('CONFIG_INVALID', [...this.#lines].map(visible).join('\n'));
  }
}
