/* The words of flags that allow only some: commands check them, and shells complete them. */

export const directions = ['max', 'min'] as const;
export const tableSides = ['row', 'column'] as const;
export const significanceTests = ['wilcoxon', 't', 'none'] as const;
export const exportedRows = ['experiments', 'attempts', 'emissions'] as const;
export const exportFormats = ['csv', 'jsonl', 'parquet', 'sqlite'] as const;
export const languages = ['typescript', 'javascript'] as const;
export const shells = ['bash', 'zsh', 'fish'] as const;
