import { tmpdir } from 'node:os';
import '@tensorflow/tfjs-backend-cpu';
import { createRng } from '@feedalign/core';
import { blobs, type Examples } from '@feedalign/datasets';
import { figureToSvg } from '@feedalign/figures';
import { sgd } from '@feedalign/optim';
import { dfa } from '@feedalign/rules';
import { memory, ready, setBackend } from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { AnyExperiment } from '../src/experiment.js';
import { a6 } from '../src/experiments/a6-degeneracy-in-networks.js';
import { a7 } from '../src/experiments/a7-order-of-layers.js';
import { a8, a8g, corrupted } from '../src/experiments/a8-label-corruption.js';
import { a9, structuredTargets } from '../src/experiments/a9-structured-targets.js';
import { a10 } from '../src/experiments/a10-convolutions.js';
import { a11 } from '../src/experiments/a11-two-phases.js';
import { b1 } from '../src/experiments/b1-the-article.js';
import { b3 } from '../src/experiments/b3-from-zero.js';
import { b4 } from '../src/experiments/b4-depth.js';
import { b5 } from '../src/experiments/b5-the-zoo.js';
import { b6 } from '../src/experiments/b6-lenet.js';
import { b7 } from '../src/experiments/b7-published-rows.js';
import { b8 } from '../src/experiments/b8-learned-feedback.js';
import { loader, meanPooled, partOf } from '../src/training/data.js';
import { denseNet, kernelsOf } from '../src/training/dense-net.js';
import { follow, meanBetween } from '../src/training/follow.js';
import { image, madeUpImages, never } from './support.js';

beforeAll(async () => {
  await setBackend('cpu');
  await ready();
});

describe('pooling', () => {
  it('takes the mean of each 2×2', () => {
    const { inputs, inputShape } = meanPooled(
      image([1, 2, 5, 6, 3, 4, 7, 8, 0, 0, 9, 9, 0, 8, 9, 9], [2, 4, 1]),
    );
    expect(inputShape).toEqual([1, 2, 1]);
    expect([...inputs]).toEqual([2.5, 6.5, 2, 9]);
  });

  it('leaves the mean of every image as it is', () => {
    const pixels = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 48, maxLength: 48 });
    fc.assert(
      fc.property(pixels, (values) => {
        const { inputs } = meanPooled(image(values, [4, 6, 1]));
        const sum = (all: ArrayLike<number>, from: number, count: number) =>
          Array.from({ length: count }, (_, i) => all[from + i]).reduce((a, b) => a + b, 0);
        for (const at of [0, 1]) expect(sum(inputs, at * 6, 6) * 4).toBe(sum(values, at * 24, 24));
      }),
    );
  });

  it('pools each channel by itself, and of a selection what was selected', () => {
    const pixel = (value: number) => [value, 10 * value];
    const inputs = [1, 2, 3, 6, 5, 5, 5, 5].flatMap(pixel);
    const both = { ...image(inputs, [2, 2, 1]), inputShape: [2, 2, 2], count: 2 };
    const pooled = meanPooled({
      ...both,
      count: 1,
      indices: Uint32Array.of(1),
      labels: Uint8Array.of(7, 8),
    });
    expect([...meanPooled(both).inputs]).toEqual([3, 30, 5, 50]);
    expect([pooled.count, ...pooled.inputs, ...pooled.labels]).toEqual([1, 5, 50, 8]);
  });
});

describe('data', () => {
  it('is loaded once, and again after a failure', async () => {
    expect(() => loader('/nowhere')).toThrow("There is no folder '/nowhere'.");
    const load = loader(tmpdir());
    expect(load('blobs')).toBe(load('blobs'));
    const failed = load('no such');
    await expect(failed).rejects.toThrow(/no such/);
    expect(load('no such')).not.toBe(failed);
    await expect(load('no such')).rejects.toThrow(/no such/);
  });

  it('is parted without an image in two parts, standardised by the training part', async () => {
    const dataset = await madeUpImages([4, 4, 1], 60)('any');
    const { train, validation, test } = partOf(dataset, { seed: 1, images: 30, validation: 20 });
    expect([train.count, validation.count, test.count]).toEqual([30, 20, 60]);
    expect(train.inputShape).toEqual([2, 2, 1]);
    const rows = ({ inputs, count }: Examples) =>
      Array.from({ length: count }, (_, i) => inputs.slice(i * 4, (i + 1) * 4).join());
    expect(new Set([...rows(train), ...rows(validation)]).size).toBe(50);
    const mean = [...train.inputs].reduce((sum, value) => sum + value, 0) / train.inputs.length;
    expect(mean * train.scale[0] + train.offset[0]).toBeCloseTo(0, 4);
  });
});

