import { dotted, isObject, type Path } from '../../text/safe-text.ts';
import { pythonScalar } from '../python-yaml/python-scalar.ts';
import { pythonText, type PythonValue } from '../python-yaml/python-values.ts';
import { limits } from '../../text/source-text.ts';

/** What an interpolation may do. */
export interface InterpolationRules {
  readonly environment: NodeJS.ProcessEnv;
  /** Why a value at this path may not read this environment variable; undefined: it may. */
  refused(path: Path, variable: string): string | undefined;
  /** Whether the number at this path is a float to Python. */
  float?(path: Path): boolean;
}

/** An interpolation that cannot be resolved, and the path of the value that contains it. */
export class InterpolationProblem extends Error {
  readonly path: Path;

  constructor(path: Path, message: string) {
    super(message);
    this.path = path;
  }
}

const most = { depth: 32, resolutions: 10_000 };

/**
 * Replaces OmegaConf's interpolations in plain data: `${oc.env:NAME}`, `${oc.env:NAME,default}`, `${oc.decode:text}`,
 * `${PY_EXPERIMENTER.n_jobs}` from the root, `${.sibling}` and `${..other}` from where the value stands, also within a
 * text and within each other; `\${` is text. Throws `InterpolationProblem` for what is unknown or refused, for circles
 * and for values that would grow without limit.
 */
export const interpolated = (root: unknown, rules: InterpolationRules): unknown =>
  new Interpolation(root, rules).value(root, []);

class Interpolation {
  readonly #root: unknown;
  readonly #rules: InterpolationRules;
  /** The path of the value that is being resolved: what is read for it becomes part of it. */
  #target: Path = [];
  /** The values under resolution, the outermost first. */
  readonly #under: string[] = [];
  #resolutions = 0;
  #size = 0;
  /** Whether the last value that was looked up is a float to Python. */
  #float = false;
  #nodes = 0;

  constructor(root: unknown, rules: InterpolationRules) {
    this.#root = root;
    this.#rules = rules;
  }

