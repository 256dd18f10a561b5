import { parseSync, type Node } from 'oxc-parser';

/** One module named by another. */
export interface Import {
  readonly specifier: string;
  /** Erased before it runs: `import type`, `export type`, a type query. */
  readonly typeOnly: boolean;
  readonly line: number;
}

/**
 * Every module a TypeScript file names: static and dynamic imports, re-exports, `require`, `typeof import()`. Taken
 * from the syntax tree, so comments and strings cannot mislead it. `import { type A }` stays an import at run time
 * (verbatimModuleSyntax), so it counts as one; a dynamic import of a computed name is the user's module, not ours.
 */
export function importsOf(file: string, text: string): Import[] {
  const { program, errors } = parseSync(file, text);
  if (errors[0] !== undefined) throw new Error(`${file}: ${errors[0].message}`);
  const found: Import[] = [];
  const add = (source: unknown, typeOnly: boolean, start: number): void => {
    const specifier = literal(source);
    if (specifier !== undefined) found.push({ specifier, typeOnly, line: text.slice(0, start).split('\n').length });
  };
  walk(program, (node) => {
    switch (node.type) {
      case 'ImportDeclaration':
        return add(node.source, node.importKind === 'type', node.start);
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        return add(node.source, node.exportKind === 'type', node.start);
      case 'ImportExpression':
        return add(node.source, false, node.start);
      case 'TSImportType':
        return add(node.source, true, node.start);
      case 'TSExternalModuleReference':
        return add(node.expression, false, node.start);
      case 'CallExpression':
        if (node.callee.type === 'Identifier' && node.callee.name === 'require')
          add(node.arguments[0], false, node.start);
        return undefined;
      default:
        return undefined;
    }
  });
  return found;
}

function walk(value: unknown, visit: (node: Node) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit);
  } else if (isNode(value)) {
    visit(value);
    for (const child of Object.values(value)) walk(child, visit);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

/** A string, or a template without holes. */
function literal(node: unknown): string | undefined {
  if (!isNode(node)) return undefined;
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined;
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0)
    return node.quasis[0]?.value.cooked ?? undefined;
  return undefined;
}
