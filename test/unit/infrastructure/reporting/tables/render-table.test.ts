import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../../../../src/domain/values/column.ts';
import { tableColumnNames } from '../../../../../src/domain/study/table-layout.ts';
import { parseFilter } from '../../../../../src/domain/filter/parse-filter.ts';
import { defineStudy } from '../../../../../src/domain/study/define-study.ts';
import { type EvaluationTable, tableOf } from '../../../../../src/application/evaluation/table.ts';
import {
  renderTable,
  type TableForm,
  tableForms,
} from '../../../../../src/infrastructure/reporting/tables/render-table.ts';
import { Samples } from '../../../../../src/application/evaluation/samples.ts';
import { numberText } from '../../../../../src/infrastructure/reporting/tables/cell-text.ts';
import { htmlText } from '../../../../../src/infrastructure/text/html.ts';
import { latexText } from '../../../../../src/infrastructure/reporting/tables/latex.ts';
import type { Layout } from '../../../../../src/infrastructure/reporting/tables/layout.ts';
import { markdownText } from '../../../../../src/infrastructure/reporting/tables/markdown.ts';
import { tableQuestion, type TableOptions } from '../../../../../src/application/evaluation/question.ts';

const study = defineStudy({
  table: 'my_study',
  keyfields: { data: 'VARCHAR(200)', kernel: 'VARCHAR(200)', seed: 'INT' },
  resultfields: { accuracy: 'DOUBLE', loss: 'DOUBLE' },
});
const pivot: TableOptions = { rows: ['data'], columns: ['kernel'], over: ['seed'], values: ['accuracy'] };

/** A table of rows `[status, data, kernel, seed, …values]`. */
const tableFrom = (rows: readonly (readonly Value[])[], options: TableOptions = pivot): EvaluationTable => {
  const question = tableQuestion(study, options);
  const samples = new Samples(question);
  for (const row of rows) samples.add(row);
  return tableOf(study.table, question, samples, []);
};

const seeds = (data: Value, kernel: Value, ...values: readonly number[]): Value[][] =>
  values.map((value, seed) => ['done', data, kernel, seed, value]);
const small = (): EvaluationTable =>
  tableFrom(
    [
      ...seeds('iris', 'rbf', 0.9, 0.92, 0.94),
      ...seeds('iris', 'linear', 0.8, 0.82, 0.81),
      ...seeds('a & b', 'rbf', 0.5, 0.52),
      ['error', 'a & b', 'rbf', 2, null],
      ...seeds('a & b', 'linear', 0.51, 0.52, 0.4),
    ],
    {
      ...pivot,
      best: 'max',
      test: 't',
      selection: { where: parseFilter("kernel in (rbf, linear) and data != 'x y'", tableColumnNames(study)) },
    },
  );
const layout: Layout = { date: new Date('2026-03-04T05:06:07Z'), commit: '1f2e3d4c5b6a' };
const caption =
  'mean ± sample standard deviation (n − 1) of accuracy by kernel over seed (n = 3); *: best (max mean) of its row; ' +
  '~: not significantly different from it (paired t-test, two-sided, paired by seed, p ≥ 0.05, not corrected for ' +
  "several comparisons); where kernel in (rbf, linear) and data != 'x y'; 2026-03-04 05:06 UTC; commit 1f2e3d4c5b6a.";

describe('a table as text', () => {
  it('is aligned, marked, and says what it shows and lacks', () => {
    expect(renderTable(small(), 'text', layout).split('\n')).toEqual([
      'data                     rbf          linear',
      'iris   0.920 ± 0.020*         0.810 ± 0.010',
      'a & b  0.510 ± 0.014*† (n=2)  0.477 ± 0.067~',
      '',
      `my_study: ${caption}`,
      '† 1 of 4 cells are incomplete:',
      '  a & b × rbf: 1 error',
      '',
    ]);
  });

  it('fits the terminal: columns go on below, words of the caption too', () => {
    const rows = Array.from({ length: 12 }, (_, at) =>
      seeds('a long name of a data set', `kernel ${at}`, 0.1, 0.2),
    ).flat();
    const lines = renderTable(tableFrom(rows), 'text', { ...layout, width: 80 }).split('\n');
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80);
    expect(lines.filter((line) => line.startsWith('data '))).toHaveLength(4);
    expect(lines.join(' ').match(/kernel \d+/g)).toHaveLength(12);
    expect(lines.filter((line) => line.startsWith('a long name of a data set  '))).toHaveLength(4);
  });

  it('has one line for a study without rows', () => {
    expect(renderTable(tableFrom([]), 'text', layout)).toMatch(/^my_study: .* \(n = 0\)/);
    const rows: Value[][] = [
      ['done', 0, 'x', 'y', 1],
      ['done', 1, 'x', 'y', 2],
    ];
    const all = tableFrom(rows, { rows: [], over: ['seed'], values: ['accuracy'] });
    expect(renderTable(all, 'text', layout)).toMatch(/^ +accuracy\n1\.500 ± 0\.707\n/);
  });
});

