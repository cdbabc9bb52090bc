import { createPass, createRng, type FeedbackRule, forward, type Network } from '@feedalign/core';
import { trace } from '@feedalign/layers';
import { bp, brsf, dfa, fa, frozen } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MeasuredAlignment, measureAlignment, readAlignment } from '../src/index.js';
import { alignmentOf, batchOf, mlp, onCpu, passOf } from './support.js';

onCpu();

/** Feedback that is each kernel times a factor. */
const kernels = (network: Network, factor: number): Record<string, tf.Tensor> =>
  Object.fromEntries(
    network.units.map(({ name, kernel }) => [
      name,
      tf.mul((kernel as { variable: tf.Tensor }).variable, factor),
    ]),
  );
const cosine = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return ab / Math.sqrt(aa * bb);
};
const degrees = (value: number) => (Math.acos(value) * 180) / Math.PI;
/** Near ±1 an arccos of float32 is good to a hundredth of a degree or two. */
const expectAngle = (actual: number | null, expected: number) => {
  expect(actual).not.toBeNull();
  expect(Math.abs((actual as number) - expected)).toBeLessThan(0.1);
};

describe('feedback of the weights’ own direction', () => {
  it('B = W: every angle 0, every cosine and ratio 1', async () => {
    const network = trace(mlp([3, 5, 4, 2]));
    const alignment = await alignmentOf(network, fa(), kernels(network, 1));
    expect(alignment.weightAlignment).toBeCloseTo(1, 5);
    expectAngle(alignment.weightAngle, 0);
    expect(alignment.gradientAlignment).toBeCloseTo(1, 5);
    expect(alignment.units.map(({ unit }) => unit)).toEqual(network.units.map(({ name }) => name));
    for (const unit of alignment.units) {
      expect(unit.weightAlignment).toBeCloseTo(1, 5);
      expectAngle(unit.weightAngle, 0);
      expectAngle(unit.weightGradientAngle, 0);
      expect(unit.feedbackRatio).toBeCloseTo(1, 5);
    }
    const [first, second, head] = alignment.units;
    for (const hidden of [first, second]) {
      expect(hidden.gradientAlignment).toBeCloseTo(1, 5);
      expect(hidden.signalRatio).toBeCloseTo(1, 5);
    }
    expect([head.gradientAlignment, head.signalRatio]).toEqual([null, null]);
  });

  it('B = −W: weights at 180°, and a signal turns round with each B that it passes', async () => {
    const network = trace(mlp([3, 5, 4, 2]));
    const { units, ...all } = await alignmentOf(network, fa(), kernels(network, -1));
    expect(all.weightAlignment).toBeCloseTo(-1, 5);
    expectAngle(all.weightAngle, 180);
    const [first, second, head] = units;
    expect(second.gradientAlignment).toBeCloseTo(-1, 5);
    expect(first.gradientAlignment).toBeCloseTo(1, 5);
    expectAngle(second.weightGradientAngle, 180);
    expectAngle(first.weightGradientAngle, 0);
    expectAngle(head.weightGradientAngle, 0);
  });

  it('B = 3W: the ratios count the factor once for each B passed', async () => {
    const network = trace(mlp([3, 5, 4, 2]));
    const { units } = await alignmentOf(network, fa(), kernels(network, 3));
    for (const { feedbackRatio } of units) expect(feedbackRatio).toBeCloseTo(3, 4);
    const [first, second] = units;
    expect(second.signalRatio).toBeCloseTo(3, 4);
    expect(first.signalRatio).toBeCloseTo(9, 4);
  });
});

