import { expect, it } from 'vitest';
import { Conv1DTranspose } from '../src/layers/convolution-1d.js';
import { GroupedConv2D } from '../src/layers/convolution-2d.js';
import { onBackend } from './support.js';

onBackend('cpu');

it('convolutions whose kernel is not laid out as [window, in, out] say their fans', () => {
  const grouped = new GroupedConv2D({ filters: 12, kernelSize: [2, 3], groups: 4 });
  grouped.build([null, 5, 5, 8]);
  // Two channels of eight make each of three filters of twelve.
  expect(grouped.kernelFans).toEqual({ fanIn: 6 * 2, fanOut: 6 * 3 });
  const transposed = new Conv1DTranspose({ filters: 5, kernelSize: 3 });
  transposed.build([null, 7, 2]);
  expect(transposed.kernelFans).toEqual({ fanIn: 3 * 2, fanOut: 3 * 5 });
});
