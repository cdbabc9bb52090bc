import { measureLimit } from '@feedalign/wasm-training/limit';
import { getKernelsForBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';

describe('measureLimit', () => {
  it('is the best of its loops', () => {
    const { gflops, loops } = measureLimit({ milliseconds: 2 });
    expect(Object.keys(loops)).toEqual(['8', '10', '12']);
    for (const rate of Object.values(loops)) expect(rate).toBeGreaterThan(0);
    expect(gflops).toBe(Math.max(...Object.values(loops)));
    expect(Number.isFinite(gflops)).toBe(true);
  });

  it('does without relaxed SIMD when it is told to', () => {
    expect(measureLimit({ milliseconds: 1, allowRelaxed: false }).relaxed).toBe(false);
  });

  it('comes without the training kernels', () => {
    expect(getKernelsForBackend('wasm')).toEqual([]);
  });
});