describe('corrupted labels', () => {
  it('are redrawn for the share asked, and only they', () => {
    const examples = {
      ...image(Array(4000).fill(0), [1, 1, 1]),
      classes: 10,
      labels: new Uint8Array(4000).fill(3),
    };
    expect(corrupted(examples, 0, 1).labels).toEqual(examples.labels);
    const { labels } = corrupted(examples, 0.5, 1);
    const changed = labels.filter((label) => label !== 3).length / 4000;
    expect(changed).toBeGreaterThan(0.42);
    expect(changed).toBeLessThan(0.48);
    expect(Math.max(...labels)).toBe(9);
  });
});

describe('structured targets', () => {
  it('have the covariance that they are asked for', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.2, max: 1 }), fc.double({ min: 0.1, max: 1 }), (alpha, beta) => {
        if (Number.isNaN(alpha + beta)) return;
        const count = 20_000;
        const y = structuredTargets(createRng(5), count, [alpha, beta]);
        const product = (a: number, b: number) =>
          Array.from({ length: count }, (_, i) => y[2 * i + a] * y[2 * i + b]).reduce(
            (sum, x) => sum + x,
            0,
          ) / count;
        expect(product(0, 0)).toBeCloseTo(1, 1);
        expect(product(0, 1)).toBeCloseTo(alpha * (1 - beta), 1);
        expect(product(1, 1) / alpha ** 2).toBeCloseTo(1, 1);
      }),
      { numRuns: 10 },
    );
  });
});

describe('nets and runs', () => {
  it('draws kernels on ±1/√fan-in by a seed, or zeros', () => {
    const kernels = (seed: number, zero = false) => {
      const net = denseNet([50], { activation: 'tanh', seed, zero });
      const values = net.getWeights().map((weight) => weight.dataSync() as Float32Array);
      net.dispose();
      return values;
    };
    const [first, , second] = kernels(1);
    expect(Math.max(...first)).toBeGreaterThan(0.95 / 14);
    expect(Math.max(...first.map(Math.abs))).toBeLessThanOrEqual(1 / 14 + 1e-7);
    expect(Math.max(...second.map(Math.abs))).toBeLessThanOrEqual(1 / Math.sqrt(50) + 1e-7);
    expect(kernels(1)[0]).toEqual(first);
    expect(kernels(2)[0]).not.toEqual(first);
    expect(kernels(1, true)[0].every((value) => value === 0)).toBe(true);
  });

  it('draws them as Keras, or normal, where that is asked', () => {
    const draw = (name: 'glorot' | 'normal') =>
      kernelsOf(name, 1)().kernelInitializer.apply([500, 300]).dataSync() as Float32Array;
    const squares = (values: Float32Array) =>
      values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    const glorot = draw('glorot');
    const largest = glorot.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(largest / Math.sqrt(6 / 800)).toBeCloseTo(1, 3);
    expect(squares(draw('normal')) * 800).toBeCloseTo(1, 1);
  });

  it('follows a run, tests after each epoch, and frees everything', async () => {
    const data = blobs({ rng: createRng(1) });
    const before = memory().numTensors;
    const model = sequential({
      layers: [
        layers.dense({ inputShape: data.inputShape as number[], units: 8, activation: 'tanh' }),
        layers.dense({ units: data.classes, activation: 'softmax' }),
      ],
    });
    const options = { epochs: 20, alignment: true, reportEvery: 4, signal: never };
    const course = await follow(model, dfa(), { ...data, validation: data.test }, options);
    expect(course.accuracies).toHaveLength(20);
    expect(course.accuracy).toBe(course.accuracies[19]);
    expect(course.validationAccuracy).toBe(course.accuracy);
    expect(course.diverged).toBe(false);
    expect(course.points[0].step).toBe(0);
    expect(course.points.length).toBeGreaterThan(3);
    expect(course.accuracy).toBeGreaterThan(0.5);
    expect(memory().numTensors).toBe(before);
    expect(meanBetween(course.points, [0, 0], ({ loss }) => loss)).toBe(course.points[0].loss);
  });
});