describe('any feedback', () => {
  it('has the angles that plain arithmetic gives, by unit and over all', async () => {
    const network = trace(mlp([3, 5, 4, 2]));
    const rule = fa() as FeedbackRule<Record<string, tf.Tensor>>;
    const state = rule.init(network, createRng(5));
    const alignment = await alignmentOf(network, rule, state);
    const [, ...above] = network.units;
    const pairs = above.map(({ name, kernel }) => [
      [...(kernel as { variable: tf.Tensor }).variable.dataSync()],
      [...state[name].dataSync()],
    ]);
    pairs.forEach(([w, b], i) => {
      expect(alignment.units[i + 1].weightAlignment).toBeCloseTo(cosine(w, b), 5);
      expectAngle(alignment.units[i + 1].weightAngle, degrees(cosine(w, b)));
    });
    const all = cosine(
      pairs.flatMap(([w]) => w),
      pairs.flatMap(([, b]) => b),
    );
    expect(alignment.weightAlignment).toBeCloseTo(all, 5);
    expectAngle(alignment.weightAngle, degrees(all));
    expect(alignment.units[0].weightAlignment).toBeNull();
    expect(alignment.units[0].feedbackRatio).toBeNull();
  });

  it('is what the step has of it, where it is drawn in each step, or drawn again from the seed', async () => {
    const network = trace(mlp([3, 5, 4, 2]));
    const kept = fa() as FeedbackRule;
    const drawn = fa({ store: 'seed' }) as FeedbackRule;
    const [expected, found] = [
      await alignmentOf(network, kept, kept.init(network, createRng(5))),
      await alignmentOf(network, drawn, drawn.init(network, createRng(5))),
    ];
    expect(found).toEqual(expected);

    const rule = brsf();
    const { units } = await alignmentOf(network, rule, null);
    tf.tidy(() => {
      const pass = passOf(network, rule, null);
      for (const [i, unit] of network.units.entries()) {
        const feedback = rule.alignmentTarget?.(unit, pass);
        if (!feedback) continue;
        const weights = (unit.kernel as { variable: tf.Tensor }).variable.dataSync();
        expect(units[i].weightAlignment).toBeCloseTo(cosine(weights, feedback.dataSync()), 5);
        const above = pass.delta(unit) as tf.Tensor2D;
        const below = network.units[i - 1];
        const sent = tf.matMul(above, feedback as tf.Tensor2D, false, true);
        expect(pass.signal(below)?.arraySync()).toEqual(sent.arraySync());
      }
    });
  });

  it('has the mean over the examples of the cosine of δ, and the angle of the whole gradient', async () => {
    const network = trace(mlp([3, 5, 4, 2]));
    const rule = dfa() as FeedbackRule;
    const state = rule.init(network, createRng(5));
    const alignment = await alignmentOf(network, rule, state);
    tf.tidy(() => {
      const pass = passOf(network, rule, state);
      const rows = (of: 'own' | 'truth', i: number) =>
        (of === 'own' ? pass : pass.truth).delta(network.units[i])?.arraySync() as number[][];
      const means = [0, 1].map((i) => {
        const [own, truth] = [rows('own', i), rows('truth', i)];
        return own.map((row, n) => cosine(row, truth[n])).reduce((sum, value) => sum + value, 0) / own.length;
      });
      means.forEach((mean, i) => void expect(alignment.units[i].gradientAlignment).toBeCloseTo(mean, 5));
      const joined = (of: 'own' | 'truth') => rows(of, 0).map((row, n) => [...row, ...rows(of, 1)[n]]);
      const [own, truth] = [joined('own'), joined('truth')];
      const overall = own.map((row, n) => cosine(row, truth[n])).reduce((sum, value) => sum + value, 0) / 4;
      expect(alignment.gradientAlignment).toBeCloseTo(overall, 5);
      const gradients = [pass, pass.truth].map((each) =>
        each
          .gradients(({ name }) => name.endsWith('kernel'))
          .map(({ gradient }) => gradient.compute().dataSync()),
      );
      gradients[0].forEach((values, i) => {
        expectAngle(alignment.units[i].weightGradientAngle, degrees(cosine(values, gradients[1][i])));
      });
      const norm = (values: number[][]) => Math.hypot(...values.flat());
      expect(alignment.units[0].signalRatio).toBeCloseTo(norm(rows('own', 0)) / norm(rows('truth', 0)), 4);
    });
  });

  /** Two units, linear, and targets that the network is off by these errors. */
  const offBy = (errors: number[][]) => {
    const network = trace(mlp([2, 3, 2], 'linear'));
    const x = tf.randomNormal([errors.length, 2], 0, 1, 'float32', 7);
    const y = tf.tidy(() => {
      const zeros = tf.zeros([errors.length, 2]);
      const predicted = passOf(network, bp(), null, { x, y: zeros }).activation(network.units[1]);
      return tf.sub(predicted, tf.tensor2d(errors));
    });
    return { network, batch: { x, y } };
  };

  it('leaves out an example that neither has a signal for: what learns by backpropagation is at 1', async () => {
    const { network, batch } = offBy([
      [0, 0],
      [1, 2],
      [0, 0],
      [0, 0],
    ]);
    const all = await alignmentOf(network, bp(), null, batch);
    expect(all.units[0].gradientAlignment).toBeCloseTo(1, 5);
    expect(all.gradientAlignment).toBeCloseTo(1, 5);
  });

  it('is null where no example has a signal', async () => {
    const { network, batch } = offBy([
      [0, 0],
      [0, 0],
    ]);
    const all = await alignmentOf(network, bp(), null, batch);
    expect([all.units[0].gradientAlignment, all.gradientAlignment]).toEqual([null, null]);
  });

  it('counts an example that only one has a signal for as zero', async () => {
    const { network, batch } = offBy([
      [0, 0],
      [1, 2],
    ]);
    const half: FeedbackRule<null> = {
      ...bp(),
      signal: (unit, pass) =>
        tf.add(pass.fromAbove(unit) as tf.Tensor, [
          [1, 1, 1],
          [0, 0, 0],
        ]),
    };
    const { units, gradientAlignment } = await alignmentOf(network, half, null, batch);
    expect(units[0].gradientAlignment).toBeCloseTo(0.5, 5);
    expect(gradientAlignment).toBeCloseTo(0.5, 5);
  });

  it('is 1 of backpropagation with itself, whatever the sizes of the errors', async () => {
    const size = fc.constantFrom(0, 1e-38, 1e-30, 1e-20, 1e-3, 1, 1e15);
    await fc.assert(
      fc.asyncProperty(fc.array(size, { minLength: 1, maxLength: 5 }), async (sizes) => {
        const network = trace(mlp([3, 5, 4, 2], 'linear'));
        const sized: FeedbackRule<null> = { ...bp(), name: 'sized' };
        let measured: MeasuredAlignment | undefined;
        tf.tidy(() => {
          const record = forward(network, [tf.ones([sizes.length, 3])]);
          const error = tf.tensor2d(
            sizes.flatMap((each) => [each, -each / 2]),
            [sizes.length, 2],
          );
          const none = [tf.scalar(0)];
          const objective = {
            loss: none[0],
            losses: none,
            errors: [error],
            predictions: [error],
            targets: [error],
          };
          measured = measureAlignment(createPass(record, objective, sized, null), sized);
        });
        const { units, gradientAlignment } = await readAlignment(measured as MeasuredAlignment);
        tf.disposeVariables();
        const found = [gradientAlignment, ...units.slice(0, 2).map((unit) => unit.gradientAlignment)];
        for (const value of found) {
          if (sizes.some((each) => each > 0)) expect(value).toBeCloseTo(1, 4);
          else expect(value).toBeNull();
        }
      }),
      { numRuns: 30 },
    );
  });

  it('tells the direction of signals that are very small', async () => {
    const network = trace(mlp([3, 4, 2], 'linear'));
    const { x } = batchOf(network);
    const y = tf.tidy(() => {
      const weights = network.units.map(({ kernel }) => (kernel as { variable: tf.Variable }).variable);
      for (const weight of weights) weight.assign(tf.mul(weight, 1e-7));
      for (const { head } of network.units) {
        for (const { name, variable } of head.operation.parameters) {
          if (name.endsWith('bias')) variable.assign(tf.zerosLike(variable));
        }
      }
      return tf.fill([4, 2], 1e-6);
    });
    const { units, gradientAlignment } = await alignmentOf(network, bp(), null, { x, y });
    expect(units[0].gradientAlignment).toBeCloseTo(1, 4);
    expect(gradientAlignment).toBeCloseTo(1, 4);
  });
});

