import { type FeedbackRule, forward } from '@feedalign/core';
import { batches, toTensors } from '@feedalign/datasets';
import { trace } from '@feedalign/layers';
import { clipByGlobalNorm, sgd } from '@feedalign/optim';
import { fa } from '@feedalign/rules';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential } from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { DivergedError, evaluate, type TrainOptions, train } from '../src/index.js';
import {
  clouds,
  collected,
  network,
  ofType,
  on,
  ruleNamed,
  ruleNames,
  trained,
  weightsOf,
} from './support.js';

on('cpu');
afterEach(() => {
  vi.restoreAllMocks();
});

describe('events', () => {
  it('come in order: start, steps and the epoch of each epoch, end', async () => {
    const { events } = await trained({ epochs: 2, batchSize: 4, reportEvery: 3 });
    // Thirty examples in batches of four: eight steps an epoch.
    expect(events.map((event) => ('step' in event ? `${event.type} ${event.step}` : event.type))).toEqual([
      'start',
      ...['step 1', 'step 3', 'step 6', 'step 8', 'epoch 8'],
      ...['step 11', 'step 14', 'step 16', 'epoch 16'],
      'end',
    ]);
    const { events: chosen } = await trained({
      epochs: 2,
      batchSize: 4,
      reportEvery: (step) => step === 2 || step === 10,
    });
    const steps = chosen.flatMap((event) => (event.type === 'step' ? [event.step] : []));
    expect(steps).toEqual([1, 2, 8, 10, 16]);
    expect(events[0]).toEqual({
      type: 'start',
      rule: 'dfa',
      epochs: 2,
      stepsPerEpoch: 8,
      batchSize: 4,
      examples: 30,
      parameters: 4 * 6 + 6 + 6 * 5 + 5 + 5 * 3 + 3,
    });
    expect(events[events.length - 1]).toMatchObject({ type: 'end', epochs: 2, steps: 16 });
    expect(ofType(events, 'epoch').map(({ epoch }) => epoch)).toEqual([1, 2]);
    expect(ofType(events, 'step').map(({ epoch }) => epoch)).toEqual([1, 1, 1, 1, 2, 2, 2]);
  });

  it('tell finite losses, shares and paces, and no more than was asked for', async () => {
    const { events } = await trained({ epochs: 1, batchSize: 4 });
    for (const event of events) {
      expect(Object.values(event).every((value) => typeof value === 'string' || Number.isFinite(value))).toBe(
        true,
      );
      expect(event).not.toHaveProperty('alignment');
    }
    const [step] = ofType(events, 'step');
    expect(Object.keys(step).sort()).toEqual([
      'accuracy',
      'epoch',
      'examplesPerSecond',
      'loss',
      'step',
      'type',
    ]);
    expect(ofType(events, 'end')[0].examplesPerSecond).toBeGreaterThan(0);
  });

  it('tell means over the epoch’s examples, each before its update', async () => {
    const data = clouds();
    const still = { optimizer: sgd({ learningRate: 0 }), epochs: 1, batchSize: 8, reportEvery: 1 };
    const { events, network: trainee } = await trained(still, 'bp', data);
    const expected = await evaluate(trainee, data.train);
    const [epoch] = ofType(events, 'epoch');
    expect(epoch.trainLoss).toBeCloseTo(expected.loss, 5);
    expect(epoch.trainAccuracy).toBeCloseTo(expected.accuracy, 10);
    const sizes = [8, 8, 8, 6];
    const mean = ofType(events, 'step').reduce((sum, { loss }, i) => sum + (loss * sizes[i]) / 30, 0);
    expect(epoch.trainLoss).toBeCloseTo(mean, 10);
  });

  it('count a step’s accuracy over all steps since the last one told', async () => {
    const still = { optimizer: sgd({ learningRate: 0 }), epochs: 1, batchSize: 5 };
    const each = ofType((await trained({ ...still, reportEvery: 1 })).events, 'step');
    const some = ofType((await trained({ ...still, reportEvery: 3 })).events, 'step');
    const mean = (from: number, to: number) =>
      each.slice(from, to).reduce((sum, { accuracy }) => sum + accuracy, 0) / (to - from);
    expect(some.map(({ step }) => step)).toEqual([1, 3, 6]);
    [mean(0, 1), mean(1, 3), mean(3, 6)].forEach((expected, i) => {
      expect(some[i].accuracy).toBeCloseTo(expected, 10);
    });
  });
});

