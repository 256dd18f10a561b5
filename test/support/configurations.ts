import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExperimenterError } from '../../src/domain/errors.ts';
import type { Configuration } from '../../src/infrastructure/config/schema/configuration.ts';
import { loadConfiguration, type LoadOptions } from '../../src/infrastructure/config/load.ts';

/** The least a configuration needs, with one more or other section. */
export const minimal = (more: object = {}): Record<string, unknown> => ({
  table: { name: 'study', keyfields: { seed: { type: 'INT', values: [1, 2] } } },
  ...more,
});

/** Loads without this process's environment. */
export const load = (source: string | object, options: LoadOptions = {}): Configuration =>
  loadConfiguration(source, { env: {}, ...options });

/** The error of a configuration that must be refused. */
export const refusal = (source: string | object, options: LoadOptions = {}): ExperimenterError => {
  try {
    load(source, options);
  } catch (error) {
    return error as ExperimenterError;
  }
  throw new Error('the configuration was accepted');
};

/** A directory that is gone when the test is over: `using folder = temporaryFolder()`. */
export const temporaryFolder = (): Disposable & {
  readonly path: string;
  write(name: string, content: unknown, mode?: number): string;
} => {
  const path = mkdtempSync(join(tmpdir(), 'ts-experimenter-config-'));
  return {
    path,
    write: (name, content, mode = 0o644) => {
      const file = join(path, name);
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2), { mode });
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
};
