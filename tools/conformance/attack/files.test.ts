// Files that were changed at random end with an error of the library or a model, in bounded time and memory.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { times } from '../src/attack/length.js';
import { bundled, faultsOf } from '../src/files/attack.js';

let child: Awaited<ReturnType<typeof bundled>>;
beforeAll(async () => {
  child = await bundled();
});
afterAll(() => child.remove());

const formats = ['IDX', 'CIFAR', 'tar', 'tfjs model.json', 'Keras model.json', '.keras', '.h5'];

describe('changed files', () => {
  it.each(formats)('%s', async (format) => {
    expect(await faultsOf(child.script, format, times(200, 2000))).toEqual([]);
  });

  it.each([
    ['a raw exception', /RangeError: out of bounds/],
    ['a thrown string', /string: not found/],
    ['a hang', /took more than 5 s/],
    ['a blow-up', /took \d+ MB/],
  ])('%s would be seen', async (fault, words) => {
    expect(await faultsOf(child.script, fault, 1)).toEqual([expect.stringMatching(words)]);
  });
});
