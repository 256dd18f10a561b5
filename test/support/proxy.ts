import { atEndOfFile } from './cleanup.ts';
import { type Proxy, spawnProxy } from './proxy-process.ts';

export type { Proxy };

/** Starts one before the server; it ends with the test file at the latest. */
export async function startProxy(target: { readonly host: string; readonly port: number }): Promise<Proxy> {
  const proxy = await spawnProxy(target);
  atEndOfFile(proxy.stop);
  return proxy;
}
