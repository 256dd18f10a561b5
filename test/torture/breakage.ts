import { setTimeout as sleep } from 'node:timers/promises';
import type { Proxy } from '../support/proxy-process.ts';
import type { Scene } from './scene.ts';

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

/** What breaks under the runners: their server, its clock, its disk, their connections. */
export class Breakage {
  readonly #scene: Scene;
  #serverAway = false;
  #clockAway = false;
  #diskFull = false;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  get diskFull(): boolean {
    return this.#diskFull;
  }

  killServer(): boolean {
    const { server } = this.#scene.place;
    if (server === undefined || this.#serverAway) return false;
    this.#serverAway = true;
    const away = this.#scene.leases(0, 2.5);
    this.#scene.mend(
      (async () => {
        await server.kill();
        this.#scene.note('the server is killed');
        await sleep(away);
        await server.restart();
        this.#scene.note('the server is back');
        this.#serverAway = false;
      })(),
    );
    return true;
  }

  /** Of the database: an hour forward or back; later right again, which is a jump, too. */
  async moveClock(more: () => boolean): Promise<boolean> {
    const { server } = this.#scene.place;
    if (server === undefined || this.#clockAway) return false;
    // with nobody at work nothing could go wrong
    if ((await this.#scene.victim(more)) === undefined) return false;
    this.#clockAway = true;
    const seconds = this.#scene.random.pick([HOUR, -HOUR]);
    server.moveClock(seconds);
    this.#scene.note(`the database's clock: ${seconds} s`);
    this.#scene.later(this.#scene.leases(0.1, 4), () => {
      server.moveClock(0);
      this.#scene.note("the database's clock is right again");
      this.#clockAway = false;
    });
    return true;
  }

  fillDisk(): boolean {
    const { disk } = this.#scene.place;
    if (disk === undefined || this.#diskFull) return false;
    this.#diskFull = true;
    disk.fill();
    this.#scene.note('the disk is full');
    this.#scene.later(this.#scene.leases(0.1, 3), () => {
      disk.free();
      this.#scene.note('the disk has space');
      this.#diskFull = false;
    });
    return true;
  }

  cut(): boolean {
    if (this.#scene.place.proxies.length === 0) return false;
    const all = this.#scene.random.chance(0.15);
    const index = this.#scene.random.below(this.#scene.place.proxies.length);
    const proxies = all ? this.#scene.place.proxies : this.#scene.place.proxies.slice(index, index + 1);
    const cut = this.#scene.random.pick(CUTS);
    const length = (cut.leases ?? 0) * this.#scene.random.next() * this.#scene.leaseMilliseconds;
    const break_ = async (proxy: Proxy): Promise<void> => {
      for (const line of cut.lines) await proxy.command(line);
      if (cut.leases === undefined) return;
      await sleep(length);
      if (cut.after !== undefined) await proxy.command(cut.after);
      await proxy.command('reset');
    };
    const text = `${cut.lines.join(', ')}${cut.leases === undefined ? '' : `, for ${Math.round(length)} ms`}`;
    if (all) this.#scene.note(`all connections: ${text}`);
    else this.#scene.note(`its connections: ${text}`, this.#scene.slots[index]?.pid ?? 0);
    for (const proxy of proxies) this.#scene.mend(break_(proxy));
    return true;
  }
}
