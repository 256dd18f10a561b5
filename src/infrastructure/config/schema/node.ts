import type { Format } from './formats.ts';

/** One key of the configuration: what convict's schema is made of, and what we print and check it by. */
export interface Leaf<Value> {
  /** One sentence: meaning, unit, effect of raising or lowering it. */
  readonly doc: string;
  /** Null for a required key, too: convict then asks the format. */
  readonly default: Value | null;
  readonly type: Format<NonNullable<Value>>;
  readonly nullable: boolean;
  readonly sensitive: boolean;
}
/** Keys and sections under one name. */
export interface Section {
  readonly [key: string]: AnyLeaf | Section;
}

/** The values a schema describes. */
export type Values<Node> = Node extends Leaf<infer Value> ? Value : { readonly [Key in keyof Node]: Values<Node[Key]> };

/** A key of whatever type. */
// oxlint-disable-next-line typescript/no-explicit-any -- any of Leaf<…>, which unknown is not
export type AnyLeaf = Leaf<any>;

type Words<Value> = { readonly type: Format<Value>; readonly doc: string; readonly sensitive?: true };
const common = { nullable: false, sensitive: false, default: null } as const;

/** A key with a default. */
export const key = <Value extends {}>(words: Words<Value> & { readonly default: NoInfer<Value> }): Leaf<Value> => ({
  ...common,
  ...words,
});
/** A key that may be null, and is unless given. */
export const optional = <Value extends {}>(words: Words<Value>): Leaf<Value | null> => ({
  ...common,
  nullable: true,
  ...words,
});
/** A key that must be given. */
export const required = <Value extends {}>(words: Words<Value>): Leaf<Value> => ({ ...common, ...words });

/** Whether this node is a key, not a section. */
export const isLeaf = (node: AnyLeaf | Section): node is AnyLeaf => typeof (node as AnyLeaf).doc === 'string';
