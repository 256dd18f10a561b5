import { setTimeout as sleep } from 'node:timers/promises';
import type { Proxy } from '../support/proxy-process.ts';
import { type Counts, type Fault, noneYet } from './faults.ts';
import type { Deed } from './history.ts';
import type { Place } from './place.ts';
import type { Random } from './random.ts';
import type { RunnerSlot } from './runner-slot.ts';

/** How often, beside each other. */
const WEIGHTS: Readonly<Record<Fault, number>> = { kill: 20, stop: 2, term: 1, server: 1, cut: 5, clock: 8, disk: 5 };

const HOUR = 3_600;

/** What a connection suffers, until it is well again after so many leases. */
const CUTS: readonly { readonly lines: readonly string[]; readonly leases?: number; readonly after?: string }[] = [
  { lines: ['cut'] },
  { lines: ['close'] },
  { lines: ['cut-on before COMMIT'] },
  { lines: ['cut-on after COMMIT'] },
  { lines: ['cut-on before COMMIT'] },
  { lines: ['cut-on after COMMIT'] },
  { lines: ['cut-after up 300'] },
  { lines: ['cut-after down 300'] },
  { lines: ['latency 20 30'], leases: 2 },
  { lines: ['pause'], leases: 1.5 },
  { lines: ['pause up'], leases: 2 },
  { lines: ['pause down'], leases: 2 },
  { lines: ['refuse', 'cut'], leases: 2 },
  { lines: ['forget'], leases: 2, after: 'cut' },
];

/** Breaks what it can, one deed after the other, as the seed decides. */
export class Nemesis {
  readonly counts: Counts = noneYet();
  readonly #random: Random;
  readonly #slots: readonly RunnerSlot[];
  readonly #place: Place;
  readonly #deeds: Deed[];
  readonly #leaseMilliseconds: number;
  readonly #weights: Partial<Record<Fault, number>>;
  readonly #pause: number;
  readonly #life: number;
  /** What is broken and has yet to be mended. */
  readonly #mending = new Set<Promise<void>>();
  #serverAway = false;
  #clockAway = false;
  #diskFull = false;
  /** Of the nemesis itself. */
  #failure: unknown;

  constructor(
    around: { readonly slots: readonly RunnerSlot[]; readonly place: Place; readonly deeds: Deed[] },
    random: Random,
    options: {
      readonly faults: readonly Fault[];
      readonly leaseSeconds: number;
      readonly pauseMilliseconds: number;
      readonly lifeMilliseconds: number;
    },
  ) {
    this.#slots = around.slots;
    this.#place = around.place;
    this.#deeds = around.deeds;
    this.#random = random;
    this.#leaseMilliseconds = options.leaseSeconds * 1_000;
    this.#pause = options.pauseMilliseconds;
    this.#life = options.lifeMilliseconds;
    this.#weights = Object.fromEntries(options.faults.map((fault) => [fault, WEIGHTS[fault]]));
  }

