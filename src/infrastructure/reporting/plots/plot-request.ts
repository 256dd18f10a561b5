import type { Experimenter } from '../../../application/experimenter.ts';
import { isAveraged } from '../../../application/evaluation/question.ts';
import type { Value } from '../../../domain/values/column-type.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Selection } from '../../../domain/repository/selection.ts';
import { didYouMean } from '../../../domain/did-you-mean.ts';
import type { StudyDefinition } from '../../../domain/study/define-study.ts';
import { type MadeAt, selectionText } from '../tables/caption.ts';
import type { PlotOptions } from './plot-options.ts';

/** Where a plot's numbers come from. */
export type PlotReader = Pick<Experimenter, 'study' | 'values' | 'logValues'>;

export const usage = (message: string): ExperimenterError => new ExperimenterError('USAGE', `plot: ${message}`);

/** What every plot says of itself. */
export interface Captioned {
  readonly study: string;
  readonly title: string;
  /** What is shown of what, how it was computed, and of how many values. */
  readonly caption: string;
}

/** A plot to be made: its options, looked up in the study. All methods throw `USAGE` or `FIELD_UNKNOWN`, naming the option. */
export class PlotRequest {
  readonly reader: PlotReader;
  readonly options: PlotOptions;
  readonly study: StudyDefinition;
  /** What is read: unless the options say otherwise, what is done. */
  readonly selection: Selection;
  readonly #provenance: MadeAt;

  constructor(reader: PlotReader, options: PlotOptions, provenance: MadeAt) {
    this.reader = reader;
    this.options = options;
    this.study = reader.study;
    this.selection = { statuses: ['done'], ...options.selection };
    this.#provenance = provenance;
  }

  /** Keyfields that an option names; `otherwise` where it names none. */
  keyfields(
    option: 'by' | 'rows' | 'columns' | 'axes' | 'over',
    otherwise: () => readonly string[],
  ): readonly string[] {
    const names = this.study.keyfields.map(({ name }) => name);
    return this.options[option]?.map((name) => named(option, 'keyfield', name, names)) ?? otherwise();
  }

  /** The same where nothing can be chosen for the user. */
  neededKeyfields(option: 'rows' | 'columns'): readonly string[] {
    return this.keyfields(option, () => {
      const names = this.study.keyfields.map(({ name }) => name).join(', ');
      throw usage(`${this.options.kind} needs --${option}; the keyfields are ${names}`);
    });
  }

  /** The keyfields that have no place yet. */
  others(...placed: readonly (readonly string[])[]): readonly string[] {
    const taken = placed.flat();
    const twice = taken.find((name, at) => taken.indexOf(name) !== at);
    if (twice !== undefined) throw usage(`${twice} is named twice; each keyfield has one place`);
    return this.study.keyfields.map(({ name }) => name).filter((name) => !taken.includes(name));
  }

  /** The resultfield that is shown. */
  value(): string {
    const names = this.study.resultfields.filter(isAveraged).map(({ name }) => name);
    const [first] = names;
    if (first === undefined) throw usage('the study has no resultfield of numbers');
    return this.options.value === undefined
      ? first
      : named('value', 'resultfield of numbers', this.options.value, names);
  }

  /** Pages of rows of these fields, of the selected experiments, by ascending ids. */
  pages(fields: readonly string[]): AsyncIterable<readonly (readonly Value[])[]> {
    return this.reader.values(fields, this.selection);
  }

  /** What a plot says of itself: its title, unless the options have one, and what stands below it. */
  captioned(title: string, parts: readonly string[]): Captioned {
    const { date, commit } = this.#provenance;
    const all = [
      ...parts,
      selectionText(this.options.selection ?? {}),
      `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`,
      commit === undefined ? '' : `commit ${commit}`,
    ];
    const caption = `${this.study.table}: ${all.filter((part) => part !== '').join('; ')}.`;
    return { study: this.study.table, title: this.options.title ?? title, caption };
  }
}

/** The name, if it is one of these. */
export const named = (option: string, what: string, name: string, names: readonly string[]): string => {
  if (names.includes(name)) return name;
  const there = names.join(', ') || 'none';
  throw new ExperimenterError(
    'FIELD_UNKNOWN',
    `plot: --${option}: ${name} is no ${what}${didYouMean(name, names)}; there are ${there}`,
  );
};

/** `averaged over C, gamma`; empty if nothing is. */
export const averagedText = (names: readonly string[]): string =>
  names.length === 0 ? '' : `averaged over ${names.join(', ')}`;

/** There must be something to see. */
export const requireNumbers = (found: boolean, what: string): void => {
  if (!found) {
    throw new ExperimenterError(
      'NOT_FOUND',
      `plot: no selected experiment has a number in ${what}; look with \`list\`, or select others`,
    );
  }
};
