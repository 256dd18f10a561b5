import { afterAll } from 'vitest';

const duties: (() => Promise<void> | void)[] = [];

/** Runs it when the tests of this file are over, last registered first, whatever the tests did. */
export function atEndOfFile(duty: () => Promise<void> | void): void {
  duties.push(duty);
}

afterAll(async () => {
  const failures: unknown[] = [];
  for (let duty = duties.pop(); duty !== undefined; duty = duties.pop()) {
    try {
      await duty();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
});
