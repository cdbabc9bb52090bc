// While a step's numbers are waited for, another task does what it likes: a recorded run computes what a computed one does,
// bit for bit; tensors of others keep their bytes, and none is left.
import { useBackend } from '@feedalign/backend';
import { createRng } from '@feedalign/core';
import { convert, trace } from '@feedalign/layers';
import { sgd } from '@feedalign/optim';
import { type RuleName, rules } from '@feedalign/rules';
import { train } from '@feedalign/train';
import { setThreads, trainingEngine } from '@feedalign/wasm-training';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { type Dice, dice } from '../src/attack/dice.js';
import { times } from '../src/attack/length.js';
import { bitsOf, examplesFor, networks } from '../src/attack/networks.js';
import { built, loss } from '../src/passes.js';
import { batchFor, type Specimen } from '../src/zoo.js';

beforeAll(async () => {
  await useBackend('wasm');
});
afterEach(async () => {
  tf.env().set('WASM_TRAINING_RECORDING', true);
  await tf.setBackend('wasm');
});

/** What the other task knows and holds. */
interface Scene {
  readonly specimen: Specimen;
  readonly model: LayersModel;
  readonly chance: Dice;
  readonly recording: boolean;
  readonly isConverted: boolean;
  /** Those that were replaced: a `fit` under way may still step by them. */
  readonly optimizers: tf.Optimizer[];
  readonly held: { tensor: tf.Tensor; bits: string }[];
  readonly second: { model: LayersModel; step(): Promise<unknown> };
}

const hold = ({ held }: Scene, ...tensors: tf.Tensor[]) =>
  held.push(...tensors.map((tensor) => ({ tensor, bits: bitsOf(tensor) })));
const scaledWeights = (model: LayersModel, factor: number) =>
  tf.tidy(() => model.setWeights(model.getWeights().map((weight) => tf.mul(weight, factor))));

const deeds: Readonly<Record<string, (scene: Scene) => unknown>> = {
  'assigns a weight': ({ model, chance }) =>
    tf.tidy(() => {
      const weight = chance.pick(model.getWeights()) as tf.Variable;
      weight.assign(tf.mul(weight, 0.95));
    }),
  'sets weights': ({ model }) => scaledWeights(model, 0.97),
  'predicts with a larger model': ({ specimen, model }) =>
    tf.tidy(() => {
      model.predict(batchFor(specimen, createRng(1), 60).x);
      tf.matMul(tf.ones([200, 300]), tf.ones([300, 250]));
    }),
  'keeps clones and views of weights': (scene) =>
    hold(scene, ...scene.model.getWeights().flatMap((each) => [tf.clone(each), tf.reshape(each, [-1])])),
  'frees what it held': ({ held }) => {
    for (const { tensor, bits } of held.splice(0)) {
      expect(bitsOf(tensor)).toBe(bits);
      tensor.dispose();
    }
  },
  'makes large tensors': (scene) =>
    hold(scene, ...[1, 2, 3].map((i) => tf.fill([scene.chance.int(1, 5) * 40_000], i))),
  'makes large tensors and frees them': ({ chance }) => {
    for (let i = 0; i < 4; i++) tf.ones([chance.int(1, 9) * 30_000]).dispose();
  },
  'goes to another backend and back': async () => {
    await tf.setBackend('cpu');
    tf.tidy(() => tf.matMul(tf.ones([3, 3]), tf.ones([3, 3])).dataSync());
    await tf.setBackend('wasm');
  },
  'changes threads': ({ chance }) => setThreads(chance.int(1, 3)),
  'toggles recording': ({ chance, recording }) =>
    tf.env().set('WASM_TRAINING_RECORDING', chance.chance(0.5) && recording),
  'trains a second model': ({ second }) => second.step(),
  'freezes a layer': ({ model, chance }) => {
    const layer = chance.pick(model.layers);
    layer.trainable = !layer.trainable;
  },
  'saves the model': ({ model }) =>
    model.save(
      io.withSaveHandler(async () => ({
        modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' },
      })),
    ),
  'replaces the optimizer': ({ model, isConverted, optimizers }) => {
    if (!isConverted) return;
    optimizers.push(model.optimizer);
    model.optimizer = tf.train.momentum(0.03, 0.8) as never;
  },
  'compiles again': ({ model, isConverted, optimizers }) => {
    if (!isConverted) return;
    optimizers.push(model.optimizer);
    model.compile({ optimizer: tf.train.sgd(0.04), loss });
  },
};

/**
 * Puts the other task wherever numbers are waited for: behind the read, which on this backend is over when it returns its
 * promise. Before it, a task could free data that nobody could free there.
 */
function whileReading(act: () => Promise<void>): () => void {
  const backend = tf.engine().backend as unknown as { read(dataId: object): Promise<unknown> };
  const stock = backend.read;
  let isActing = false;
  backend.read = async function (dataId) {
    const numbers = await stock.call(this, dataId);
    if (isActing) return numbers;
    isActing = true;
    try {
      await act();
    } finally {
      isActing = false;
    }
    return numbers;
  };
  return () => {
    backend.read = stock;
  };
}

