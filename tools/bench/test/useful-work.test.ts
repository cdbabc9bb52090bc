import { trace } from '@feedalign/layers';
import { lenet5, mlp, resnet20 } from '@feedalign/models';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import '@tensorflow/tfjs-backend-cpu';
import { beforeAll, describe, expect, it } from 'vitest';
import { usefulWork } from '../src/useful-work.js';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe('the useful work of a step, counted by hand', () => {
  it('784-112-16-10, batch 64', () => {
    const network = trace(mlp([112, 16], { inputShape: [784], classes: 10 }));
    const pairs = 784 * 112 + 112 * 16 + 16 * 10;
    expect(usefulWork(network, 64)).toEqual({
      dfa: 2 * 64 * (2 * pairs + 10 * 112 + 10 * 16),
      bp: 2 * 64 * (2 * pairs + 112 * 16 + 16 * 10),
    });
  });

  it('LeNet-5 on 32×32, batch 128: its kernels meet 28·28 and 10·10 positions', () => {
    const network = trace(lenet5({ inputShape: [32, 32, 1], classes: 10 }));
    const first = 28 * 28 * (5 * 5 * 1 * 6);
    const later = 10 * 10 * (5 * 5 * 6 * 16) + 400 * 120 + 120 * 84 + 84 * 10;
    // What the hidden units give on: pooled, pooled and flattened, 120, 84.
    const projected = 10 * (14 * 14 * 6 + 400 + 120 + 84);
    expect(usefulWork(network, 128)).toEqual({
      dfa: 2 * 128 * (2 * (first + later) + projected),
      bp: 2 * 128 * (2 * first + 3 * later),
    });
  });

  it('ResNet-20, batch 32: shortcuts count, normalization and sums do not', () => {
    const network = trace(resnet20({ inputShape: [32, 32, 3], classes: 10 }));
    const first = 32 * 32 * (9 * 3 * 16);
    const stage1 = 6 * 32 * 32 * (9 * 16 * 16);
    const stage2 = 16 * 16 * (9 * 16 * 32 + 5 * 9 * 32 * 32 + 16 * 32);
    const stage3 = 8 * 8 * (9 * 32 * 64 + 5 * 9 * 64 * 64 + 32 * 64);
    const later = stage1 + stage2 + stage3 + 64 * 10;
    const projected = 10 * (7 * 32 * 32 * 16 + 7 * 16 * 16 * 32 + 7 * 8 * 8 * 64);
    expect(usefulWork(network, 32)).toEqual({
      dfa: 2 * 32 * (2 * (first + later) + projected),
      bp: 2 * 32 * (2 * first + 3 * later),
    });
  });

  it('a first layer behind a normalization that learns needs the gradient by its input', () => {
    const withNormalization = sequential({
      layers: [layers.batchNormalization({ inputShape: [8] }), layers.dense({ units: 3 })],
    });
    const without = sequential({ layers: [layers.dense({ units: 3, inputShape: [8] })] });
    expect(usefulWork(trace(withNormalization), 2).bp).toBe(2 * 2 * 3 * 24);
    expect(usefulWork(trace(without), 2).bp).toBe(2 * 2 * 2 * 24);
  });
});
