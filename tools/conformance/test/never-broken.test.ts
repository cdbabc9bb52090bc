// What once crashed, leaked or wrote where it should not: models that go, handles that go, other tasks between steps.
import { useBackend } from '@feedalign/backend';
import { convert, restore } from '@feedalign/layers';
import { dfa, kp, rules, wm } from '@feedalign/rules';
import '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import { type LayersModel, layers, sequential } from '@tensorflow/tfjs-layers';
import { beforeEach, describe, expect, it } from 'vitest';

const x = () =>
  tf.tensor2d(
    Float32Array.from({ length: 48 }, (_, i) => Math.sin(i)),
    [12, 4],
  );
const y = () =>
  tf.tidy(() =>
    tf.oneHot(
      tf.tensor1d(
        Int32Array.from({ length: 12 }, (_, i) => i % 3),
        'int32',
      ),
      3,
    ),
  );

function compiled(optimizer: () => tf.Optimizer, metrics: unknown[] = []): LayersModel {
  const made = sequential({
    layers: [
      layers.dense({ units: 6, activation: 'relu', inputShape: [4] }),
      layers.dropout({ rate: 0.2 }),
      layers.dense({ units: 5, activation: 'tanh' }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  made.compile({ optimizer: optimizer(), loss: 'categoricalCrossentropy', metrics: metrics as never });
  return made;
}

async function stepped(made: LayersModel, count: number) {
  for (let step = 0; step < count; step++) {
    const [inputs, targets] = [x(), y()];
    tf.dispose((await made.trainOnBatch(inputs, targets)) as never);
    tf.dispose([inputs, targets]);
  }
}

describe.each(['wasm', 'cpu'] as const)('on %s', (backend) => {
  beforeEach(async () => {
    await useBackend(backend);
  });

  it.each([
    ['dfa', () => dfa()],
    ['kp', () => kp()],
    ['wm', () => wm({ phases: 2 })],
  ])('a model that is disposed of without revert leaves nothing: %s', async (_name, rule) => {
    const before = tf.memory().numTensors;
    const optimizer = tf.train.adam(0.01);
    const made = compiled(() => optimizer);
    convert(made, rule() as never);
    await stepped(made, 5);
    made.dispose();
    optimizer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('revert in a callback: the rest of fit is tfjs’ own, and nothing is left', async () => {
    const [inputs, targets] = [x(), y()];
    const start = tf.memory().numTensors;
    const made = compiled(() => tf.train.sgd(0.1));
    const before = tf.memory().numTensors;
    const handle = convert(made, dfa());
    let batches = 0;
    const onBatchEnd = async () => {
      if (++batches === 3) handle.revert();
    };
    const { history } = await made.fit(
      inputs,
      tf.tidy(() => tf.cast(targets, 'float32')),
      {
        epochs: 3,
        batchSize: 4,
        verbose: 0,
        callbacks: { onBatchEnd },
      },
    );
    expect(batches).toBe(9);
    expect(handle.steps).toBe(3);
    expect(history.loss.every(Number.isFinite)).toBe(true);
    expect('fitLoop' in Object.getOwnPropertyDescriptors((made as unknown as { model: object }).model)).toBe(
      false,
    );
    expect(tf.memory().numTensors - before).toBe(1);
    made.dispose();
    expect(tf.memory().numTensors - start).toBeLessThanOrEqual(3);
    tf.dispose([inputs, targets]);
  });

  it('saving in a loop, with the optimizer, leaves nothing', async () => {
    const made = compiled(() => tf.train.adam(0.01));
    convert(made, kp());
    await stepped(made, 3);
    const save = () =>
      made.save({ save: async () => ({ modelArtifactsInfo: {} as never }) }, { includeOptimizer: true });
    await save();
    const before = tf.memory().numTensors;
    for (let i = 0; i < 20; i++) await save();
    expect(tf.memory().numTensors).toBe(before);
    made.dispose();
  });

  it('what a metric keeps of a step stays as it was', async () => {
    const kept: tf.Tensor[] = [];
    const keeping = (targets: tf.Tensor, predictions: tf.Tensor) => {
      kept.push(tf.keep(predictions.clone()), tf.keep(predictions));
      return tf.mean(tf.mul(targets, predictions), -1);
    };
    const made = compiled(() => tf.train.sgd(0.3), [keeping]);
    convert(made, dfa());
    const seen: number[][] = [];
    for (let step = 0; step < 12; step++) {
      await stepped(made, 1);
      seen.push(...kept.slice(seen.length).map((tensor) => [...tensor.dataSync()]));
    }
    expect(kept.map((tensor) => [...tensor.dataSync()])).toEqual(seen);
    expect(new Set(seen.map(String)).size).toBe(12);
    tf.dispose(kept);
    made.dispose();
  });

  it('a step whose loss is not finite changes nothing: weights, slots, averages, feedback', async () => {
    for (const [name, rule] of Object.entries(rules)) {
      for (const recording of [true, false]) {
        if (backend === 'wasm') tf.env().set('WASM_TRAINING_RECORDING', recording);
        const optimizer = tf.train.adam(0.01);
        const made = sequential({
          layers: [
            layers.dense({ units: 5, inputShape: [4] }),
            layers.batchNormalization({}),
            layers.activation({ activation: 'tanh' }),
            layers.dense({ units: 3, activation: 'softmax' }),
          ],
        });
        made.compile({ optimizer, loss: 'categoricalCrossentropy' });
        const handle = convert(made, rule.make(name === 'wm' ? { phases: 1 } : {}));
        await stepped(made, 4);
        const everything = async () =>
          [
            ...made.getWeights(),
            ...(await optimizer.getWeights()).slice(1).map(({ tensor }) => tensor),
            ...Object.values(handle.state ?? {}).filter((each) => each instanceof tf.Tensor),
          ].map((tensor) => [...(tensor as tf.Tensor).dataSync()]);
        const before = await everything();
        for (const strange of [Number.NaN, Number.POSITIVE_INFINITY]) {
          const inputs = tf.tensor2d(
            Float32Array.from({ length: 48 }, (_, i) => (i === 7 ? strange : 1)),
            [12, 4],
          );
          expect(Number.isFinite((await made.trainOnBatch(inputs, y())) as number)).toBe(false);
          expect(await everything()).toEqual(before);
        }
        await stepped(made, 1);
        expect(await everything()).not.toEqual(before);
        handle.revert();
      }
    }
    if (backend === 'wasm') tf.env().set('WASM_TRAINING_RECORDING', true);
  });

  it('a saved model whose feedback is missing, or is another’s, is refused', async () => {
    const made = compiled(() => tf.train.sgd(0.1));
    const handle = convert(made, kp());
    await stepped(made, 2);
    const note = made.getUserDefinedMetadata() as { feedalign: { state: Record<string, unknown> } };
    const copy = JSON.parse(JSON.stringify(note)) as typeof note;
    handle.revert();
    const [first] = Object.keys(copy.feedalign.state);
    const renamed = { ...copy.feedalign.state, another: copy.feedalign.state[first] };
    delete (renamed as Record<string, unknown>)[first];
    for (const state of [undefined, {}, renamed]) {
      const { state: _own, ...rest } = copy.feedalign;
      made.setUserDefinedMetadata({ feedalign: { ...rest, ...(state && { state }) } });
      const before = tf.memory().numTensors;
      expect(() => restore(made, rules)).toThrow(/feedback|state/i);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

describe('what the engine repeats', () => {
  beforeEach(async () => {
    await useBackend('wasm');
  });

  it.each(Object.keys(rules) as (keyof typeof rules)[])(
    'a step by %s, with dropout, under Adam',
    async (name) => {
      const made = compiled(() => tf.train.adam(0.01));
      const handle = convert(made, rules[name].make(name === 'wm' ? { phases: 1 } : {}));
      await stepped(made, 4);
      const [told] = handle.explained();
      expect(told).toContain('drawNoise');
      expect(told).toContain('adam, if the loss is finite');
      expect(told).toContain('slot(');
      handle.revert();
    },
  );
});