interface Play {
  readonly network: string;
  readonly rule: RuleName;
  readonly loop: 'train' | 'aligned train' | 'fit' | 'trainOnBatch';
  readonly seed: number;
}

async function played({ network, rule, loop, seed }: Play, recording: boolean) {
  tf.env().set('WASM_TRAINING_RECORDING', recording);
  const specimen = networks[network];
  const model = built(specimen);
  const other = built(networks.dense);
  other.compile({ optimizer: 'adam', loss });
  const otherHandle = convert(other, rules.dfa.make());
  let otherSteps = 0;
  const scene: Scene = {
    specimen,
    model,
    chance: dice('interference', seed),
    recording,
    isConverted: !loop.includes('train') || loop === 'trainOnBatch',
    held: [],
    optimizers: [],
    second: {
      model: other,
      step: async () => {
        const { x, y } = batchFor(networks.dense, createRng(otherSteps++), 5);
        await other.trainOnBatch(x, y);
        tf.dispose([x, y]);
      },
    },
  };
  const done: string[] = [];
  const act = async () => {
    if (!scene.chance.chance(0.5)) return;
    // Under way tfjs' fit goes on with what was compiled when it began.
    const names = Object.keys(deeds);
    const name = scene.chance.pick(names);
    done.push(name);
    await deeds[name](scene);
  };
  const seen: unknown[] = [];
  const examples = examplesFor(specimen, 20, 3);
  const stop = whileReading(act);
  let handle: ReturnType<typeof convert> | undefined;
  try {
    if (loop === 'train' || loop === 'aligned train') {
      const options = {
        epochs: 4,
        batchSize: 6,
        reportEvery: 1,
        seed: 2,
        optimizer: sgd({ learningRate: 0.03, momentum: 0.9 }),
        alignment: loop === 'aligned train',
      };
      for await (const event of train(trace(model), rules[rule].make(), { train: examples }, options)) {
        if (event.type !== 'step') continue;
        seen.push([event.loss, event.accuracy, event.alignment]);
        await act();
      }
    } else {
      model.compile({ optimizer: tf.train.momentum(0.03, 0.9), loss });
      handle = convert(model, rules[rule].make(), { seed: 3 });
      if (loop === 'trainOnBatch') {
        for (let step = 0; step < 14; step++) {
          const { x, y } = batchFor(specimen, createRng(step), step % 5 === 4 ? 3 : 6);
          seen.push(await model.trainOnBatch(x, y));
          tf.dispose([x, y]);
          await act();
        }
      } else {
        const { x, y } = batchFor(specimen, createRng(9), 20);
        const fitted = await model.fit(x, y, {
          epochs: 4,
          batchSize: 6,
          verbose: 0,
          yieldEvery: 'batch',
          callbacks: { onBatchEnd: act, onYield: act, onEpochEnd: act },
        });
        seen.push(fitted.history);
        tf.dispose([x, y]);
      }
    }
  } finally {
    stop();
  }
  await deeds['frees what it held'](scene);
  const weights = [...model.getWeights(), ...other.getWeights()].map(bitsOf);
  handle?.revert();
  otherHandle.revert();
  for (const each of [...scene.optimizers, model.optimizer, other.optimizer]) {
    if (!each) continue;
    each.dispose();
    // tfjs' momentum leaves what it has of SGD.
    const { c } = each as unknown as { c?: tf.Tensor };
    if (c && !c.isDisposed) c.dispose();
  }
  for (const each of [model, other]) each.dispose();
  // tfjs numbers the names of layers on.
  return { done, seen: JSON.stringify(seen).replaceAll(/_[A-Z][A-Za-z0-9]*?\d+"/g, '"'), weights };
}

const loops = ['train', 'aligned train', 'fit', 'trainOnBatch'] as const;
const names = ['dense', 'conv with pooling', 'residual with batch normalization', 'dropout', 'concatenation'];
const ruleNames = ['bp', 'fa', 'dfa', 'kp', 'usf', 'dkp', 'ifa'] as const;

const plays = loops.flatMap((loop) =>
  Array.from({ length: times(2, 60) }, (_, seed) => ({
    loop,
    seed,
    network: names[seed % names.length],
    rule: ruleNames[seed % ruleNames.length],
  })),
);

it.each(plays)('$loop, $network, $rule, $seed', async (play) => {
  const threads = trainingEngine()?.threads ?? 1;
  const before = tf.memory().numTensors;
  const plain = await played(play, false);
  const between = tf.memory().numTensors;
  const recorded = await played(play, true);
  setThreads(threads);
  const where = JSON.stringify({ ...play, done: plain.done });
  expect([where, recorded.done]).toEqual([where, plain.done]);
  expect([where, recorded.seen]).toEqual([where, plain.seen]);
  expect([where, recorded.weights]).toEqual([where, plain.weights]);
  expect([where, between, tf.memory().numTensors]).toEqual([where, before, before]);
});