  /** Until `more` says no; then everything is whole again. */
  async rage(more: () => boolean): Promise<void> {
    while (more() && this.#failure === undefined) {
      await sleep(this.#random.exponential(this.#pause));
      const fault = this.#random.weighted(this.#weights);
      if (more() && (await this.#commit(fault, more))) this.counts[fault] += 1;
    }
    await Promise.all(this.#mending);
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #commit(fault: Fault, more: () => boolean): Promise<boolean> {
    switch (fault) {
      case 'kill':
        return (await this.#victim(more))?.kill() ?? false;
      case 'stop':
        return this.#stop(await this.#victim(more));
      case 'term':
        return this.#terminate(await this.#victim(more));
      case 'server':
        return this.#killServer();
      case 'cut':
        return this.#cut();
      case 'clock':
        return this.#moveClock(more);
      case 'disk':
        return this.#fillDisk();
      default:
        return fault satisfies never;
    }
  }

  /** A runner that has been at work for a while; now and then one that has only just been started. */
  async #victim(more: () => boolean): Promise<RunnerSlot | undefined> {
    const any = this.#random.chance(0.08);
    const life = this.#random.exponential(this.#life);
    for (let tries = 0; more() && tries < 500; tries += 1) {
      const able = this.#slots.filter((slot) => (any ? slot.alive : !slot.stopped && (slot.busyFor ?? -1) >= life));
      if (able.length > 0) return this.#random.pick(able);
      await sleep(10);
    }
    return undefined;
  }

  #stop(slot: RunnerSlot | undefined): boolean {
    // somebody must be left to take what they hold, or nothing happens to it
    if (2 * this.#slots.filter(({ stopped }) => stopped).length >= this.#slots.length) return false;
    const goOn = slot?.stop();
    if (goOn === undefined) return false;
    this.#later(this.#random.between(0.3, 4) * this.#leaseMilliseconds, goOn);
    return true;
  }

  #terminate(slot: RunnerSlot | undefined): boolean {
    if (slot?.terminate() !== true) return false;
    // nearer together they count as one
    if (this.#random.chance(0.4)) this.#later(600, () => void slot.terminate());
    return true;
  }

  #killServer(): boolean {
    const { server } = this.#place;
    if (server === undefined || this.#serverAway) return false;
    this.#serverAway = true;
    const away = this.#random.between(0, 2.5) * this.#leaseMilliseconds;
    this.#mend(
      (async () => {
        await server.kill();
        this.#note('the server is killed');
        await sleep(away);
        await server.restart();
        this.#note('the server is back');
        this.#serverAway = false;
      })(),
    );
    return true;
  }

  /** Of the database: an hour forward or back; later right again, which is a jump, too. */
  async #moveClock(more: () => boolean): Promise<boolean> {
    const { server } = this.#place;
    if (server === undefined || this.#clockAway) return false;
    // with nobody at work nothing could go wrong
    if ((await this.#victim(more)) === undefined) return false;
    this.#clockAway = true;
    const seconds = this.#random.pick([HOUR, -HOUR]);
    server.moveClock(seconds);
    this.#note(`the database's clock: ${seconds} s`);
    this.#later(this.#random.between(0.1, 4) * this.#leaseMilliseconds, () => {
      server.moveClock(0);
      this.#note("the database's clock is right again");
      this.#clockAway = false;
    });
    return true;
  }

  #fillDisk(): boolean {
    const { disk } = this.#place;
    if (disk === undefined || this.#diskFull) return false;
    this.#diskFull = true;
    disk.fill();
    this.#note('the disk is full');
    this.#later(this.#random.between(0.1, 3) * this.#leaseMilliseconds, () => {
      disk.free();
      this.#note('the disk has space');
      this.#diskFull = false;
    });
    return true;
  }

  #cut(): boolean {
    if (this.#place.proxies.length === 0) return false;
    const all = this.#random.chance(0.15);
    const index = this.#random.below(this.#place.proxies.length);
    const proxies = all ? this.#place.proxies : this.#place.proxies.slice(index, index + 1);
    const cut = this.#random.pick(CUTS);
    const length = (cut.leases ?? 0) * this.#random.next() * this.#leaseMilliseconds;
    const break_ = async (proxy: Proxy): Promise<void> => {
      for (const line of cut.lines) await proxy.command(line);
      if (cut.leases === undefined) return;
      await sleep(length);
      if (cut.after !== undefined) await proxy.command(cut.after);
      await proxy.command('reset');
    };
    const text = `${cut.lines.join(', ')}${cut.leases === undefined ? '' : `, for ${Math.round(length)} ms`}`;
    if (all) this.#note(`all connections: ${text}`);
    else this.#note(`its connections: ${text}`, this.#slots[index]?.pid ?? 0);
    for (const proxy of proxies) this.#mend(break_(proxy));
    return true;
  }

  #later(milliseconds: number, deed: () => void): void {
    this.#mend(sleep(milliseconds).then(deed));
  }

  #mend(mending: Promise<void>): void {
    const kept = mending
      .catch((error: unknown) => {
        this.#failure ??= error;
      })
      .finally(() => this.#mending.delete(kept));
    this.#mending.add(kept);
  }

  /** `pid`: it was done to this runner alone. */
  #note(text: string, pid: number | null = null): void {
    this.#deeds.push({ date: Date.now(), text, pid });
  }
}