describe('validation', () => {
  it('is evaluated after each epoch, and is not learnt from', async () => {
    const data = clouds();
    const options = { epochs: 2, batchSize: 8 };
    const { events, network: trainee, weights } = await trained(options, 'bp', data);
    const [first, last] = ofType(events, 'epoch');
    const expected = await evaluate(trainee, data.validation);
    expect(last.validationLoss).toBeCloseTo(expected.loss, 6);
    expect(last.validationAccuracy).toBeCloseTo(expected.accuracy, 10);
    expect(first.validationLoss).not.toBe(last.validationLoss);
    const without = await trained(options, 'bp', { train: data.train } as ReturnType<typeof clouds>);
    expect(without.weights).toEqual(weights);
    expect(ofType(without.events, 'epoch')[0]).not.toHaveProperty('validationLoss');
  });
});

describe('alignment', () => {
  it('is told at each step told and with the epoch, and changes nothing of what is learnt', async () => {
    const options = { epochs: 2, batchSize: 8, reportEvery: 2 };
    const before = tf.memory().numTensors;
    const plain = await trained(options);
    const measured = await trained({ ...options, alignment: true });
    expect(measured.weights).toEqual(plain.weights);
    const steps = ofType(measured.events, 'step');
    for (const { alignment } of steps) expect(alignment?.units).toHaveLength(3);
    for (const { epoch, alignment } of ofType(measured.events, 'epoch')) {
      expect(alignment).toEqual(steps.filter((step) => step.epoch === epoch).pop()?.alignment);
    }
    // Two networks of six variables each are left, and nothing of the runs.
    expect(tf.memory().numTensors).toBe(before + 12);
  });
});

describe('seeds', () => {
  it.each(ruleNames)('%s: the same seed gives the same bits, another others', async (rule) => {
    const run = async (seed: number) => (await trained({ epochs: 2, batchSize: 8, seed }, rule)).weights;
    const first = await run(1);
    expect(await run(1)).toEqual(first);
    expect(await run(2)).not.toEqual(first);
  });

  it('decide the feedback, the order and dropout’s masks', async () => {
    const data = clouds(4);
    const dropping = async (seed: number) => {
      const model = sequential({
        layers: [
          layers.dense({ units: 8, inputShape: [4], kernelInitializer: 'ones' }),
          layers.dropout({ rate: 0.5 }),
          layers.dense({ units: 3, activation: 'softmax', kernelInitializer: 'zeros' }),
        ],
      });
      const trainee = trace(model);
      // One batch: no order to speak of, and bp has no feedback; the masks alone are left.
      await collected(train(trainee, ruleNamed('bp'), data, { epochs: 3, batchSize: 12, seed }));
      return weightsOf(trainee);
    };
    const first = await dropping(1);
    expect(await dropping(1)).toEqual(first);
    expect(await dropping(2)).not.toEqual(first);
    const whole = async (seed: number) => (await trained({ epochs: 2, batchSize: 30, seed }, 'fa')).weights;
    expect(await whole(1)).not.toEqual(await whole(2));
  });
});