describe('rules with nothing to compare', () => {
  it('bp has no feedback, and the gradient of itself', async () => {
    const { units, ...all } = await alignmentOf(trace(mlp([3, 5, 2])), bp(), null);
    expect(all).toMatchObject({ weightAlignment: null, weightAngle: null });
    expect(all.gradientAlignment).toBeCloseTo(1, 5);
    expect(units[0]).toMatchObject({ weightAlignment: null, weightAngle: null, feedbackRatio: null });
    expectAngle(units[0].weightGradientAngle, 0);
  });

  it('a frozen body has nothing for its hidden units', async () => {
    const { units, ...all } = await alignmentOf(trace(mlp([3, 5, 4, 2])), frozen(), null);
    expect(all).toEqual({ weightAlignment: null, weightAngle: null, gradientAlignment: null });
    for (const { unit, ...values } of units.slice(0, 2)) {
      expect(Object.values(values), unit).toEqual(new Array(6).fill(null));
    }
    expectAngle(units[2].weightGradientAngle, 0);
  });

  it('a network without hidden units has nothing to align', async () => {
    const network = trace(mlp([3, 2]));
    const rule = dfa();
    const { units, ...all } = await alignmentOf(network, rule, rule.init(network, createRng(1)));
    expect(all).toEqual({ weightAlignment: null, weightAngle: null, gradientAlignment: null });
    expectAngle(units[0].weightGradientAngle, 0);
  });

  it('dfa has no target for its first kernel, and F₁ᵀ for the output’s', async () => {
    const network = trace(mlp([3, 5, 2]));
    const rule = dfa();
    const state = { [network.units[0].name]: tf.transpose(network.units[1].kernel?.variable as tf.Tensor) };
    const { units, ...all } = await alignmentOf(network, rule, state);
    expect(units[0].weightAlignment).toBeNull();
    expect(units[1].weightAlignment).toBeCloseTo(1, 5);
    expect(all.weightAlignment).toBeCloseTo(1, 5);
    // F = Wᵀ is backpropagation for the one hidden layer.
    expect(all.gradientAlignment).toBeCloseTo(1, 5);
  });
});