describe('a run that diverges', () => {
  it('counts as chance from there on', async () => {
    const data = blobs({ rng: createRng(1) });
    const net = denseNet([8, 8], { inputShape: [2], activation: 'relu', outputs: 3, seed: 1 });
    const before = memory().numTensors;
    const optimizer = sgd({ learningRate: 1e30 });
    const course = await follow(net, dfa(), { ...data, validation: data.test }, { optimizer, epochs: 3 });
    expect(course).toMatchObject({ diverged: true, accuracy: 1 / 3, validationAccuracy: 1 / 3 });
    expect(course.accuracies).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(memory().numTensors).toBeLessThan(before);
  });
});

describe('experiments that train, small', () => {
  const grey = [8, 8, 1];
  const small: readonly (readonly [AnyExperiment, object, readonly number[]])[] = [
    [a6, { images: 64, widths: [6, 6], epochs: 2, inits: 2, looks: 4 }, grey],
    [a7, { images: 884, widths: [6, 6, 6], batchSize: 4 }, [28, 28, 1]],
    [a8, { images: 320, widths: [6, 6, 6], epochs: 1, corruption: [0, 0.5] }, [28, 28, 1]],
    [a9, { examples: 64, widths: [6, 6], epochs: 3 }, grey],
    [a11, { images: 64, widths: [6, 6], epochs: 2, inits: 2, looks: 4 }, [8, 8, 3]],
    [a10, { images: 64, channels: 2, units: 8 }, [28, 28, 1]],
    [b4, { images: 64, depth: 3, units: 6, epochs: 2 }, [28, 28, 1]],
    [a8g, { images: 320, widths: [6, 6, 6], epochs: 1, corruption: [0, 0.5] }, [28, 28, 1]],
    [b5, { images: 64, validation: 32, widths: [6], epochs: 2, learningRates: [0.3, 1] }, [28, 28, 1]],
    [
      b6,
      {
        images: 8,
        validation: 8,
        tested: 8,
        epochs: 1,
        learningRates: [0.01, 0.01],
        rules: ['bp', 'usf', 'brsf', 'frsf', 'dfa', 'frozen'],
      },
      [12, 12, 1],
    ],
    [b7, { images: 64, units: 6, epochs: 2 }, grey],
    [b8, { images: 64, widths: [6], epochs: 2, mirror: { phases: 2 } }, grey],
  ];
  it.each(small.map((row) => [row[0].id, ...row] as const))(
    '%s runs',
    async (_id, experiment, few, shape) => {
      const settings = { ...experiment.settings.quick, ...few };
      const load = madeUpImages(shape, 900);
      const before = memory().numTensors;
      const measurement = await experiment.run(settings, 1, never, load);
      expect(memory().numTensors).toBe(before);
      expect(JSON.parse(JSON.stringify(measurement))).toEqual(measurement);
      const { measured, numbers } = experiment.summary([measurement, measurement]);
      expect(measured).not.toContain('NaN');
      for (const value of Object.values(numbers)) expect(value).not.toBeNaN();
      expect(figureToSvg(experiment.figure([measurement]))).not.toContain('no data');
    },
  );
});

