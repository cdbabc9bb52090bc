import {
  createRng,
  FeedalignError,
  type FeedbackRule,
  type Network,
  type Optimizer,
  type TensorTree,
} from '@feedalign/core';
import { type Batch, batches, type Examples } from '@feedalign/datasets';
import type { LossFunction, LossName, Reduction } from '@feedalign/losses';
import { type Alignment, readAlignment } from '@feedalign/metrics';
import { sgd } from '@feedalign/optim';
import { DivergedError } from '@feedalign/step';
import { bestWeights } from './best-weights.js';
import { breather } from './breathe.js';
import { evaluate } from './evaluate.js';
import type { TrainEvent } from './events.js';
import { firstBroken } from './first-broken.js';
import { checkData, startRun } from './run.js';
import { stopwatch, tally } from './tally.js';

export interface TrainData {
  readonly train: Examples;
  /** Looked at after each epoch. */
  readonly validation?: Examples;
}

export interface TrainOptions {
  /** Default `sgd({ learningRate: 0.05 })`. */
  readonly optimizer?: Optimizer;
  /** Default 'categoricalCrossentropy'. */
  readonly loss?: LossName | LossFunction;
  /** 'mean' (default) or 'sum' over a batch: under 'sum' a learning rate counts a batch's size times more. */
  readonly reduction?: Reduction;
  /** Default 5. */
  readonly epochs?: number;
  /** Default 64. */
  readonly batchSize?: number;
  /** Of the feedback, the order of the examples and dropout's masks. Default 0. */
  readonly seed?: number;
  /** Measure alignment at each step that is reported. Default false. */
  readonly alignment?: boolean;
  /**
   * End after so many epochs in a row without a lower validation loss, and in any case with the weights of the epoch that
   * had the lowest. Default: all epochs, and the last weights.
   */
  readonly patience?: number;
  /** Steps from one step event to the next, or which steps have one, counted from 1. Default 50. */
  readonly reportEvery?: number | ((step: number) => boolean);
  /** Ends the run after the step that is under way, as an error. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a network by a rule, and tells about it: an async generator of events, without a console or a file.
 * The network's variables, and so its model's, are changed in place; whatever the run allocates is freed when it
 * ends, also when the loop over it is left early.
 *
 * Each step: forward once, the rule's signal for each unit, the layers' gradients, the optimizer, the rule's own
 * learning.
 *
 * @example
 * ```ts
 * const network = trace(mlp([112, 16], { inputShape: [28, 28, 1], classes: 10 }));
 * for await (const event of train(network, feedbackAlignment(), { train: mnist.train }, { epochs: 3 })) {
 *   if (event.type === 'epoch') console.log(event.epoch, event.trainAccuracy);
 * }
 * ```
 * @throws DivergedError when the loss is no longer finite: it names the epoch, the step, the layer and, where the data have it, the row
 * @throws FeedalignError `invalid-option`, `shape-mismatch`, `unknown-name` for options and data that do not fit
 */
export async function* train<S extends TensorTree>(
  network: Network,
  rule: FeedbackRule<S>,
  data: TrainData,
  options: TrainOptions = {},
): AsyncGenerator<TrainEvent, void, void> {
  const {
    epochs = 5,
    batchSize = 64,
    seed = 0,
    reportEvery = 50,
    alignment: aligned = false,
    patience,
    signal,
  } = options;
  const {
    optimizer = sgd({ learningRate: 0.05 }),
    loss = 'categoricalCrossentropy',
    reduction = 'mean',
  } = options;
  requirePositive({ epochs, batchSize, 'The number of training examples': data.train.count });
  if (typeof reportEvery === 'number') requirePositive({ reportEvery });
  if (patience !== undefined) requirePatience(patience, data);
  const rng = createRng(seed);
  const examples = data.train.count;
  const stepsPerEpoch = Math.ceil(examples / batchSize);
  const isDue = typeof reportEvery === 'function' ? reportEvery : everySoMany(reportEvery, stepsPerEpoch);
  const clock = stopwatch();
  const breathe = breather();
  let step = 0;
  let seen = 0;
  const pace = () => ({ seconds: clock.seconds(), examplesPerSecond: seen / clock.seconds() });
  for (const each of [data.train, ...(data.validation ? [data.validation] : [])]) checkData(network, each);
  const run = startRun(network, rule, { optimizer, loss, reduction, rng });
  const best = patience === undefined ? undefined : bestWeights(network);

  try {
    const { parameters } = run;
    yield { type: 'start', rule: rule.name, epochs, stepsPerEpoch, batchSize, examples, parameters };
    let epoch = 0;
    while (epoch < epochs && (best?.epochsSince() ?? 0) < (patience ?? 1)) {
      epoch++;
      const wholeEpoch = tally();
      let sinceReport = tally();
      let alignment: Alignment | undefined;
      const order = batches(data.train, { batchSize, rng: rng.stream('order').stream(epoch) });
      for (const [batch, given, next] of prepared(order, run.prepare)) {
        await breathe();
        signal?.throwIfAborted();
        const isLast = ++step % stepsPerEpoch === 0;
        const reported = step === 1 || isLast || isDue(step);
        clock.start();
        const taken = run.step(batch, given, { epoch, step, measure: aligned && reported });
        // While the step's numbers are on their way.
        next();
        const result = await taken();
        clock.stop();
        seen += batch.count;
        for (const each of [wholeEpoch, sinceReport]) each.add(result, batch.count);
        if (!reported) continue;
        alignment = result.measured && (await readAlignment(result.measured));
        const { accuracy } = sinceReport.means();
        sinceReport = tally();
        const { examplesPerSecond } = pace();
        yield {
          type: 'step',
          epoch,
          step,
          loss: result.loss,
          accuracy,
          examplesPerSecond,
          ...(alignment && { alignment }),
        };
      }
      // The loss is read before an update; what the last one did is looked at here.
      const broken = await firstBroken(network);
      if (broken !== undefined)
        throw new DivergedError({ rule: rule.name, loss: Number.NaN, epoch, step, layer: broken });
      const validation = data.validation && (await evaluate(network, data.validation, { loss }));
      if (validation) best?.look(epoch, validation.loss);
      const { loss: trainLoss, accuracy: trainAccuracy } = wholeEpoch.means();
      yield {
        type: 'epoch',
        epoch,
        step,
        trainLoss,
        trainAccuracy,
        ...(validation && { validationLoss: validation.loss, validationAccuracy: validation.accuracy }),
        ...pace(),
        ...(alignment && { alignment }),
      };
    }
    best?.restore();
    yield { type: 'end', epochs: epoch, steps: step, ...pace(), ...(best && { bestEpoch: best.epoch() }) };
  } finally {
    best?.dispose();
    run.dispose();
  }
}

/**
 * Each batch with its tensors, and a function that prepares those of the next one, without which there is none: they may
 * be the same tensors, filled anew.
 */
function* prepared<T>(
  batches: Iterable<Batch>,
  prepare: (batch: Batch) => T,
): Generator<readonly [batch: Batch, tensors: T, next: () => void]> {
  const iterator = batches[Symbol.iterator]();
  type Made = readonly [batch: Batch, tensors: T];
  const advance = (): Made | undefined => {
    const { value, done } = iterator.next();
    return done ? undefined : [value, prepare(value)];
  };
  for (let current = advance(); current; ) {
    const following: { made?: Made } = {};
    yield [
      ...current,
      () => {
        following.made = advance();
      },
    ];
    current = following.made;
  }
}

/** Every so many steps of an epoch; but not right before its last one, which is reported anyway. */
const everySoMany = (every: number, stepsPerEpoch: number) => (step: number) => {
  const done = ((step - 1) % stepsPerEpoch) + 1;
  return done % every === 0 && stepsPerEpoch - done >= every / 2;
};

function requirePositive(counts: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(counts)) {
    if (Number.isSafeInteger(value) && value > 0) continue;
    throw new FeedalignError('invalid-option', `${name} is ${value}.`, 'Give a whole number of at least 1.');
  }
}

function requirePatience(patience: number, { validation }: TrainData): void {
  requirePositive({ patience });
  if (validation) return;
  throw new FeedalignError(
    'invalid-option',
    `patience is ${patience}, but there is no validation data whose loss it could wait for.`,
    'Give validation data, or leave patience out.',
  );
}
