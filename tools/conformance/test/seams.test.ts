// What the folders named tfjs rely on, of what tfjs does not promise. When one of these fails, tfjs has changed: the file
// that is named has to be looked at.
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-wasm';
import {
  type layers as AllLayers,
  Callback,
  CustomCallback,
  callbacks,
  input,
  type LayersModel,
  layers,
  model,
  type SymbolicTensor,
  sequential,
} from '@tensorflow/tfjs-layers';
import { beforeAll, describe, expect, it } from 'vitest';

// Nothing of ours is imported: this is tfjs as it comes.
type Insides = Record<string, never> & Record<string, unknown>;
const inside = (of: unknown) => of as Record<string, Insides & ((...given: unknown[]) => unknown)>;

beforeAll(async () => {
  await tf.setBackend('wasm');
});

const compiled = (optimizer: tf.Optimizer = tf.train.sgd(0.1)) => {
  const made = sequential({ layers: [layers.dense({ units: 2, inputShape: [3] })] });
  made.compile({ optimizer, loss: 'meanSquaredError' });
  return made;
};
const x = () => tf.ones([4, 3]);
const y = () => tf.ones([4, 2]);

describe('core/src/tfjs', () => {
  it('weight-budget: all layers make their weights by one method of their base class, by name and shape', () => {
    const { Dense, BatchNormalization, Sequential } = tf.serialization.SerializationMap.getMap().classNameMap;
    const base = Object.getPrototypeOf(Dense[0].prototype) as Record<string, (...given: never[]) => unknown>;
    expect(Object.hasOwn(base, 'addWeight')).toBe(true);
    expect(Object.getPrototypeOf(BatchNormalization[0].prototype)).toBe(base);
    const { addWeight } = base;
    const seen: unknown[] = [];
    base.addWeight = function (...given) {
      seen.push(given.slice(0, 2));
      return addWeight.apply(this, given);
    };
    try {
      const [cls, fromConfig] = Sequential as unknown as [unknown, (...given: unknown[]) => LayersModel];
      const made = fromConfig(cls, compiled().getConfig(), {}, true);
      expect(made.layers.length).toBe(1);
    } finally {
      base.addWeight = addWeight;
    }
    expect(seen.slice(-2)).toEqual([
      ['kernel', [3, 2]],
      ['bias', [2]],
    ]);
  });
});

describe('layers/src/tfjs', () => {
  it('training-model: fit and trainOnBatch of the inner model call makeTrainFunction; compile makes another inner model', async () => {
    const made = compiled();
    const trained = inside(made).model;
    let calls = 0;
    const stock = (trained as Insides).makeTrainFunction as () => unknown;
    Object.assign(trained, {
      makeTrainFunction: () => {
        calls++;
        return stock.call(trained);
      },
    });
    await made.fit(x(), y(), { verbose: 0 });
    await made.trainOnBatch(x(), y());
    expect(calls).toBe(2);
    made.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    expect(inside(made).model).not.toBe(trained);
  });

  it("callbacks: a callback of tfjs' own and CustomCallback share their base class, and a list is judged by its first", async () => {
    const Base = Object.getPrototypeOf(CustomCallback);
    expect(callbacks.earlyStopping()).toBeInstanceOf(Base);
    expect(Callback.prototype).toBeInstanceOf(Base);
    const mixed = [callbacks.earlyStopping({ monitor: 'loss' }), { onBatchEnd: () => {} }];
    await expect(compiled().fit(x(), y(), { verbose: 0, callbacks: mixed as never })).rejects.toThrow();
  });

  it('seeded-order: fitLoop takes the train function, the tensors, and whether to shuffle in the tenth place', async () => {
    const made = compiled();
    const trained = inside(made).model as Insides;
    const seen: unknown[][] = [];
    const stock = trained.fitLoop as (...given: unknown[]) => unknown;
    Object.assign(trained, {
      fitLoop: (...given: unknown[]) => {
        seen.push(given);
        return stock.apply(trained, given);
      },
    });
    await made.fit(x(), y(), { verbose: 0, shuffle: false, batchSize: 3, epochs: 2 });
    const [train, ins, , batchSize, epochs] = seen[0];
    expect(typeof train).toBe('function');
    expect((ins as tf.Tensor[])[0].shape).toEqual([4, 3]);
    expect([batchSize, epochs, seen[0][9]]).toEqual([3, 2, false]);
  });

  it('train-function: what a compiled model holds', () => {
    const trained = inside(compiled()).model as Insides;
    for (const field of ['lossFunctions', 'metricsTensors', 'collectedTrainableWeights', 'outputNames']) {
      expect(Array.isArray(trained[field])).toBe(true);
    }
    expect(trained.optimizer).toBeInstanceOf(tf.SGDOptimizer);
  });

  it('calls: symbolic tensors know their layer and node, nodes their inputs', () => {
    const first = input({ shape: [3] });
    const out = layers.dense({ units: 2 }).apply(first) as SymbolicTensor;
    const { sourceLayer, nodeIndex } = inside(out) as never as {
      sourceLayer: AllLayers.Layer;
      nodeIndex: number;
    };
    const node = sourceLayer.inboundNodes[nodeIndex] as unknown as Insides;
    expect((node.inputTensors as unknown[])[0]).toBe(first);
    expect((node.outputTensors as unknown[])[0]).toBe(out);
    const [weight] = inside(model({ inputs: first, outputs: out })).layersByDepth ? sourceLayer.weights : [];
    expect(weight.originalName).toContain('kernel');
  });

  it('metadata: what the user defined is a field that save reads', async () => {
    const made = compiled();
    Object.defineProperty(made, 'userDefinedMetadata', { configurable: true, get: () => ({ told: 1 }) });
    let saved: unknown;
    await made.save({
      save: async (artifacts) => {
        saved = artifacts.userDefinedMetadata;
        return { modelArtifactsInfo: {} as never };
      },
    });
    expect(saved).toEqual({ told: 1 });
  });
});

