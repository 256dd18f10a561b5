import type { Value } from '../values/column-type.ts';

export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | '~' | '!~';

/** A parsed `--where` expression. `~` is "contains", case-sensitive; comparing with `null` tests for NULL. */
export type Filter =
  | { readonly kind: 'and' | 'or'; readonly left: Filter; readonly right: Filter }
  | { readonly kind: 'not'; readonly of: Filter }
  | { readonly kind: 'compare'; readonly field: string; readonly comparison: Comparison; readonly value: Value }
  | { readonly kind: 'in'; readonly field: string; readonly values: readonly Value[] };
