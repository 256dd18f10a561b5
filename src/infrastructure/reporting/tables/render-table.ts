import type { EvaluationTable } from '../../../application/evaluation/table.ts';
import { tableCsv, tableJson } from './csv-json.ts';
import { tableHtml } from './html.ts';
import { tableLatex } from './latex.ts';
import type { Layout } from './layout.ts';
import { tableMarkdown } from './markdown.ts';
import { tableText } from './text.ts';

/** The forms of a table. */
export const tableForms = ['text', 'markdown', 'latex', 'csv', 'json', 'html'] as const;
export type TableForm = (typeof tableForms)[number];

/** The table in one form. It ends with a line break. */
export const renderTable = (table: EvaluationTable, form: TableForm, layout: Layout): string => {
  switch (form) {
    case 'text':
      return tableText(table, layout);
    case 'markdown':
      return tableMarkdown(table, layout);
    case 'latex':
      return tableLatex(table, layout);
    case 'csv':
      return tableCsv(table);
    case 'json':
      return tableJson(table, layout);
    case 'html':
      return tableHtml(table, layout);
  }
};