describe('optim/src/tfjs', () => {
  it('from-tfjs: what the optimizers hold', async () => {
    for (const optimizer of [tf.train.sgd(0.1), tf.train.momentum(0.1, 0.9), tf.train.adam(0.1)]) {
      const made = compiled(optimizer);
      await made.trainOnBatch(x(), y());
      const held = inside(optimizer) as Insides;
      expect(held.learningRate).toBe(0.1);
      expect(held.iterations).toBe(1);
      expect(typeof held.incrementIterations).toBe('function');
      expect(optimizer.applyGradients).toBe(Object.getPrototypeOf(optimizer).applyGradients);
    }
    const adam = tf.train.adam(0.1);
    await compiled(adam).trainOnBatch(x(), y());
    const held = inside(adam) as Insides;
    expect((held.accBeta1 as tf.Variable).dataSync()[0]).toBeCloseTo(0.9 ** 2, 5);
    for (const slots of ['accumulatedFirstMoment', 'accumulatedSecondMoment']) {
      expect((held[slots] as { variable: tf.Variable }[])[0].variable.shape).toEqual([3, 2]);
    }
  });
});

describe('wasm-training/src/tfjs and backend/src/tfjs', () => {
  it('backend: data have a number, an address and a count; malloc is a method; the memory can be had', () => {
    const backend = inside(tf.backend()) as Insides;
    const tensor = tf.ones([3]);
    const data = (backend.dataIdMap as Map<object, Insides>).get(tensor.dataId) as Insides;
    for (const field of ['id', 'memoryOffset', 'refCount']) expect(typeof data[field]).toBe('number');
    const wasm = backend.wasm as Insides;
    expect((wasm.asm as { memory: unknown }).memory).toBeInstanceOf(WebAssembly.Memory);
    expect(Object.getOwnPropertyDescriptor(wasm, '_malloc')?.writable).toBe(true);
    for (const name of ['registerTensor', 'disposeData', 'getThreadsCount']) {
      expect(typeof (wasm.tfjs as Insides)[name]).toBe('function');
    }
  });

  it('backend: data leave the table by disposeData alone, when they are freed and when another backend takes them', async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    const backend = tf.backend() as unknown as {
      dataIdMap: { data: WeakMap<object, unknown> };
      disposeData?: (dataId: object, force?: boolean) => boolean;
    };
    const { dataIdMap, disposeData } = backend;
    const gone: object[] = [];
    backend.disposeData = (dataId, force) => {
      const isGone = disposeData?.call(backend, dataId, force) as boolean;
      if (isGone) gone.push(dataId);
      return isGone;
    };
    try {
      const [freed, moved, shared] = [x(), x(), x()];
      const { dataId } = freed;
      const other = tf.reshape(shared, [12]);
      freed.dispose();
      shared.dispose();
      expect(gone).toEqual([dataId]);
      await tf.setBackend('cpu');
      tf.add(moved, 1);
      await tf.setBackend('wasm');
      expect(gone).toEqual([dataId, moved.dataId]);
      for (const each of gone) expect(dataIdMap.data.has(each)).toBe(false);
      expect(dataIdMap.data.has(other.dataId)).toBe(true);
    } finally {
      Reflect.deleteProperty(backend, 'disposeData');
    }
  });

  it('watch: kernels run through runKernel of the engine, and make their results through write of the backend', () => {
    const engine = inside(tf.engine()) as Insides;
    const backend = inside(tf.backend()) as Insides;
    const seen: string[] = [];
    const [run, write] = [engine.runKernel, backend.write] as ((...given: unknown[]) => unknown)[];
    Object.assign(engine, {
      runKernel: (...given: unknown[]) => {
        seen.push('run');
        return run.apply(engine, given);
      },
    });
    Object.assign(backend, {
      write: (...given: unknown[]) => {
        seen.push('write');
        return write.apply(backend, given);
      },
    });
    tf.exp(tf.scalar(1));
    Reflect.deleteProperty(engine, 'runKernel');
    Reflect.deleteProperty(backend, 'write');
    expect(seen).toEqual(['write', 'run', 'write']);
  });

  it('frozen-normalization: classes are registered by name, and a model calls its layers by `call`', () => {
    const { SerializationMap } = tf.serialization;
    for (const name of ['BatchNormalization', 'Sequential', 'Functional', 'Model']) {
      const made = SerializationMap.getMap().classNameMap[name]?.[0] as unknown as { prototype: Insides };
      expect(typeof made.prototype.call).toBe('function');
    }
  });

  it('pullback: the tape has what each operation saved and its gradient', () => {
    const engine = inside(tf.engine()) as Insides;
    const state = engine.state as { activeTape: Insides[] | null };
    (engine.startTape as () => void)();
    const a = tf.variable(tf.scalar(2));
    tf.square(a);
    const [node] = state.activeTape as Insides[];
    (engine.endTape as () => void)();
    state.activeTape = null;
    expect(typeof node.gradient).toBe('function');
    expect(node.inputs).toEqual({ x: a });
  });
});
