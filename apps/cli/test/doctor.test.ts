import '@tensorflow/tfjs-layers';
import { backends, useBackend } from '@feedalign/backend';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { checks } from '../src/doctor/checks/index.js';
import { centralDifferences, relativeError } from '../src/doctor/differences.js';
import { checkGradients, type GradientVerdict } from '../src/doctor/gradients.js';
import { drawn, mapped } from '../src/doctor/values.js';
import { feedalign, linesOf, start } from './support.js';
import { makeWrong } from './wrong-kernel.js';

const sickBackends = new URL('./sick-backends.ts', import.meta.url);

interface Report {
  readonly ok: boolean;
  readonly problem?: string;
  readonly chosen?: string;
  readonly backends: readonly { name: string; state: string; reason?: string }[];
  readonly wasm: { threads: number; sharedMemory: boolean; relaxedSimd: boolean; hints: string[] };
  readonly rates: { limit: number; products: { form: string; gflops: number; share?: number }[] };
  readonly corrections: readonly string[];
  readonly gradients: readonly GradientVerdict[];
}
const reportOf = (run: Parameters<typeof linesOf>[0]) => {
  const [report, ...more] = linesOf(run);
  expect(more).toEqual([]);
  return report as unknown as Report;
};
const wrongIn = (gradients: readonly GradientVerdict[]) =>
  gradients
    .filter(({ verdict }) => verdict !== 'ok')
    .map(({ operation, implementation }) => [operation, implementation]);

describe('feedalign doctor', () => {
  it('tells people in 80 columns what runs, how fast, and that the gradients are right', async () => {
    const { code, stdout, stderr } = await feedalign('doctor', '--threads', '1');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    for (const name of Object.keys(backends))
      expect(stdout).toMatch(new RegExp(`│ ${name} +│ (runs|is not installed|cannot start)`));
    expect(stdout).toContain('Training would run on: wasm');
    expect(stdout).toMatch(/threads that compute: 1; cores: \d+; shared memory: no/);
    for (const form of ['A·B', 'Aᵀ·B', 'A·Bᵀ', 'Aᵀ·Bᵀ'])
      expect(stdout).toMatch(new RegExp(`│ ${form} +│ +\\d+\\.\\d │ +\\d+ % │`));
    expect(stdout).toMatch(/│ dense +│ ok \de-\d+ +│ ok \de-\d+ +│/);
    expect(stdout).toMatch(/Gradients: \d+ ok, 0 wrong, 0 missing\./);
  });

  it('tells programs the same in one JSON object', async () => {
    const run = await feedalign('doctor', '--backend', 'wasm', '--threads', '2', '--json');
    expect({ code: run.code, stderr: run.stderr }).toEqual({ code: 0, stderr: '' });
    const report = reportOf(run);
    expect(report).toMatchObject({ type: 'result', ok: true, chosen: 'wasm' });
    expect(report.wasm).toMatchObject({ simd: true, threads: 2, sharedMemory: true });
    // What is missing comes with the way to get it.
    expect(report.wasm.hints.some((hint) => hint.startsWith('Relaxed SIMD'))).toBe(!report.wasm.relaxedSimd);
    for (const { state, reason } of report.backends) expect(reason === undefined).toBe(state === 'runs');
    expect(report.rates.products.length).toBe(4);
    for (const { gflops, share = 0 } of report.rates.products) {
      expect(share).toBeCloseTo(gflops / (2 * report.rates.limit));
      expect(share).toBeGreaterThan(0);
      expect(share).toBeLessThanOrEqual(1);
    }
    expect(report.corrections).toEqual(expect.arrayContaining(['MaxPoolGrad', 'OneHot', 'Conv3D']));
    expect(report.corrections).not.toContain('Reshape');
    expect(wrongIn(report.gradients)).toEqual([]);
    expect(new Set(report.gradients.map(({ implementation }) => implementation))).toEqual(
      new Set(['feedalign', 'tfjs']),
    );
  });

  it('finds wrong kernels, names them, and exits with 1', async () => {
    const run = await start(['doctor', '--backend', 'cpu', '--json'], sickBackends).finished;
    expect(run.code).toBe(1);
    const { ok, problem, gradients } = reportOf(run);
    expect(ok).toBe(false);
    expect(run.stderr).toBe(`feedalign: ${problem}\n`);
    expect(problem).toMatch(
      /^The backend 'cpu' computes wrong gradients here: conv2d, valid \(feedalign\); conv2d, valid \(tfjs\);.* and \d+ more\./,
    );
    const wrong = gradients.filter(({ verdict }) => verdict === 'wrong');
    const errorOf = (title: string) => wrong.find(({ operation }) => operation === title);
    // This one serves both implementations on cpu, of the same error.
    expect(errorOf('conv1d, same')).toMatchObject({ implementation: 'tfjs', worst: 'kernel' });
    expect(errorOf('softmax cross-entropy')).toMatchObject({ implementation: 'feedalign', worst: 'logits' });
    expect(gradients.find(({ operation }) => operation === 'dense')).toMatchObject({ verdict: 'ok' });
  });

  it('says why the chosen backend cannot start, and exits with 1', async () => {
    const { code, stdout, stderr } = await start(['doctor', '--backend', 'webgl'], sickBackends).finished;
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "feedalign: The backend 'webgl' cannot start here: There is no canvas here. Use another one.\n",
    });
    expect(stdout).toMatch(/│ webgl +│ cannot start +│/);
    expect(stdout).toContain('webgl: There is no canvas here.');
  });
});

