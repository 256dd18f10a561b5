import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** One processor package: its counter of microjoules restarts from zero at `range`. */
interface Domain {
  readonly file: string;
  readonly range: number;
  last: number;
}

/** The counters; if there are some that may not be read, why. */
export type RaplFound = { readonly counters: RaplCounters } | { readonly refused: string } | undefined;

/**
 * The energy counters of the processor packages (Running Average Power Limit, of Intel and AMD alike), as Linux shows
 * them: `/sys/class/powercap/intel-rapl:N/{name,energy_uj,max_energy_range_uj}`, see Documentation/power/powercap in the
 * kernel. Packages only: cores and graphics are parts of them, `psys` would count them twice, and `intel-rapl-mmio` is the
 * same counter at another address.
 */
export class RaplCounters {
  readonly packages: number;
  readonly #domains: readonly Domain[];
  #joules = 0;

  private constructor(domains: readonly Domain[]) {
    this.#domains = domains;
    this.packages = domains.length;
  }

  /** Looks for them below `powercap`. Since 2020 most systems let only root read them (CVE-2020-8694). */
  static find(powercap: string): RaplFound {
    let names: string[];
    try {
      names = readdirSync(powercap).filter((name) => /^intel-rapl:\d+$/.test(name));
    } catch {
      return undefined; // another system, a container, or a virtual machine
    }
    const domains: Domain[] = [];
    for (const name of names.toSorted()) {
      const text = (file: string) => readFileSync(join(powercap, name, file), 'utf8').trim();
      try {
        if (!text('name').startsWith('package')) continue;
        const file = join(powercap, name, 'energy_uj');
        domains.push({ file, range: Number(text('max_energy_range_uj')), last: counterOf(file) });
      } catch (error) {
        return { refused: (error as Error).message };
      }
    }
    return domains.length === 0 ? undefined : { counters: new RaplCounters(domains) };
  }

  /** Joules of all packages since they were found. Must be read before a counter overflows: every few minutes. */
  read(): number {
    for (const domain of this.#domains) {
      const now = counterOf(domain.file);
      const microjoules = now >= domain.last ? now - domain.last : now + domain.range - domain.last;
      domain.last = now;
      this.#joules += microjoules / 1e6;
    }
    return this.#joules;
  }
}

const counterOf = (file: string): number => {
  const value = Number(readFileSync(file, 'utf8'));
  if (!Number.isFinite(value)) throw new Error(`${file} holds no number`);
  return value;
};