describe('a table for a paper', () => {
  it('is Markdown', () => {
    const lines = renderTable(small(), 'markdown', layout).split('\n');
    expect(lines.slice(0, 4)).toEqual([
      '| data | rbf | linear |',
      '| --- | ---: | ---: |',
      '| iris | **0.920 ± 0.020** | 0.810 ± 0.010 |',
      '| a &amp; b | **0.510 ± 0.014**† (n=2) | *0.477 ± 0.067* |',
    ]);
    expect(lines.slice(7)).toEqual(['† 1 of 4 cells are incomplete: a &amp; b × rbf: 1 error', '']);
  });

  it('is LaTeX', () => {
    const text = renderTable(small(), 'latex', layout);
    expect(text).toContain(
      '  \\label{tab:my-study}\n  \\begin{tabular}{lrr}\n    \\toprule\n    data & rbf & linear \\\\\n',
    );
    expect(text).toContain('    iris & {\\boldmath\\textbf{$0.920 \\pm 0.020$}} & $0.810 \\pm 0.010$ \\\\\n');
    expect(text).toContain(
      'a \\& b & {\\boldmath\\textbf{$0.510 \\pm 0.014$}}\\textsuperscript{\\dag} (n=2) & \\underline{$0.477 \\pm 0.067$} \\\\',
    );
    expect(text).toContain('\\textsuperscript{\\dag} 1 of 4 cells are incomplete: a \\& b $\\times$ rbf: 1 error.');
  });

  it('is HTML', () => {
    const text = renderTable(small(), 'html', layout);
    expect(text).toContain('<meta charset="utf-8">');
    expect(text).toContain(
      '<tr><th scope="row">iris</th><td><strong>0.920 ± 0.020</strong></td><td>0.810 ± 0.010</td></tr>',
    );
    expect(text).toContain('<td><strong>0.510 ± 0.014</strong><sup>†</sup> (n=2)</td><td><em>0.477 ± 0.067</em></td>');
  });
});

describe('a table for programs', () => {
  it('is CSV, a line for each cell, nothing rounded', () => {
    const [header, first, , third] = renderTable(small(), 'csv', layout).split('\r\n');
    expect(header).toBe('data,kernel,value,n,mean,std,best,tied,p,missing');
    expect(first).toMatch(/^iris,rbf,accuracy,3,0\.9199999999999999,0\.0199999999999\d+,true,false,,0$/);
    expect(third).toMatch(/^a & b,rbf,accuracy,2,0\.51,0\.0141421356237\d+,true,false,,1$/);
    const intervals = tableFrom(seeds('x', 'y', 1, 2, 3), { ...pivot, statistics: ['ci'] });
    expect(renderTable(intervals, 'csv', layout)).toMatch(/^data,kernel,value,n,ci_low,ci_high,best,/);
  });

  it('is JSON, versioned', () => {
    const object = JSON.parse(renderTable(small(), 'json', layout)) as Record<string, unknown>;
    expect(object).toMatchObject({ v: 1, study: 'my_study', rows: ['data'], columns: ['kernel'], n: 3, incomplete: 1 });
    expect((object['cells'] as unknown[])[2]).toMatchObject({
      row: { data: 'a & b' },
      column: { kernel: 'rbf' },
      value: 'accuracy',
      n: 2,
      statistics: { mean: 0.51 },
      best: true,
      complete: false,
      missing: { error: 1, notFilled: 0, withoutValue: 0 },
    });
  });
});

