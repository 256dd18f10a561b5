import { type Comment, type Node, parseSync } from 'oxc-parser';

/** A declaration file. */
export interface Module {
  readonly path: string;
  readonly text: string;
  readonly comments: readonly Comment[];
  /** The declarations by name: an interface and a constant may share one. */
  readonly declared: ReadonlyMap<string, readonly Node[]>;
  /** What is imported, by its name here. */
  readonly imported: ReadonlyMap<string, Source>;
  /** What is exported, by its name outside. */
  readonly exported: ReadonlyMap<string, Source | string>;
  /** Files of which everything is exported. */
  readonly all: readonly string[];
}

/** A name in another module. */
export interface Source {
  readonly specifier: string;
  readonly name: string;
}

/** Reads a declaration file. Throws on what it cannot tell: namespaces and default exports. */
export const moduleOf = (path: string, text: string): Module => {
  const { program, comments, errors } = parseSync(path, text);
  if (errors[0]) throw new Error(`${path}: ${errors[0].message}`);
  const declared = new Map<string, Node[]>();
  const imported = new Map<string, Source>();
  const exported = new Map<string, Source | string>();
  const all: string[] = [];
  const declare = (node: Node): readonly string[] => {
    const names = namesOf(path, node);
    for (const name of names) declared.set(name, [...(declared.get(name) ?? []), node]);
    return names;
  };
  for (const node of program.body) {
    if (node.type === 'ImportDeclaration') {
      for (const specifier of node.specifiers) {
        if (specifier.type !== 'ImportSpecifier' && node.source.value.startsWith('.'))
          throw new Error(`${path}: imports all or the default of ${node.source.value}`);
        const name = specifier.type === 'ImportSpecifier' ? nameOf(specifier.imported) : specifier.local.name;
        imported.set(specifier.local.name, { specifier: node.source.value, name });
      }
    } else if (node.type === 'ExportAllDeclaration') {
      if (node.exported) throw new Error(`${path}: exports ${node.source.value} as a namespace`);
      all.push(node.source.value);
    } else if (node.type === 'ExportNamedDeclaration') {
      for (const { local, exported: outside } of node.specifiers) {
        const source = node.source ? { specifier: node.source.value, name: nameOf(local) } : nameOf(local);
        exported.set(nameOf(outside), source);
      }
      if (node.declaration) for (const name of declare(node.declaration)) exported.set(name, name);
    } else if (node.type === 'ExportDefaultDeclaration') throw new Error(`${path}: has a default export`);
    else declare(node);
  }
  return { path, text, comments, declared, imported, exported, all };
};

const namesOf = (path: string, node: Node): readonly string[] => {
  if (node.type === 'VariableDeclaration') {
    const [first, ...more] = node.declarations.map(({ id }) => (id.type === 'Identifier' ? id.name : ''));
    if (first === undefined || first === '' || more.length > 0) throw new Error(`${path}: declares several constants`);
    return [first];
  }
  if ('id' in node && isNode(node.id) && node.id.type === 'Identifier') return [node.id.name];
  throw new Error(`${path}: declares a ${node.type}`);
};

const nameOf = (node: Node): string => {
  if (node.type === 'Identifier') return node.name;
  throw new Error('a name that is no identifier');
};

export const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
