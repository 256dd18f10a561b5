import { posix } from 'node:path';
import { importsOf, type Import } from './imports.ts';

/** A rule broken by one import. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly rule: string;
  readonly detail: string;
}

/** An import with what it leads to: a file of the tree, or a package. */
interface Edge extends Import {
  readonly target: string;
  readonly kind: 'file' | 'node' | 'package';
}

/** Where the parts of a study are put together, and the tokens for them. */
const COMPOSITION = ['src/infrastructure/container.ts', 'src/infrastructure/tokens.ts'];
const WORKER_ROOM = 'src/infrastructure/workers/';
const WORKER = `${WORKER_ROOM}threads/worker.ts`;
/** worker.ts, and what else runs as a thread of its own by its name: check-worker.ts. */
const WORKER_ENTRY = /^src\/infrastructure\/workers\/[\w-]+\/(?:[\w-]+-)?worker\.ts$/;
/** What worker threads may load beside the domain. */
const WORKER_ROOMS = [WORKER_ROOM, 'src/infrastructure/system/'];
const ROOTS = new Set(['src/main.ts', 'src/index.ts']);

/** Folder below src → the folders that its files may import. */
export type FolderRules = Readonly<Record<string, readonly string[]>>;

/**
 * Checks the rules of the house over the source files (path from the repository's root → text): which layer and which
 * folder may import which, no circles of files or folders, what a worker thread may load. `dependencies` are the packages
 * that users install with us.
 */
export function checkLayers(
  files: ReadonlyMap<string, string>,
  dependencies: ReadonlySet<string>,
  folders: FolderRules,
): Violation[] {
  const violations: Violation[] = [];
  const graph = new Map<string, Edge[]>();
  for (const [file, text] of files)
    graph.set(
      file,
      importsOf(file, text).map((each) => edge(file, each)),
    );
  for (const [file, edges] of graph) {
    for (const each of edges) {
      const report = (rule: string, detail: string): number => violations.push({ file, line: each.line, rule, detail });
      const broken = brokenRule(file, each);
      if (broken !== undefined) report(broken, `imports ${each.specifier}`);
      if (each.kind === 'file' && !files.has(each.target))
        report('an import leads to a file of src', `there is no ${each.target}`);
      if (each.kind === 'package' && !dependencies.has(each.target)) {
        report('what src imports is a dependency', `${each.target} is not among the dependencies in package.json`);
      }
    }
  }
  return [...violations, ...folderViolations(graph, folders), ...workerViolations(graph), ...cycles(graph)];
}