describe('verdicts', () => {
  const curves = (ends: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(ends).map(([name, end]) => [name, [end / 2, end]]));
  const zoo = {
    bp: 0.94,
    kp: 0.93,
    usf: 0.92,
    dfa: 0.92,
    fa: 0.91,
    drtp: 0.9,
    sdfa: 0.8,
    frozen: 0.8,
  };
  const ofZoo = (changed: Partial<typeof zoo> = {}) => ({
    curves: curves({ ...zoo, ...changed }),
    learningRates: zoo,
  });
  const look = { epoch: 1, error: 0.1, weightAlignment: null, gradientAlignment: null };
  const phases = (cosines: Readonly<Record<string, number>>) =>
    Object.fromEntries(
      Object.entries({ 'DFA tanh': 0.6, 'DFA relu': 0.6, 'BP tanh': 0.01, 'BP relu': 0.01, ...cosines }).map(
        ([arm, cosine]) => [arm, { looks: [{ ...look, cosine }], accuracy: 0.9 }],
      ),
    );
  const zero = {
    BP: 0.95,
    'DFA from zero': 0.945,
    'FA from zero': 0.94,
    frozen: 0.8,
    'BP from zero': 0.1135,
  };
  const ofZero = (changed: object = {}, stuck: object = {}) => ({
    curves: curves({ ...zero, ...changed }),
    stuck: { kernels: 0, answers: 1, ...stuck },
  });
  const depth = (bp: number) => curves({ 'DFA from zero': 0.85, BP: bp });
  const point = (weights: number[]) => ({ step: 0, loss: 1, weights: [null, ...weights] }) as never;
  const article = (accuracy: number) => ({
    fa: { accuracy, accuracies: [accuracy], points: [point([0, 0]), point([0.4, 0.4])] },
    others: curves({ BP: 0.97, DFA: 0.93, frozen: 0.5 }),
  });
  const ends = (plain: number, structured: number) => ({
    'relu (1, 1)': [[1, plain]],
    'relu (0.2, 0.2)': [[1, structured]],
    'tanh (1, 1)': [[1, 0.8]],
    'tanh (0.2, 0.2)': [[1, 0.7]],
  });
  const lenet = (changed: object = {}, diverged: readonly string[] = []) => ({
    curves: curves({ bp: 0.9, usf: 0.89, brsf: 0.86, frsf: 0.86, dfa: 0.7, frozen: 0.6, ...changed }),
    learningRates: {},
    diverged,
  });
  const wide = (dfa: number) => ({ '2×800': curves({ BP: 0.95, DFA: dfa, FA: 0.94, frozen: 0.8 }) });
  /** Eleven angles, from 90° down to one. */
  const falling = (end: number) => Array.from({ length: 11 }, (_, i) => 90 - ((90 - end) * i) / 10);
  const learned = (changed: Readonly<Record<string, number>> = {}, accuracy = 0.93) => ({
    accuracies: curves({ KP: accuracy, WM: 0.93, FA: 0.93, BP: 0.94, frozen: 0.9 }),
    angles: {
      KP: falling(10),
      WM: falling(9),
      FA: falling(40),
      ...Object.fromEntries(Object.entries(changed).map(([name, end]) => [name, falling(end)])),
    },
    mirrorPhases: 100,
  });

  const rising = () => {
    const { angles, ...rest } = learned();
    return { ...rest, angles: { ...angles, WM: [...angles.WM.slice(0, 9), 9, 10] } };
  };

  it.each([
    [a6, phases({}), phases({ 'BP relu': 0.6 })],
    [a6, phases({}), phases({ 'DFA relu': 0.01 })],
    [a9, ends(0.8, 0.7), ends(0.75, 0.7)],
    [b1, article(0.95), article(0.93)],
    [b3, ofZero(), ofZero({ 'DFA from zero': 0.93 })],
    [b3, ofZero(), ofZero({}, { answers: 2 })],
    [b3, ofZero(), ofZero({}, { kernels: 1e-9 })],
    [b3, ofZero({ 'BP from zero': 0.1028 }), ofZero({ frozen: 0.9 })],
    [b4, depth(0.2), depth(0.5)],
    [b5, ofZoo(), ofZoo({ drtp: 0.84 })],
    [b5, ofZoo(), ofZoo({ fa: 0.95 })],
    [b5, ofZoo(), ofZoo({ fa: 0.94 })],
    [b5, ofZoo({ drtp: 0.8501 }), ofZoo({ drtp: 0.8499 })],
    [b6, lenet({ brsf: 0.851 }), lenet({ brsf: 0.849 })],
    [b6, lenet(), lenet({ usf: 0.87 })],
    [b6, lenet(), lenet({ frozen: 0.7 })],
    [b6, lenet(), lenet({}, ['dfa'])],
    [b7, wide(0.945), wide(0.93)],
    [b8, learned(), learned({ WM: 27 })],
    [b8, learned(), learned({ KP: 21 })],
    [b8, learned(), learned({ FA: 20 })],
    [b8, learned(), rising()],
    [b8, learned(), learned({}, 0.91)],
  ] as readonly [AnyExperiment, unknown, unknown][])('of %#', (experiment, good, bad) => {
    expect(experiment.summary([good, good]).pass).toBe(true);
    expect(experiment.summary([bad, bad]).pass).toBe(false);
    expect(figureToSvg(experiment.figure([good, bad]))).toContain('</svg>');
  });
});
