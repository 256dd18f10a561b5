import type { Experimenter } from '../../../application/experimenter.ts';
import { isAveraged } from '../../../application/evaluation/question.ts';
import type { Value } from '../../../domain/values/column.ts';
import type { StudyDefinition } from '../../../domain/study/study-definition.ts';
import { ExperimenterError } from '../../../domain/errors.ts';
import type { Selection } from '../../../domain/repository/selection.ts';
import { didYouMean } from '../../../domain/did-you-mean.ts';
import { type MadeAt, madeAtTexts, selectionText } from '../tables/caption.ts';
import type { PlotOptions } from './plot-options.ts';

/** Reads the numbers of a plot. */
export type PlotReader = Pick<Experimenter, 'study' | 'values' | 'logValues'>;

export const plotUsage = (message: string): ExperimenterError => new ExperimenterError('USAGE', `plot: ${message}`);

/** The texts that every plot has. */
export interface Captioned {
  readonly study: string;
  readonly title: string;
  /** What is shown of what, how it was computed, and of how many values. */
  readonly caption: string;
}

/**
 * The options of a plot, checked against the study. All methods throw `USAGE` or `FIELD_UNKNOWN` and name the option.
 */
export class PlotRequest {
  readonly reader: PlotReader;
  readonly options: PlotOptions;
  readonly study: StudyDefinition;
  /** The experiments that are read. Default: those that are done. */
  readonly selection: Selection;
  readonly #madeAt: MadeAt;

  constructor(reader: PlotReader, options: PlotOptions, madeAt: MadeAt) {
    this.reader = reader;
    this.options = options;
    this.study = reader.study;
    this.selection = { statuses: ['done'], ...options.selection };
    this.#madeAt = madeAt;
  }

  /** The keyfields that an option names; `otherwise()` if the option is absent. */
  keyfields(
    option: 'by' | 'rows' | 'columns' | 'axes' | 'over',
    otherwise: () => readonly string[],
  ): readonly string[] {
    const names = this.study.keyfields.map(({ name }) => name);
    return this.options[option]?.map((name) => named(option, 'keyfield', name, names)) ?? otherwise();
  }

  /** The keyfields of an option that has no default. */
  neededKeyfields(option: 'rows' | 'columns'): readonly string[] {
    return this.keyfields(option, () => {
      const names = this.study.keyfields.map(({ name }) => name).join(', ');
      throw plotUsage(`${this.options.kind} needs --${option}; the keyfields are ${names}`);
    });
  }

  /** The keyfields that are not in `placed`. */
  others(...placed: readonly (readonly string[])[]): readonly string[] {
    const taken = placed.flat();
    const twice = taken.find((name, at) => taken.indexOf(name) !== at);
    if (twice !== undefined) throw plotUsage(`${twice} is named twice; each keyfield has one place`);
    return this.study.keyfields.map(({ name }) => name).filter((name) => !taken.includes(name));
  }

  /** The resultfield that is shown. */
  value(): string {
    const names = this.study.resultfields.filter(isAveraged).map(({ name }) => name);
    const [first] = names;
    if (first === undefined) throw plotUsage('the study has no resultfield of numbers');
    return this.options.value === undefined
      ? first
      : named('value', 'resultfield of numbers', this.options.value, names);
  }

  /** Pages of rows of these fields, of the selected experiments, by ascending ids. */
  pages(fields: readonly string[]): AsyncIterable<readonly (readonly Value[])[]> {
    return this.reader.values(fields, this.selection);
  }

  /** The title, unless the options have one, and the caption of these parts. */
  captioned(title: string, parts: readonly string[]): Captioned {
    const all = [...parts, selectionText(this.options.selection ?? {}), ...madeAtTexts(this.#madeAt)];
    const caption = `${this.study.table}: ${all.filter((part) => part !== '').join('; ')}.`;
    return { study: this.study.table, title: this.options.title ?? title, caption };
  }
}

/** Returns the name if it is one of these. */
export const named = (option: string, what: string, name: string, names: readonly string[]): string => {
  if (names.includes(name)) return name;
  const there = names.join(', ') || 'none';
  throw new ExperimenterError(
    'FIELD_UNKNOWN',
    `plot: --${option}: ${name} is no ${what}${didYouMean(name, names)}; there are ${there}`,
  );
};

/** `averaged over C, gamma`; empty without names. */
export const averagedText = (names: readonly string[]): string =>
  names.length === 0 ? '' : `averaged over ${names.join(', ')}`;

/** Throws `NOT_FOUND` if there is nothing to plot. */
export const requireNumbers = (found: boolean, what: string): void => {
  if (!found) {
    throw new ExperimenterError(
      'NOT_FOUND',
      `plot: no selected experiment has a number in ${what}; look with \`list\`, or select others`,
    );
  }
};