function edge(file: string, found: Import): Edge {
  const { specifier } = found;
  if (specifier.startsWith('node:')) return { ...found, kind: 'node', target: specifier };
  if (/^\.{0,2}\//.test(specifier) || specifier === '.' || specifier === '..') {
    return { ...found, kind: 'file', target: posix.join(posix.dirname(file), specifier) };
  }
  return { ...found, kind: 'package', target: specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/') };
}

function layerOf(file: string): string {
  return /^src\/(domain|application|infrastructure)\//.exec(file)?.[1] ?? (ROOTS.has(file) ? 'root' : 'elsewhere');
}

function brokenRule(file: string, { kind, target }: Edge): string | undefined {
  const from = layerOf(file);
  const to = kind === 'file' ? layerOf(target) : kind;
  if (target === 'tsyringe' && !COMPOSITION.includes(file)) return 'only container.ts and tokens.ts know tsyringe';
  switch (from) {
    case 'domain':
      return to === 'domain' ? undefined : 'domain imports only domain';
    case 'application':
      return ['domain', 'application', 'node'].includes(to) ? undefined : 'application imports only domain and node:';
    case 'infrastructure':
      return ['domain', 'application', 'infrastructure', 'node', 'package'].includes(to)
        ? undefined
        : 'infrastructure imports application, domain and packages';
    case 'root':
      return to === 'elsewhere' ? 'src imports only src' : undefined;
    default:
      return 'src holds main.ts, index.ts, domain, application and infrastructure';
  }
}

const folderOf = (file: string): string => posix.dirname(file).replace(/^src\/?/, '');

/** A folder imports what the table says, and the table says nothing that no file needs; folders form no circle. */
function folderViolations(graph: ReadonlyMap<string, readonly Edge[]>, rules: FolderRules): Violation[] {
  const violations: Violation[] = [];
  const used = new Set<string>();
  for (const [file, edges] of graph) {
    const from = folderOf(file);
    if (ROOTS.has(file)) continue;
    for (const { kind, target, line, specifier } of edges) {
      const to = folderOf(target);
      if (kind !== 'file' || to === from || ROOTS.has(target)) continue;
      used.add(`${from} → ${to}`);
      if (rules[from]?.includes(to) === true) continue;
      const rule = 'a folder imports only what scripts/folders.ts allows';
      violations.push({ file, line, rule, detail: `imports ${specifier}: ${from} → ${to}` });
    }
  }
  const table = (detail: string) => ({ file: 'scripts/folders.ts', line: 1, rule: 'the table of folders', detail });
  for (const [from, targets] of Object.entries(rules))
    for (const to of targets) if (!used.has(`${from} → ${to}`)) violations.push(table(`nothing needs ${from} → ${to}`));
  const ways = new Map(Object.entries(rules).map(([from, targets]) => [from, targets.map((target) => ({ target }))]));
  return [...violations, ...circles(ways).map((circle) => table(`a circle: ${circle.join(' → ')}`))];
}

/** What worker threads load, followed from their entries: types from application cost nothing, values do. */
function workerViolations(graph: ReadonlyMap<string, readonly Edge[]>): Violation[] {
  const rule = 'a worker thread loads only workers, system, domain and node:';
  const violations: Violation[] = [];
  if (!graph.has(WORKER)) {
    violations.push({ file: WORKER, line: 1, rule, detail: 'the worker entry is not there: nothing is guarded' });
  }
  /** File → the entry that loads it. */
  const loaded = new Map([...graph.keys()].filter((file) => WORKER_ENTRY.test(file)).map((file) => [file, file]));
  for (const [file, entry] of loaded) {
    for (const { kind, target, typeOnly, line, specifier } of graph.get(file) ?? []) {
      const own =
        kind === 'node' ||
        (kind === 'file' && (WORKER_ROOMS.some((room) => target.startsWith(room)) || layerOf(target) === 'domain'));
      if (!own && !(typeOnly && layerOf(target) === 'application')) {
        violations.push({ file, line, rule, detail: `imports ${specifier}, and ${entry} loads this file` });
      } else if (kind === 'file' && !typeOnly && !loaded.has(target)) loaded.set(target, entry);
    }
  }
  return violations;
}

/** Types count too. */
function cycles(graph: ReadonlyMap<string, readonly Edge[]>): Violation[] {
  const ways = new Map([...graph].map(([file, edges]) => [file, edges.filter(({ kind }) => kind === 'file')]));
  return circles(ways).map((circle) => {
    const [file = '', next] = circle;
    const line = graph.get(file)?.find(({ target }) => target === next)?.line ?? 1;
    return { file, line, rule: 'no import cycles', detail: circle.join(' → ') };
  });
}

/** For each group of nodes that lead to each other, a shortest circle: its first node is repeated at its end. */
function circles(graph: ReadonlyMap<string, readonly { readonly target: string }[]>): string[][] {
  const found: string[][] = [];
  const told = new Set<string>();
  for (const node of graph.keys()) {
    const circle = told.has(node) ? undefined : shortestCircle(graph, node);
    if (circle === undefined) continue;
    for (const member of circle) told.add(member);
    found.push([...circle, node]);
  }
  return found;
}

/** The nodes of a shortest way from this node back to itself, breadth first. */
function shortestCircle(
  graph: ReadonlyMap<string, readonly { readonly target: string }[]>,
  start: string,
): string[] | undefined {
  const ways = new Map<string, string[]>([[start, [start]]]);
  for (const [node, way] of ways) {
    for (const { target } of graph.get(node) ?? []) {
      if (target === start) return way;
      if (!ways.has(target)) ways.set(target, [...way, target]);
    }
  }
  return undefined;
}
