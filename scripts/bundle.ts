import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';

/*
 * The build's JavaScript: the program and the packages that every start loads, in few files. Unbundled they are 650 modules,
 * and to find and read each of them takes half of the time of a start. Entries lie side by side with the rest, so
 * that `entryFile` finds them as it does in the source.
 */

const root = join(import.meta.dirname, '..');

/** Programs and threads by their files; what users import. */
const entries = [
  'main',
  'index',
  'infrastructure/database/thread/protocol-thread',
  'infrastructure/database/thread/standby-thread',
  'infrastructure/workers/threads/worker',
  'infrastructure/workers/processes/process-worker',
  'infrastructure/workers/processes/watch-worker',
  'infrastructure/workers/experiment/check-worker',
];

/** The packages that go into the files. All others are loaded when they are needed, from where they are installed. */
const bundled = /^(@mikro-orm\/|kysely$|sqlstring$|tsyringe$|tslib$|commander$)/;

/** The ORM's drivers, of which there is one copy: another copy of SQLite would drop the locks of this one. */
const drivers = new Map([
  ['better-sqlite3', '@mikro-orm/sqlite'],
  ['mysql2', '@mikro-orm/mysql'],
]);
const DRIVER = '\0driver:';

const bundle = await rolldown({
  cwd: root,
  input: Object.fromEntries(entries.map((entry) => [entry.split('/').at(-1) ?? entry, `src/${entry}.ts`])),
  platform: 'node',
  external: (id) => /^[@a-z]/i.test(id) && !bundled.test(id) && !drivers.has(id) && !id.startsWith('src/'),
  plugins: [
    {
      name: 'drivers',
      resolveId: (id) => (drivers.has(id) ? DRIVER + id : undefined),
      load: (id) => {
        if (!id.startsWith(DRIVER)) return undefined;
        const name = id.slice(DRIVER.length);
        return `import { createRequire } from 'node:module';
const driver = () => createRequire(import.meta.resolve('${drivers.get(name)}'))('${name}');
export default class { constructor(...options) { return new (driver())(...options); } };
export const createPool = (...options) => driver().createPool(...options);
export const createConnection = (...options) => driver().createConnection(...options);`;
      },
    },
  ],
});
rmSync(join(root, 'dist'), { recursive: true, force: true });
const { output } = await bundle.write({
  dir: join(root, 'dist'),
  format: 'esm',
  sourcemap: true,
  entryFileNames: '[name].js',
  chunkFileNames: '[name]-[hash].js',
});
await bundle.close();

/** Copies of these packages bear their licences with them. */
const packages = new Set(
  output
    .flatMap((file) => (file.type === 'chunk' ? Object.keys(file.modules) : []))
    .flatMap((id) => /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
);
const licences = [...packages].sort().map((folder) => {
  const [name] = globSync('LICEN{S,C}E*', { cwd: folder });
  const file = name && join(folder, name);
  if (file === undefined || !existsSync(file)) throw new Error(`${folder} has no licence file`);
  return `${folder.replace(/^.*\/node_modules\//, '')}\n\n${readFileSync(file, 'utf8').trim()}\n`;
});
writeFileSync(join(root, 'dist/LICENCES.txt'), licences.join(`\n${'-'.repeat(80)}\n\n`));
