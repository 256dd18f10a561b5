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

const CONTAINER = 'src/infrastructure/container.ts';
const WORKER_ROOM = 'src/infrastructure/workers/';
const WORKER = `${WORKER_ROOM}worker.ts`;
/** worker.ts, and what else runs as a thread of its own by its name: check-worker.ts. */
const WORKER_ENTRY = /^src\/infrastructure\/workers\/(?:[\w-]+-)?worker\.ts$/;
const ROOTS = new Set(['src/main.ts', 'src/index.ts']);

/**
 * Checks the rules of the house over the source files (path from the repository's root → text): who may import whom,
 * no cycles, what a worker thread may load. `dependencies` are the packages that users install with us.
 */
export function checkLayers(files: ReadonlyMap<string, string>, dependencies: ReadonlySet<string>): Violation[] {
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
  return [...violations, ...workerViolations(graph), ...cycles(graph)];
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
  if (target === 'tsyringe' && file !== CONTAINER) return 'only container.ts knows tsyringe';
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

/** What worker threads load, followed from their entries: types from application cost nothing, values do. */
function workerViolations(graph: ReadonlyMap<string, readonly Edge[]>): Violation[] {
  const rule = 'a worker thread loads only its own room, domain and node:';
  const violations: Violation[] = [];
  if (!graph.has(WORKER)) {
    violations.push({ file: WORKER, line: 1, rule, detail: 'the worker entry is not there: nothing is guarded' });
  }
  /** File → the entry that loads it. */
  const loaded = new Map([...graph.keys()].filter((file) => WORKER_ENTRY.test(file)).map((file) => [file, file]));
  for (const [file, entry] of loaded) {
    for (const { kind, target, typeOnly, line, specifier } of graph.get(file) ?? []) {
      const own =
        kind === 'node' || (kind === 'file' && (target.startsWith(WORKER_ROOM) || layerOf(target) === 'domain'));
      if (!own && !(typeOnly && layerOf(target) === 'application')) {
        violations.push({ file, line, rule, detail: `imports ${specifier}, and ${entry} loads this file` });
      } else if (kind === 'file' && !typeOnly && !loaded.has(target)) loaded.set(target, entry);
    }
  }
  return violations;
}

/** Each group of files that import each other in a circle is told once, along a shortest circle. Types count too. */
function cycles(graph: ReadonlyMap<string, readonly Edge[]>): Violation[] {
  const violations: Violation[] = [];
  const told = new Set<string>();
  for (const file of graph.keys()) {
    const circle = told.has(file) ? undefined : shortestCircle(graph, file);
    if (circle === undefined) continue;
    for (const member of circle) told.add(member);
    const line = graph.get(file)?.find(({ target }) => target === (circle[1] ?? file))?.line ?? 1;
    violations.push({ file, line, rule: 'no import cycles', detail: [...circle, file].join(' → ') });
  }
  return violations;
}

/** The files of a shortest way from this file back to itself, breadth first. */
function shortestCircle(graph: ReadonlyMap<string, readonly Edge[]>, start: string): string[] | undefined {
  const ways = new Map<string, string[]>([[start, [start]]]);
  for (const [file, way] of ways) {
    for (const { target, kind } of graph.get(file) ?? []) {
      if (target === start) return way;
      if (kind === 'file' && !ways.has(target)) ways.set(target, [...way, target]);
    }
  }
  return undefined;
}
