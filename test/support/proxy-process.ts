import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A TCP proxy that breaks connections on demand; its commands are told at the head of `services/tcp-proxy.mjs`. */
export interface Proxy {
  readonly host: string;
  readonly port: number;
  /** One command (`cut`, `pause down`, `latency 20`, `cut-on after COMMIT`, `stats` …); resolves when it holds. */
  command(line: string): Promise<{ readonly open: number; readonly ever: number }>;
  stop(): Promise<void>;
}

/** Starts one before the server. It ends with this process at the latest. */
export async function spawnProxy(target: { readonly host: string; readonly port: number }): Promise<Proxy> {
  const script = join(import.meta.dirname, 'services', 'tcp-proxy.mjs');
  const child = spawn(process.execPath, [script, '--target', `${target.host}:${target.port}`, '--stdin'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<Record<string, unknown>> => {
    const { value, done } = await lines.next();
    if (done === true) throw new Error('the proxy has ended');
    return JSON.parse(value) as Record<string, unknown>;
  };
  const stop = async (): Promise<void> => {
    child.stdin.end();
    await ended;
  };
  const { listen } = await next();
  let last: Promise<unknown> = Promise.resolve();
  const send = async (line: string): Promise<{ open: number; ever: number }> => {
    child.stdin.write(`${line}\n`);
    const answer = await next();
    if (answer['ok'] !== true) throw new Error(`proxy: ${String(answer['error'])}`);
    return { open: Number(answer['open']), ever: Number(answer['ever']) };
  };
  const command: Proxy['command'] = (line) => {
    // answers come in the order of the commands: one at a time
    const answer = last.then(() => send(line));
    last = answer.catch(() => undefined);
    return answer;
  };
  return { host: '127.0.0.1', port: Number(listen), command, stop };
}