describe('measuring', () => {
  it('changes nothing of the step: the same bits with it and without', () => {
    const step = (measure: boolean) => {
      const model = mlp([3, 5, 4, 2]);
      const network = trace(model);
      const rule = fa() as FeedbackRule;
      const state = rule.init(network, createRng(5));
      tf.tidy(() => {
        const pass = passOf(network, rule, state);
        if (measure) measureAlignment(pass, rule).values.dispose();
        for (const { parameter, gradient } of pass.gradients()) gradient.addTo(parameter.variable, -0.1, 1);
      });
      return model.getWeights().map((weight) => weight.dataSync().slice());
    };
    expect(step(true)).toEqual(step(false));
  });

  it('keeps one tensor, which reading frees', async () => {
    const network = trace(mlp([3, 5, 4, 2]));
    const rule = fa() as FeedbackRule;
    const state = rule.init(network, createRng(5));
    const batch = batchOf(network);
    const before = tf.memory().numTensors;
    for (let i = 0; i < 3; i++) {
      let measured: ReturnType<typeof measureAlignment> | undefined;
      tf.tidy(() => {
        measured = measureAlignment(passOf(network, rule, state, batch), rule);
      });
      expect(tf.memory().numTensors).toBe(before + 1);
      await readAlignment(measured as NonNullable<typeof measured>);
      expect(tf.memory().numTensors).toBe(before);
    }
  });

  it('reads layers apart whose names contain one another', async () => {
    const network = trace(mlp([3, 4, 4, 2]));
    const [a, b, c] = network.units;
    const renamed = {
      ...network,
      units: [
        { ...a, name: 'd' },
        { ...b, name: 'dd' },
        { ...c, name: 'd|d' },
      ],
    };
    const { units } = await alignmentOf(renamed, frozen(), null);
    expect(units.map(({ unit }) => unit)).toEqual(['d', 'dd', 'd|d']);
    expect(units[0].weightGradientAngle).toBeNull();
    expectAngle(units[2].weightGradientAngle, 0);
  });
});
