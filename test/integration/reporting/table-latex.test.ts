import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Value } from '../../../src/domain/values/column.ts';
import { defineStudy } from '../../../src/domain/study/define-study.ts';
import { tableOf } from '../../../src/application/evaluation/table.ts';
import { Samples } from '../../../src/application/evaluation/samples.ts';
import { tableLatex } from '../../../src/infrastructure/reporting/tables/latex.ts';
import { tableQuestion } from '../../../src/application/evaluation/question.ts';
import { temporaryDirectory } from '../../support/databases.ts';

const pdflatex = spawnSync('pdflatex', ['--version']).status === 0;

const cells = JSON.parse(
  readFileSync(new URL('../../fixtures/hostile/payloads/cells.json', import.meta.url), 'utf8'),
) as Record<string, readonly string[]>;
const texts = [
  ...Object.values(cells).flat(),
  ...[
    '[1em] first',
    '* star',
    '\\input{/etc/passwd}',
    '\\write18{touch owned}',
    '$x^2$',
    '100% #1 a_b ~ ^ {x} \\',
    '\\\\',
    '& && |',
    '^^5cinput x',
  ],
  ...[
    'Café',
    'Straße',
    'Łódź',
    'λ = 0.1',
    'Ωmega',
    '日本語',
    '🙂',
    '“quoted” – … ± × ≥ ≤ ∞',
    'a\'b`c"d <<x>> --- ,, ?` !`',
    '',
    ' ',
    '-1',
    '"= "a',
  ],
];

const compile = (folder: string, body: string): string => {
  const document = ['\\documentclass{article}', '\\usepackage{booktabs}', '\\begin{document}', body, '\\end{document}'];
  writeFileSync(join(folder, 'paper.tex'), document.join('\n'));
  const flags = ['-no-shell-escape', '-interaction=nonstopmode', '-halt-on-error', 'paper.tex'];
  const { stdout, status } = spawnSync('pdflatex', flags, { cwd: folder, encoding: 'latin1', timeout: 600_000 });
  if (status !== 0) throw new Error(stdout.slice(-3_000));
  return readFileSync(join(folder, 'paper.log'), 'latin1');
};

describe(`LaTeX${pdflatex ? '' : ' (pdflatex is not there: NOT compiled; apt-get install texlive-latex-recommended)'}`, () => {
  it.skipIf(!pdflatex)('compiles with pdflatex and booktabs, whatever the fields hold', () => {
    const study = defineStudy({
      table: 'my_study & co',
      keyfields: { 'data_set %': 'TEXT', kernel: 'TEXT', seed: 'INT' },
      resultfields: { 'accuracy_&_more': 'DOUBLE' },
    });
    const question = tableQuestion(study, {
      rows: ['data_set %'],
      columns: ['kernel'],
      over: ['seed'],
      statistics: ['mean', 'std', 'ci', 'count'],
      best: 'max',
      test: 't',
      selection: { where: { kind: 'compare', field: 'kernel', comparison: '!=', value: '\\end{table} 100% $' } },
    });
    const samples = new Samples(question);
    const add = (...row: Value[]) => samples.add(row);
    for (const [at, text] of texts.entries()) {
      for (let seed = 0; seed < 3; seed += 1) {
        for (const kernel of ['a_b', '\\rbf'])
          add('done', text, kernel, seed, Math.sin(at * 7 + seed) * 10 ** ((at % 30) - 15));
        add(seed === 2 ? 'error' : 'done', text, '[poly]', seed, at === 3 ? null : at);
      }
    }
    const table = tableOf(study.table, question, samples, ['a note with 100 % of \\evil{}']);
    const pages = tableLatex(table, { date: new Date(0), commit: '1f2e3d4c5b6a' });
    const folder = temporaryDirectory();
    // The float is larger than a page; what counts is that every line of it is read.
    const log = compile(
      folder,
      pages
        .replaceAll('{table}', '{minipage}')
        .replace('\\begin{minipage}', '\\begin{minipage}{20cm}\\makeatletter\\def\\@captype{table}\\makeatother'),
    );
    expect(log).toContain('Output written on paper.pdf');
    expect(log).not.toMatch(/^! /m);
    expect(log).not.toContain('Missing character');
  });
});
