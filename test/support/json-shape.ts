/*
 * The shape of JSON values: one line for each path, with the types that stand there. What a run changes (dates, ids,
 * counts, host names) is only a type, so the text is the same on every machine.
 */

/** Keys whose texts are words of the command line. Programs compare them, so the words are a part of the shape. */
const words = new Set([
  ...['band', 'best', 'code', 'direction', 'event', 'format', 'isolation', 'kind', 'language', 'level', 'outcome'],
  ...['per', 'provider', 'severity', 'state', 'statistic', 'status', 'synchronous', 'test', 'trackingMode'],
  'tracking_mode',
]);

/** Keys whose type depends on what the machine tells about itself. */
const ofMachine = new Set(['cpu', 'cpu_model', 'gpu_count', 'gpu_model']);

interface Place {
  /** How many values stand here. */
  count: number;
  /** How many of them are objects: a key that fewer of them have is optional. */
  objects: number;
  readonly types: Set<string>;
  /** The object whose key this is; none for an item of an array. */
  readonly parent: Place | undefined;
}

/** The shape of some values taken together, sorted by path. Lines of a run are kept apart by their `event`. */
export const shapeOf = (values: readonly unknown[]): readonly string[] => {
  const places = new Map<string, Place>();
  const add = (value: unknown, path: string, key: string, parent?: Place): void => {
    const place = places.get(path) ?? { count: 0, objects: 0, types: new Set(), parent };
    places.set(path, place);
    place.count += 1;
    if (Array.isArray(value)) {
      if (value.length === 0) place.types.add('[]');
      for (const item of value) add(item, `${path}[]`, key);
    } else if (typeof value === 'object' && value !== null) {
      place.objects += 1;
      const entries = Object.entries(value);
      if (entries.length === 0) place.types.add('{}');
      for (const [name, item] of entries) add(item, `${path}${path === '' ? '' : '.'}${name}`, name, place);
    } else place.types.add(typeOf(value, key));
  };
  for (const value of values) add(value, eventOf(value), '');
  return [...places]
    .map(([path, place]) => ({ path, place, optional: place.count < (place.parent?.objects ?? 0) }))
    .filter(({ place, optional }) => place.types.size > 0 || optional)
    .map(({ path, place: { types, objects }, optional }) => {
      const container = objects > 0 ? 'object' : 'array';
      return `${path}${optional ? '?' : ''}: ${types.size > 0 ? [...types].toSorted().join(' | ') : container}`;
    })
    .toSorted();
};

const eventOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'event' in value ? `<${String(value.event)}>` : '';

const typeOf = (value: unknown, key: string): string => {
  if (ofMachine.has(key)) return 'depends on the machine';
  if (value === null) return 'null';
  const isWord = key === 'v' || (words.has(key) && typeof value === 'string' && /^[\w.-]+$/.test(value));
  return isWord ? JSON.stringify(value) : typeof value;
};