describe('columns', () => {
  it('are named by text, by number with the field, and by resultfield where there are several', () => {
    const rows = [0, 1].map((seed) => ['done', 'x', null, seed, 1, 2] as Value[]);
    const table = tableFrom(rows, { ...pivot, columns: ['kernel', 'seed'], over: [], values: ['accuracy', 'loss'] });
    expect(renderTable(table, 'markdown', layout).split('\n')[0]).toBe(
      '| data | kernel=null, seed=0: accuracy | kernel=null, seed=0: loss | kernel=null, seed=1: accuracy | kernel=null, seed=1: loss |',
    );
  });
});

describe('figures', () => {
  it.each([
    [0.8714, 3, '0.871'],
    [-0.5, 1, '-0.5'],
    [1234.5678, 2, '1234.57'],
    [0, 3, '0.000'],
    [0.00012, 3, '1.20e-4'],
    [-1e-9, 2, '-1.0e-9'],
    [1.5e21, 3, '1.50e21'],
    [Number.POSITIVE_INFINITY, 3, '∞'],
    [Number.NaN, 3, '–'],
  ])('%d with %d digits: %s', (number, digits, text) => {
    expect(numberText(number, digits)).toBe(text);
  });

  it('are formulas in LaTeX', () => {
    const tiny = tableFrom(seeds('x', 'y', 1e-9, -3e-9), { ...pivot, statistics: ['mean', 'std', 'min'] });
    expect(renderTable(tiny, 'latex', layout)).toContain(
      '$-1.00 \\cdot 10^{-9} \\pm 2.83 \\cdot 10^{-9} \\;/\\; -3.00 \\cdot 10^{-9}$',
    );
    const single = tableFrom(seeds('x', 'y', 0.5));
    expect(renderTable(single, 'latex', layout)).toContain('$0.500 \\pm \\mbox{--}$');
  });
});

const cells = JSON.parse(
  readFileSync(new URL('../../../../fixtures/hostile/payloads/cells.json', import.meta.url), 'utf8'),
) as Record<'formulas' | 'terminal', readonly string[]>;
const markup = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  '[x](javascript:alert(1))',
  '![x](http://x)',
  '| a | b |',
  '`code`',
  'http://x www.x.y a@b.c',
  '&lt;b&gt;',
  '\\input{/etc/passwd}',
  '\\write18{id}',
  '$\\catcode`\\%=13$',
  '100% #1 a_b ~ ^ {x} \\\\',
  '[1em] *',
  '--- ,, << "',
  'line\nbreak',
];

describe('a hostile text', () => {
  const all = [...markup, ...cells.formulas, ...cells.terminal];

  it.each([...tableForms])('is only text in %s', (form: TableForm) => {
    const rows = all.flatMap((text, at) => seeds(text, all[all.length - 1 - at] ?? '', 1, 2));
    const output = renderTable(tableFrom(rows), form, layout);
    const driving =
      /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;
    // CSV keeps what a program wrote, and guards formulas.
    if (form !== 'csv') expect(output).not.toMatch(driving);
    if (form === 'json') expect(() => JSON.parse(output) as unknown).not.toThrow();
  });

  it('is no markup in HTML', () => {
    for (const text of all) expect(htmlText(text)).not.toMatch(/[<>"'`]|&(?!(amp|lt|gt|quot|#39|#96);)/);
  });

  it('is no markup and no link in Markdown', () => {
    for (const text of all) {
      const escaped = markdownText(text);
      expect(escaped.replace(/\\[\\`*_[\]|~#!]|&(amp|lt|gt|#\d+);/g, '')).not.toMatch(
        /[\\`*_[\]|~<>#!@]|:\/\/|www\.|\n|&/i,
      );
    }
  });

  it('is no command in LaTeX', () => {
    expect(latexText('\\input{x} $1 & 2% #_^~ <a|b> "q" [1em]')).toBe(
      '\\textbackslash{}input\\{x\\} \\$1 \\& 2\\% \\#\\_\\textasciicircum{}\\textasciitilde{} ' +
        '\\textless{}a\\textbar{}b\\textgreater{} {\\char34}q{\\char34} {[}1em{]}',
    );
    expect(latexText("a-b --- ,, '' `` é λ 中 🙂")).toBe(
      "a-b -{}-{}- ,{}, '{}' {\\char96}{\\char96} é $\\lambda$ {[}U+4E2D{]} {[}U+1F642{]}",
    );
  });
});
