import { expect, it } from 'vitest';
import { readAhead } from '../../../../../src/infrastructure/database/query/read-ahead.ts';

it('asks for the next page before one is used, and for none after the last', async () => {
  const asked: number[] = [];
  const pages = async function* () {
    for (const page of [1, 2, 3]) {
      asked.push(page);
      yield page;
    }
  };
  const seen: (readonly [number, readonly number[]])[] = [];
  for await (const page of readAhead(pages())) seen.push([page, [...asked]]);
  expect(seen).toEqual([
    [1, [1, 2]],
    [2, [1, 2, 3]],
    [3, [1, 2, 3]],
  ]);
});

it('throws an error of a page when that page is asked for', async () => {
  const pages = async function* () {
    yield 1;
    throw new Error('no second page');
  };
  const seen: number[] = [];
  await expect(
    (async () => {
      for await (const page of readAhead(pages())) {
        seen.push(page);
        await new Promise(setImmediate);
      }
    })(),
  ).rejects.toThrow('no second page');
  expect(seen).toEqual([1]);
});

it('ends the pages where their user stops', async () => {
  let ended = false;
  const pages = async function* () {
    try {
      for (let page = 1; ; page += 1) yield page;
    } finally {
      ended = true;
    }
  };
  for await (const page of readAhead(pages())) if (page === 2) break;
  expect(ended).toBe(true);
});