describe('what a run allocates is freed', () => {
  const options: TrainOptions = { epochs: 2, batchSize: 4, alignment: true, reportEvery: 2 };

  it.each([
    ['at the start', 1],
    ['at the first step', 2],
    ['in the middle of an epoch', 4],
    ['after an epoch', 7],
  ])('when the loop over it is left %s', async (_when, events) => {
    const trainee = network();
    const before = tf.memory().numTensors;
    let seen = 0;
    for await (const _ of train(trainee, ruleNamed('fa'), clouds(), options)) if (++seen === events) break;
    expect(seen).toBe(events);
    expect(tf.memory().numTensors).toBe(before);
  });

  it.each(ruleNames)('when it is over: %s, with momentum and validation', async (rule) => {
    const trainee = network();
    const before = [tf.memory().numTensors, tf.memory().numDataBuffers];
    const optimizer = clipByGlobalNorm(1)(sgd({ learningRate: 0.1, momentum: 0.9 }));
    await collected(train(trainee, ruleNamed(rule), clouds(), { ...options, optimizer }));
    expect([tf.memory().numTensors, tf.memory().numDataBuffers]).toEqual(before);
  });

  it('when the loop’s body throws', async () => {
    const trainee = network();
    const before = tf.memory().numTensors;
    const run = async () => {
      for await (const event of train(trainee, ruleNamed('fa'), clouds(), options)) {
        if (event.type === 'step') throw new Error('enough');
      }
    };
    await expect(run()).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('also what a rule learns, where its next state shares tensors with the last', async () => {
    const trainee = network();
    const inner = fa() as FeedbackRule<Record<string, tf.Tensor>>;
    const growing: typeof inner = {
      ...inner,
      learn: ({ state }) => {
        const [name] = Object.keys(state);
        return { ...state, [name]: tf.mul(state[name], 1.01) };
      },
    };
    const before = tf.memory().numTensors;
    await collected(train(trainee, growing, clouds(), options));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('an AbortSignal', () => {
  it('ends the run after the step under way, with its reason', async () => {
    const trainee = network();
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const reason = new Error('stopped by hand');
    const steps: number[] = [];
    const run = async () => {
      const options = { batchSize: 4, reportEvery: 1, signal: controller.signal };
      for await (const event of train(trainee, ruleNamed('fa'), clouds(), options)) {
        if (event.type !== 'step') continue;
        steps.push(event.step);
        if (event.step === 3) controller.abort(reason);
      }
    };
    await expect(run()).rejects.toBe(reason);
    expect(steps).toEqual([1, 2, 3]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('that came before the run lets no step happen', async () => {
    const trainee = network();
    const before = weightsOf(trainee);
    const run = collected(train(trainee, ruleNamed('bp'), clouds(), { signal: AbortSignal.abort() }));
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    expect(weightsOf(trainee)).toEqual(before);
  });
});

describe('divergence', () => {
  const caught = async (options: TrainOptions, data = clouds(), trainee = network()) => {
    const before = tf.memory().numTensors;
    const error = await collected(train(trainee, ruleNamed('bp'), data, options)).catch((thrown) => thrown);
    expect(tf.memory().numTensors).toBe(before);
    expect(error).toBeInstanceOf(DivergedError);
    return { error: error as DivergedError, trainee };
  };

  it('names rule, epoch, step, and the first layer that is not finite', async () => {
    const data = clouds();
    const optimizer = sgd({ learningRate: 1e38 });
    const { error, trainee } = await caught({ optimizer, batchSize: 30 }, data);
    expect(error).toMatchObject({ name: 'DivergedError', code: 'not-finite', rule: 'bp' });
    expect(error.step).toBe(error.epoch);
    expect(error.step).toBeGreaterThan(1);
    expect(Number.isFinite(error.loss)).toBe(false);
    for (const part of [`'bp'`, `epoch ${error.epoch}`, `step ${error.step}`, `'${error.layer}'`]) {
      expect(error.message).toContain(part);
    }
    // Either the layer puts out such numbers, or its weights hold them (a ReLU turns −∞ into 0).
    const [batch] = batches(data.train, { batchSize: 30 });
    tf.tidy(() => {
      const { records } = forward(trainee, [toTensors(batch).inputs]);
      const finite = (tensor: tf.Tensor) => tensor.dataSync().every(Number.isFinite);
      const broken = trainee.nodes.filter(
        ({ id, operation }) =>
          !finite(records[id].output) || !operation.parameters.every(({ variable }) => finite(variable)),
      );
      // A loss may overflow although every layer is finite: then it is the output's.
      expect(error.layer).toBe((broken[0] ?? trainee.outputs[0].node).name);
    });
  });

  it('in the data names the input, and nothing is learnt from it', async () => {
    const data = clouds();
    const inputs = Float32Array.from(data.train.inputs);
    inputs[17] = Number.NaN;
    const trainee = network();
    const before = weightsOf(trainee);
    const { error } = await caught({ batchSize: 30 }, { ...data, train: { ...data.train, inputs } }, trainee);
    expect(error).toMatchObject({ epoch: 1, step: 1, layer: trainee.inputs[0].name });
    const row = Math.floor(17 / (inputs.length / data.train.count));
    expect(error.row).toEqual({ row, within: 'data', part: 'inputs' });
    expect(error.message).toContain(`the inputs in row ${row} of the data are not finite. Mend that row`);
    expect(weightsOf(trainee)).toEqual(before);
  });

  it('counts steps over epochs', async () => {
    // The learning rate is harmless for an epoch of four steps, and absurd then.
    const optimizer = sgd({ learningRate: (step) => (step < 5 ? 0.01 : 1e38) });
    const { error } = await caught({ optimizer, batchSize: 8 });
    expect(error.step).toBeGreaterThan(6);
    expect(error.epoch).toBe(Math.ceil(error.step / 4));
  });
});

describe('the reduction', () => {
  it('sum with η/N learns what mean with η does, and tells the same losses', async () => {
    // Thirty examples in batches of ten: no batch is smaller than another.
    const options = { epochs: 3, batchSize: 10, reportEvery: 1 };
    const mean = await trained({ ...options, optimizer: sgd({ learningRate: 0.5 }) });
    const sum = await trained({ ...options, optimizer: sgd({ learningRate: 0.05 }), reduction: 'sum' });
    mean.weights.forEach((values, i) => {
      values.forEach((value, j) => void expect(sum.weights[i][j]).toBeCloseTo(value, 4));
    });
    const losses = (events: typeof mean.events) => ofType(events, 'step').map(({ loss }) => loss);
    losses(mean.events).forEach((loss, i) => void expect(losses(sum.events)[i]).toBeCloseTo(loss, 4));
    const unscaled = await trained({ ...options, optimizer: sgd({ learningRate: 0.5 }), reduction: 'sum' });
    expect(Math.abs(unscaled.weights[0][0] - mean.weights[0][0])).toBeGreaterThan(1e-3);
  });
});

describe('the event loop', () => {
  it('turns while a run goes on, though every promise of it is resolved already', async () => {
    // A clock on which each look takes longer than the run may hold the loop.
    let now = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 100;
      return now;
    });
    let timers = 0;
    let turns = 0;
    const timer = setInterval(() => {
      timers++;
    }, 0);
    let running = true;
    const turn = () => {
      turns++;
      if (running) setImmediate(turn);
    };
    setImmediate(turn);
    const { events } = await trained({ epochs: 20, batchSize: 4 });
    running = false;
    clearInterval(timer);
    const [{ steps }] = ofType(events, 'end');
    expect(turns).toBeGreaterThanOrEqual(steps);
    expect(timers).toBeGreaterThan(0);
  });
});

describe('options', () => {
  it.each([
    { epochs: 0 },
    { epochs: 1.5 },
    { batchSize: 0 },
    { batchSize: -8 },
    { reportEvery: Number.NaN },
    { seed: -1 },
  ])('%j is refused before anything is allocated', async (options) => {
    const trainee = network();
    const before = tf.memory().numTensors;
    await expect(collected(train(trainee, ruleNamed('fa'), clouds(), options))).rejects.toMatchObject({
      name: 'FeedalignError',
      code: 'invalid-option',
    });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('an unknown loss and data of another shape are refused, and nothing is left behind', async () => {
    const trainee = network();
    const before = tf.memory().numTensors;
    const run = (data: ReturnType<typeof clouds>, options: TrainOptions) =>
      collected(train(trainee, ruleNamed('fa'), data, options));
    await expect(run(clouds(), { loss: 'hinge' as never })).rejects.toMatchObject({ code: 'unknown-name' });
    const data = clouds();
    const wide = { ...data.train, inputShape: [8], count: 15 };
    await expect(run({ ...data, train: wide }, {})).rejects.toMatchObject({ code: 'shape-mismatch' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('only what may learn learns', async () => {
    const model = sequential({
      layers: [
        layers.dense({ units: 6, inputShape: [4], trainable: false }),
        layers.dense({ units: 3, activation: 'softmax' }),
      ],
    });
    const trainee = trace(model);
    const before = weightsOf(trainee);
    const events = await collected(train(trainee, ruleNamed('bp'), clouds(), { epochs: 1 }));
    const after = weightsOf(trainee);
    expect(after.slice(0, 2)).toEqual(before.slice(0, 2));
    expect(after[2]).not.toEqual(before[2]);
    expect(events[0]).toMatchObject({ parameters: 6 * 3 + 3 });
  });
});
