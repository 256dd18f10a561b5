import { execFileSync, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { atEndOfFile } from './cleanup.ts';
import { until } from './command-line.ts';

/** A network of its own, whose loopback nobody outside reaches; a single address of it is reached from here. */
export interface HiddenNetwork {
  /** Runs the command that follows in that network. */
  readonly inside: readonly string[];
  readonly host: string;
}

/** Makes one, for this test file: Linux, as root. Throws where that cannot be done. */
export const hiddenNetwork = async (): Promise<HiddenNetwork> => {
  // It lives as long as a process in it, and this one ends with us.
  const holder = spawn('unshare', ['--net', 'cat'], { stdio: ['pipe', 'ignore', 'inherit'] });
  atEndOfFile(() => void holder.stdin.end());
  const network = (pid: number | undefined) => readlinkSync(`/proc/${pid}/ns/net`);
  await until('the new network', () => network(holder.pid) !== network(process.pid));
  const inside = ['nsenter', `--net=/proc/${holder.pid}/ns/net`];
  const number = randomInt(0, 256 * 64);
  const address = (last: number) => `10.213.${number >> 6}.${(number & 63) * 4 + last}`;
  const [here, there] = [`tsx${number}a`, `tsx${number}b`];
  const run = (command: string) => {
    const [program = '', ...args] = command.split(' ');
    execFileSync(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  run(`ip link add ${here} type veth peer name ${there} netns ${holder.pid}`);
  run(`ip addr add ${address(1)}/30 dev ${here}`);
  run(`ip link set ${here} up`);
  for (const command of [`addr add ${address(2)}/30 dev ${there}`, `link set ${there} up`, 'link set lo up'])
    run([...inside, 'ip', command].join(' '));
  return { inside, host: address(2) };
};