  value(value: unknown, path: Path): unknown {
    if (this.#under.length === 0) this.#target = path;
    this.#nodes += 1;
    if (this.#nodes > limits.nodes) this.#fail(`more than ${limits.nodes} values`);
    if (Array.isArray(value)) return value.map((item, index) => this.value(item, [...path, String(index)]));
    if (isObject(value))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, this.value(item, [...path, key])]));
    if (value === '???') this.#fail('found ???, which marks a value that must be given');
    return typeof value === 'string' && value.includes('${') ? this.#resolved(value, path) : value;
  }

  #resolved(text: string, path: Path): unknown {
    const here = dotted(path);
    if (this.#under.includes(here))
      this.#fail(`the interpolation leads back to itself: ${[...this.#under, here].join(' → ')}`);
    if (this.#under.length >= most.depth)
      this.#fail(`more than ${most.depth} interpolations lead from one to the next`);
    this.#under.push(here);
    const value = this.#template(text, path);
    this.#under.pop();
    return value;
  }

  /** A text that is nothing but one interpolation has its value, of whatever type; any other is a text. */
  #template(text: string, path: Path): unknown {
    const parts: PythonValue[] = [];
    for (let at = 0; at < text.length;) {
      const open = text.indexOf('${', at);
      const literal = open < 0 ? text.slice(at) : text.slice(at, open);
      const escapes = trailingBackslashes(literal);
      if (open < 0) {
        parts.push(asText(literal));
        break;
      }
      // Before an interpolation, and only there, a backslash stands for the next character.
      const before = literal.slice(0, literal.length - escapes) + '\\'.repeat(Math.floor(escapes / 2));
      if (before !== '') parts.push(asText(before));
      if (escapes % 2 === 1) {
        parts.push(asText('${'));
        at = open + 2;
        continue;
      }
      const close = this.#closing(text, open + 2);
      parts.push({ value: this.#reference(text.slice(open + 2, close), path), float: this.#float });
      at = close + 1;
    }
    if (parts.length === 1) return parts[0]?.value;
    const whole = parts.map(textOf).join('');
    this.#size += whole.length;
    if (this.#size > limits.bytes) this.#fail(`interpolations grow beyond ${limits.bytes} characters`);
    return whole;
  }

  #closing(text: string, from: number): number {
    let depth = 0;
    for (let at = from; at < text.length; at += 1) {
      if (text.startsWith('${', at)) depth += 1;
      else if (text[at] === '}') {
        if (depth === 0) return at;
        depth -= 1;
      }
    }
    return this.#fail('an interpolation ${ is not closed: "}" is missing');
  }

  #reference(body: string, path: Path): unknown {
    this.#resolutions += 1;
    this.#float = false;
    if (this.#resolutions > most.resolutions) this.#fail(`more than ${most.resolutions} interpolations`);
    const inner = body.includes('${') ? textOf({ value: this.#template(body, path), float: this.#float }) : body;
    const [, resolver, rest = ''] = /^\s*([A-Za-z_][\w.]*)\s*:(.*)$/s.exec(inner) ?? [];
    if (resolver === undefined) return this.#node(inner.trim(), path);
    if (resolver === 'oc.decode') {
      const { value, float } = pythonScalar(unquoted(rest));
      this.#float = float;
      return value;
    }
    if (resolver === 'oc.env') return this.#variable(rest);
    return this.#fail(`found the resolver ${resolver}; allowed oc.env, oc.decode and the key of another value`);
  }

  #variable(given: string): string | null {
    const comma = given.indexOf(',');
    const name = unquoted(comma < 0 ? given : given.slice(0, comma));
    const refused = this.#rules.refused(this.#target, name);
    if (refused !== undefined) this.#fail(`the environment variable ${name} is not read here: ${refused}`);
    const value = Object.hasOwn(this.#rules.environment, name) ? this.#rules.environment[name] : undefined;
    if (value !== undefined) return value;
    if (comma < 0)
      return this.#fail(`the environment variable ${name} is not set; set it, or write \${oc.env:${name},default}`);
    const fallback = given.slice(comma + 1).trim();
    return fallback === 'null' ? null : unquoted(fallback);
  }

  #node(reference: string, path: Path): unknown {
    const dots = /^\.*/.exec(reference)?.[0].length ?? 0;
    const names = reference
      .slice(dots)
      .replace(/\[([^\]]*)\]/g, '.$1')
      .split('.')
      .filter((name) => name !== '');
    const above = dots === 0 ? [] : path.slice(0, Math.max(0, path.length - dots));
    let value: unknown = this.#root;
    const at: string[] = [];
    for (const name of [...above, ...names]) {
      if (typeof value === 'string' && value.includes('${')) value = this.#resolved(value, at);
      const inside: unknown = value;
      if (typeof inside !== 'object' || inside === null || !Object.hasOwn(inside, name))
        return this.#fail(`found no value ${dotted([...above, ...names])} for \${${reference}}`);
      value = (inside as Record<string, unknown>)[name];
      at.push(name);
    }
    // What contains the value under resolution would contain itself.
    const contains =
      (isObject(value) || Array.isArray(value)) && at.every((name, depth) => this.#target[depth] === name);
    if (contains) this.#fail(`the interpolation leads back to itself: \${${reference}}`);
    const found = this.value(value, at);
    if (found === value) this.#float = this.#rules.float?.(at) ?? false;
    return found;
  }

  #fail(message: string): never {
    throw new InterpolationProblem(this.#target, message);
  }
}

const trailingBackslashes = (text: string): number => {
  let from = text.length;
  while (text[from - 1] === '\\') from -= 1;
  return text.length - from;
};

const unquoted = (text: string): string => {
  const trimmed = text.trim();
  const [, , inner] = /^(['"])(.*)\1$/s.exec(trimmed) ?? [];
  return inner ?? trimmed;
};

const asText = (value: string): PythonValue => ({ value, float: false });

/** A value within a text, as Python writes it. */
const textOf = (each: PythonValue): string => {
  if (each.value === null || each.value === undefined) return 'None';
  return typeof each.value === 'object' ? JSON.stringify(each.value) : pythonText(each);
};
