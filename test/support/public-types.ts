import { posix } from 'node:path';
import { format } from 'oxfmt';
import type { Class, Node, TSInterfaceDeclaration } from 'oxc-parser';
import { isNode, type Module, moduleOf, type Source } from './declaration-module.ts';

/*
 * The declarations that a package exports, and those that they refer to, as one text sorted by name. The text does not
 * depend on the files of the declarations. It has no private members, and inherited members stand in the class or
 * interface that inherits them.
 */

/** A declaration of the package, or a name of another package. */
type Target = { readonly module: Module; readonly name: string } | Source;

/** What one name is declared as. */
interface Found {
  readonly text: string;
  readonly isPublic: boolean;
  readonly name: string;
}

/** The text for the module at `entry`; `read` gives the text of a file. Throws on what it cannot flatten. */
export const publicTypes = async (entry: string, read: (path: string) => string): Promise<string> => {
  const flattened = new Flattening(read);
  return formatted(flattened.declarations(entry));
};

const formatted = async (text: string): Promise<string> => {
  const { code, errors } = await format('public-types.d.ts', text, {
    printWidth: 120,
    singleQuote: true,
    objectWrap: 'collapse',
  });
  if (errors[0]) throw new Error(`${errors[0].message}\n${text}`);
  return code;
};

class Flattening {
  readonly #read: (path: string) => string;
  readonly #modules = new Map<string, Module>();
  /** How declarations are called in the text, by `path#name`. */
  readonly #names = new Map<string, string>();
  readonly #external = new Set<string>();
  #waiting: { readonly module: Module; readonly name: string }[] = [];

  constructor(read: (path: string) => string) {
    this.#read = read;
  }

  declarations(entry: string): string {
    const exported = this.#exportsOf(this.#module(entry));
    const aliases: string[] = [];
    for (const [name, target] of [...exported].toSorted(byName)) {
      if ('specifier' in target) aliases.push(`export { ${target.name} as ${name} } from '${target.specifier}';`);
      else {
        const key = keyOf(target);
        const first = this.#names.get(key);
        if (first !== undefined) aliases.push(`export { ${first} as ${name} };`);
        else {
          this.#names.set(key, name);
          this.#waiting.push(target);
        }
      }
    }
    const exportedNames = new Set(this.#names.keys());
    const found: Found[] = [];
    const seen = new Set<string>();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      const key = keyOf(next);
      if (seen.has(key)) continue;
      seen.add(key);
      const isPublic = exportedNames.has(key);
      for (const node of next.module.declared.get(next.name) ?? [])
        found.push({ text: this.#declaration(next.module, node, next.name), isPublic, name: this.#nameOf(next) });
    }
    const texts = (isPublic: boolean): readonly string[] =>
      found
        .filter((one) => one.isPublic === isPublic)
        .toSorted(byNameAndText)
        .map(({ text }) => text);
    return [
      ...[...this.#external].toSorted(),
      '// Exported.',
      ...texts(true).map((text) => `export ${text}`),
      ...aliases,
      '// Not exported, but referred to.',
      ...texts(false),
    ].join('\n\n');
  }

  #module(path: string): Module {
    const known = this.#modules.get(path);
    if (known) return known;
    const module = moduleOf(path, this.#read(path));
    this.#modules.set(path, module);
    return module;
  }

  #exportsOf(module: Module): ReadonlyMap<string, Target> {
    const found = new Map<string, Target>();
    for (const specifier of module.all) {
      if (!specifier.startsWith('.')) throw new Error(`${module.path}: exports everything of ${specifier}`);
      const names = this.#exportsOf(this.#module(fileOf(module.path, specifier)));
      for (const [name, target] of names) found.set(name, target);
    }
    for (const name of module.exported.keys()) found.set(name, this.#exportOf(module, name));
    return found;
  }

  #exportOf(module: Module, name: string): Target {
    const source = module.exported.get(name);
    if (typeof source === 'string') return this.#local(module, source) ?? unresolved(module, name);
    if (source) return this.#source(module, source);
    for (const specifier of module.all) {
      const target = this.#exportsOf(this.#module(fileOf(module.path, specifier))).get(name);
      if (target) return target;
    }
    return unresolved(module, name);
  }

  /** What a name means in a module; undefined: a global, or a type parameter. */
  #local(module: Module, name: string): Target | undefined {
    if (module.declared.has(name)) return { module, name };
    const source = module.imported.get(name);
    return source && this.#source(module, source);
  }

  #source(module: Module, source: Source): Target {
    return source.specifier.startsWith('.')
      ? this.#exportOf(this.#module(fileOf(module.path, source.specifier)), source.name)
      : source;
  }

