/** What a node is besides its content: where it begins, and the tag that stands before it. */
interface Place {
  readonly offset: number;
  readonly tag?: string | undefined;
}

/** A node of a YAML document; a scalar has its text, and whether it stands without quotes. */
export type PythonNode = Place &
  (
    | { readonly kind: 'scalar'; readonly text: string; readonly plain: boolean }
    | { readonly kind: 'list'; readonly items: readonly PythonNode[] }
    | { readonly kind: 'map'; readonly pairs: readonly Pair[] }
  );

export type Pair = readonly [key: PythonNode, value: PythonNode];

/** The tags of YAML itself, which `!!` stands for. */
export const yamlTag = 'tag:yaml.org,2002:';

/** Nothing, where a node could stand. */
export const emptyNode = (offset: number): PythonNode => ({ kind: 'scalar', offset, text: '', plain: true });