await useBackend('wasm');
const prepared = checks.map((check) => {
  const expected = check.expected();
  return { ...check, expected: () => expected };
});

describe('the checks', () => {
  const own = tf
    .getKernelsForBackend('wasm')
    .map(({ kernelName }) => kernelName)
    // The one that computes nothing.
    .filter((name) => name.startsWith('Feedalign') && name !== 'FeedalignWasmTraining');
  const stock = [
    tf.BatchMatMul,
    tf._FusedMatMul,
    tf.Conv2D,
    tf.FusedConv2D,
    tf.Conv2DBackpropInput,
    tf.Conv2DBackpropFilter,
    tf.DepthwiseConv2dNative,
    tf.DepthwiseConv2dNativeBackpropInput,
    tf.DepthwiseConv2dNativeBackpropFilter,
    tf.Conv3D,
    tf.Conv3DBackpropInputV2,
    tf.Conv3DBackpropFilterV2,
    tf.MaxPool,
    tf.MaxPoolGrad,
    tf.AvgPool,
    tf.AvgPoolGrad,
    tf.MaxPool3D,
    tf.MaxPool3DGrad,
    tf.AvgPool3D,
    tf.AvgPool3DGrad,
    tf.FusedBatchNorm,
    tf.UnsortedSegmentSum,
    tf.GatherV2,
    tf.ResizeNearestNeighborGrad,
    tf.Sum,
    tf.Mean,
    tf.Max,
    tf.Softmax,
    tf.Step,
    tf.Tanh,
    tf.Sigmoid,
    tf.EluGrad,
    tf.Rsqrt,
    tf.Transpose,
  ];

  it('are right about right kernels, on wasm and on cpu', async () => {
    for (const backend of ['wasm', 'cpu'] as const) {
      await useBackend(backend);
      expect(wrongIn(await checkGradients(prepared))).toEqual([]);
    }
    await useBackend('wasm');
  });

  it.each([...own, ...stock])('notice when %s is wrong', async (kernel) => {
    const restore = makeWrong(kernel, 'wasm');
    try {
      const verdicts = await checkGradients(prepared);
      expect(verdicts.some(({ verdict }) => verdict === 'wrong')).toBe(true);
    } finally {
      restore();
    }
  });

  it('tell a missing kernel from a wrong one', async () => {
    const { UnsortedSegmentSum: missing } = tf;
    const config = tf.getKernel(missing, 'wasm');
    tf.unregisterKernel(missing, 'wasm');
    try {
      const verdicts = await checkGradients(prepared);
      expect(verdicts.filter(({ verdict }) => verdict !== 'ok')).toEqual([
        expect.objectContaining({
          operation: 'embedding, gather',
          verdict: 'missing',
          reason: expect.stringContaining(missing),
        }),
      ]);
    } finally {
      tf.registerKernel(config);
    }
  });
});

describe('central differences', () => {
  const cubed = (x: ReturnType<typeof drawn>) => mapped(x, (each) => each ** 3);

  it.each([20, 2000])('of %d numbers see a right gradient and a wrong number', (count) => {
    const [x, signal] = [drawn('x', [count]), drawn('signal', [count])];
    const expected = centralDifferences(cubed, x, signal);
    const gradient = x.numbers.map((each, i) => 3 * each ** 2 * signal.numbers[i]);
    expect(relativeError(gradient, expected)).toBeLessThan(1e-7);
    gradient[7] += 0.5;
    expect(relativeError(gradient, expected)).toBeGreaterThan(1e-4);
    gradient[7] = Number.NaN;
    expect(relativeError(gradient, expected)).toBe(Infinity);
    expect(relativeError([], expected)).toBe(Infinity);
  });
});