  /** The name in the text; a declaration that is met for the first time is to be printed, too. */
  #nameOf(target: Target): string {
    if ('specifier' in target) {
      this.#external.add(`import type { ${target.name} } from '${target.specifier}';`);
      return target.name;
    }
    const key = keyOf(target);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    const taken = new Set(this.#names.values());
    let name = target.name;
    for (let number = 2; taken.has(name); number += 1) name = `${target.name}_${number}`;
    this.#names.set(key, name);
    this.#waiting.push(target);
    return name;
  }

  #declaration(module: Module, node: Node, name: string): string {
    const shown = this.#nameOf({ module, name });
    if (node.type === 'TSInterfaceDeclaration') {
      const { kept, members } = this.#inheritedInterface(module, node);
      const heritage = kept.length > 0 ? ` extends ${kept.join(', ')}` : '';
      return `interface ${shown}${this.#text(module, node.typeParameters)}${heritage} {\n${sorted(members)}\n}`;
    }
    if (node.type === 'ClassDeclaration') {
      const { kept, members } = this.#inheritedClass(module, node);
      const heritage = kept === undefined ? '' : ` extends ${kept}`;
      const abstract = node.abstract ? 'abstract ' : '';
      return `declare ${abstract}class ${shown}${this.#text(module, node.typeParameters)}${heritage} {\n${sorted(members)}\n}`;
    }
    const text = this.#text(module, node, (identifier) => identifier.name === name && isNameOf(node, identifier));
    return node.type === 'TSTypeAliasDeclaration' ? text.replace(/^declare /, '') : text;
  }

  /** Members by their names, the nearest ones first, and the bases that are no declarations of the package. */
  #inheritedInterface(
    module: Module,
    node: TSInterfaceDeclaration,
  ): { readonly kept: readonly string[]; readonly members: ReadonlyMap<string, readonly string[]> } {
    const members = new Map(this.#members(module, node.body.body));
    const kept: string[] = [];
    for (const base of node.extends) {
      const target = base.expression.type === 'Identifier' ? this.#local(module, base.expression.name) : undefined;
      const declared = target && 'module' in target ? (target.module.declared.get(target.name) ?? []) : [];
      const [first] = declared;
      if (target && 'module' in target && first?.type === 'TSInterfaceDeclaration' && !base.typeArguments) {
        const inherited = this.#inheritedInterface(target.module, first);
        for (const [name, texts] of inherited.members) if (!members.has(name)) members.set(name, texts);
        kept.push(...inherited.kept);
      } else kept.push(this.#text(module, base));
    }
    return { kept: [...new Set(kept)].toSorted(), members };
  }

  #inheritedClass(
    module: Module,
    node: Class,
  ): { readonly kept: string | undefined; readonly members: ReadonlyMap<string, readonly string[]> } {
    const members = new Map(this.#members(module, node.body.body));
    const { superClass } = node;
    if (!superClass) return { kept: undefined, members };
    const target = superClass.type === 'Identifier' ? this.#local(module, superClass.name) : undefined;
    const [base] = target && 'module' in target ? (target.module.declared.get(target.name) ?? []) : [];
    if (!target || !('module' in target) || base?.type !== 'ClassDeclaration' || node.superTypeArguments)
      return { kept: this.#text(module, superClass) + this.#text(module, node.superTypeArguments), members };
    const inherited = this.#inheritedClass(target.module, base);
    for (const [name, texts] of inherited.members) if (!members.has(name)) members.set(name, texts);
    return { kept: inherited.kept, members };
  }

  #members(module: Module, nodes: readonly Node[]): ReadonlyMap<string, readonly string[]> {
    const members = new Map<string, string[]>();
    for (const node of nodes) {
      if (!isPublic(node)) continue;
      const text = this.#text(module, node).replace(/[;,]$/, '');
      const isStatic = 'static' in node && node.static;
      const name = `${isStatic ? 'static ' : ''}${'key' in node && isNode(node.key) ? slice(module, node.key) : ''}`;
      members.set(name, [...(members.get(name) ?? []), `${text};`]);
    }
    return members;
  }

  /** The text of a node without comments, every name as it is called outside. */
  #text(module: Module, node: Node | null | undefined, isOwn: (node: Identifier) => boolean = () => false): string {
    if (!node) return '';
    const edits: Edit[] = module.comments
      .filter(({ start, end }) => start >= node.start && end <= node.end)
      .map(({ start, end }) => ({ start, end, text: '' }));
    walk(node, (each, parent) => {
      if (each.type === 'TSImportType') {
        const { source, qualifier } = each;
        if (qualifier?.type !== 'Identifier') throw new Error(`${module.path}: ${slice(module, each)}`);
        const target = this.#source(module, { specifier: source.value, name: qualifier.name });
        edits.push({ start: each.start, end: qualifier.end, text: this.#nameOf(target) });
      } else if (each.type === 'Identifier' && (isOwn(each) || isReference(each, parent))) {
        const target = this.#local(module, each.name);
        // a constant's name spans its type, too
        if (target) edits.push({ start: each.start, end: each.start + each.name.length, text: this.#nameOf(target) });
      }
    });
    return edited(module.text, node.start, node.end, edits)
      .replace(/\n\s*\n/g, '\n')
      .trim();
  }
}

type Identifier = Node & { readonly type: 'Identifier' };

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const edited = (text: string, start: number, end: number, edits: readonly Edit[]): string => {
  let result = '';
  let at = start;
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at, end);
};

/** Whether an identifier refers to a declaration, and is no name of a member or a parameter. */
const isReference = (node: Identifier, parent: Node | undefined): boolean => {
  switch (parent?.type) {
    case 'TSTypeReference':
      return parent.typeName === node;
    case 'TSTypeQuery':
      return parent.exprName === node;
    case 'TSQualifiedName':
      return parent.left === node;
    case 'TSInterfaceHeritage':
    case 'TSClassImplements':
      return parent.expression === node;
    case 'TSPropertySignature':
    case 'TSMethodSignature':
    case 'PropertyDefinition':
    case 'MethodDefinition':
      return parent.computed && parent.key === node;
    case undefined:
      return true;
    default:
      return false;
  }
};

const isNameOf = (node: Node, identifier: Identifier): boolean =>
  node.type === 'VariableDeclaration'
    ? node.declarations.some(({ id }) => id === identifier)
    : 'id' in node && node.id === identifier;

const isPublic = (node: Node): boolean => {
  if ('key' in node && isNode(node.key) && node.key.type === 'PrivateIdentifier') return false;
  const isPrivate = 'accessibility' in node && node.accessibility === 'private';
  // that a class cannot be made outside is a part of what it promises
  return !isPrivate || (node.type === 'MethodDefinition' && node.kind === 'constructor');
};

/** A declaration file names others as the source did, or by the JavaScript file beside them. */
const fileOf = (from: string, specifier: string): string =>
  posix.join(posix.dirname(from), specifier).replace(/(?<!\.d)\.(ts|js)$/, '.d.ts');

const keyOf = ({ module, name }: { readonly module: Module; readonly name: string }): string =>
  `${module.path}#${name}`;

const unresolved = ({ path }: Module, name: string): never => {
  throw new Error(`${path}: nothing is exported as ${name}`);
};

const slice = ({ text }: Module, { start, end }: Node): string => text.slice(start, end);

const sorted = (members: ReadonlyMap<string, readonly string[]>): string =>
  [...members]
    .toSorted(byName)
    .flatMap(([, texts]) => texts)
    .join('\n');

const compared = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => compared(a, b);
const byNameAndText = (a: Found, b: Found): number => compared(a.name, b.name) || compared(a.text, b.text);

const walk = (value: unknown, visit: (node: Node, parent: Node | undefined) => void, parent?: Node): void => {
  if (Array.isArray(value)) for (const item of value) walk(item, visit, parent);
  else if (isNode(value)) {
    visit(value, parent);
    for (const child of Object.values(value)) walk(child, visit, value);
  }
};
