#!/usr/bin/env node
// Only `node:` imports here: on an unsupported Node the packages would crash before anything could be said.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const REQUIRED = [22, 18] as const;

const supported = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1]);
};

/** Runs this very command with the bundled Node; signals and the exit code pass through. */
const reexecute = (node: string): void => {
  const child = spawn(node, [...process.execArgv, ...process.argv.slice(1)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const)
    process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`ts-experimenter: the bundled Node (${node}) does not start: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code ?? 1);
    process.removeAllListeners(signal);
    process.kill(process.pid, signal);
  });
};

const [first, ...more] = process.argv.slice(2);

if (supported(process.versions.node) && (first === '--version' || first === '-V') && more.length === 0) {
  // Scripts ask often, and the command line with its packages takes longer to load than Node itself.
  const { version } = await import('./infrastructure/system/version.ts');
  console.log(version);
} else if (supported(process.versions.node)) {
  const { main } = await import('./infrastructure/cli/main.ts');
  await main(process.argv);
} else {
  const bundled = fileURLToPath(new URL('../node_modules/node/bin/node', import.meta.url));
  if (existsSync(bundled)) reexecute(bundled);
  else {
    console.error(
      `ts-experimenter: this is Node ${process.versions.node}; Node ${REQUIRED.join('.')} or later is needed, 24 is best.\n` +
        'Install it from https://nodejs.org or with your version manager (nvm install 24), or run `npm install node@24` beside this package.',
    );
    process.exitCode = 2;
  }
}
