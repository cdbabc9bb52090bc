import {
  checkState,
  createRng,
  disposeTree,
  FeedalignError,
  type FeedbackRule,
  heldTree,
  type Network,
  type Pass,
  type Rng,
  type TensorTree,
} from '@feedalign/core';
import {
  DivergedError,
  type Divergence,
  firstLayerNotFinite,
  firstRowNotFinite,
  startSteps,
} from '@feedalign/step';
import { dispose, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { decodedTree } from './saved-state.js';
import { fitting, type Watched } from './tfjs/fitting.js';
import { type Progress, readMetadata, writeMetadata } from './tfjs/metadata.js';
import { inSeededOrder } from './tfjs/seeded-order.js';
import { type Compiled, type TrainFunction, trainFunction } from './tfjs/train-function.js';
import { onTrainingModel, override, type Trained } from './tfjs/training-model.js';
import { type TraceOptions, trace } from './trace.js';

export interface ConvertOptions extends TraceOptions {
  /** Seed of the feedback, of dropout's masks, and of the order in which `fit` takes the examples. Default 0. */
  readonly seed?: number;
  /** Whether `fit` shuffles by the seed ('seeded', default), or as tfjs does, each time otherwise ('tfjs'). */
  readonly shuffle?: 'seeded' | 'tfjs';
}

/** A converted model: what trains, and the way back. */
export interface Converted<S extends TensorTree = TensorTree> {
  readonly model: LayersModel;
  readonly network: Network;
  readonly rule: FeedbackRule<S>;
  /** The rule's feedback as it is now. */
  readonly state: S;
  /** Training steps taken since the conversion, those before a `restore` included. */
  readonly steps: number;
  /** Calls `see` in each training step, after the signals and before the update; returns how to stop it. */
  observe(see: (pass: Pass<S>) => void): () => void;
  /** What an engine repeats of a training step, as a program for people to read, or why it is computed each time. */
  explained(): string[];
  /** Gives the model back as it was before, its weights as they are now, and frees the feedback. */
  revert(): void;
}

const converted = new WeakSet<LayersModel>();

/**
 * Makes a model learn by a rule other than backpropagation. It is changed in place, and only in how it trains:
 * `fit`, `fitDataset`, `trainOnBatch`, callbacks, validation, `evaluate`, `predict`, `summary` and `save` stay
 * tfjs's own. What it saves is a plain tfjs model, which loads without this library; `restore` goes on from there.
 *
 * `compile` may come before or after. Under a closed-form loss (see `losses`) the error is exact also where tfjs
 * clips the predictions.
 *
 * @example
 * ```ts
 * const model = await loadLayersModel('model.json');
 * model.compile({ optimizer: 'adam', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
 * const handle = convert(model, directFeedbackAlignment());
 * await model.fit(images, labels, { epochs: 5, validationSplit: 0.1 });
 * handle.revert();
 * ```
 * @throws FeedalignError `unsupported-layer`, `unsupported-model` as `trace` does, with the model untouched
 * @throws FeedalignError `unsupported-model` for a model that is converted already
 */
export function convert<S extends TensorTree>(
  model: LayersModel,
  rule: FeedbackRule<S>,
  options: ConvertOptions = {},
): Converted<S> {
  return begin(model, rule, { seed: options.seed ?? 0, steps: 0, epochs: 0 }, options);
}

/** The rules that `restore` can make again, by name; `rules` of `@feedalign/rules` is such a table. */
export type RuleTable = Readonly<Record<string, { make(options?: Record<string, unknown>): FeedbackRule }>>;

/**
 * Converts a loaded model again as it was when it was saved: the same rule, feedback and place in the random
 * numbers, so that training goes on bit for bit. Feedback is drawn again from the seed, or comes with the model where it
 * has learned or was given. The optimizer's own memory travels with tfjs' `includeOptimizer`.
 *
 * @example
 * ```ts
 * const model = await loadLayersModel('file://saved/model.json');
 * model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy' });
 * const handle = restore(model, { ...rules, ...combinators });
 * ```
 * @throws FeedalignError `unsupported-model` when the model carries no note of a conversion
 * @throws FeedalignError `unknown-name` when its rule is not in the table
 */
export function restore(
  model: LayersModel,
  rules: RuleTable,
  options: Omit<ConvertOptions, 'seed'> = {},
): Converted {
  const note = readMetadata(model);
  if (!Object.hasOwn(rules, note.rule)) {
    throw new FeedalignError(
      'unknown-name',
      `The model was trained by the rule '${note.rule}', which is not in the table.`,
      `The table has ${Object.keys(rules).join(', ')}.`,
    );
  }
  const { seed, steps, epochs = 0, state } = note;
  const rule = rules[note.rule].make(note.options);
  return begin(model, rule, { seed, steps, epochs }, options, (restored, network) => {
    const found = state === undefined ? undefined : heldTree(() => decodedTree<TensorTree>(state));
    try {
      checkState(restored, network, found);
    } catch (error) {
      if (found !== undefined) disposeTree(found);
      throw error;
    }
    return found;
  });
}

function begin<S extends TensorTree>(
  model: LayersModel,
  rule: FeedbackRule<S>,
  progress: Progress,
  options: Omit<ConvertOptions, 'seed'>,
  /** The rule's state as it was saved; undefined where it is drawn again. */
  saved: (rule: FeedbackRule<S>, network: Network) => S | undefined = () => undefined,
): Converted<S> {
  if (converted.has(model)) {
    throw new FeedalignError(
      'unsupported-model',
      `The model '${model.name}' is converted already.`,
      'Call revert() on the handle of that conversion first.',
    );
  }
  const rng = createRng(progress.seed);
  const network = trace(model, options);
  const outputs = [...model.outputs];
  const observers = new Set<(pass: Pass<S>) => void>();
  const steps = startSteps(network, rule, { rng, state: saved(rule, network), count: progress.steps });
  const note = {
    seed: progress.seed,
    epochs: progress.epochs,
    get steps() {
      return steps.count;
    },
  };
  const restoreMetadata = writeMetadata(model, rule, note, () => steps.state);

  const refuseStrangers = () => {
    if (model.outputs.every((output, i) => output === outputs[i])) return;
    throw new FeedalignError(
      'unsupported-model',
      `The model '${model.name}' got other layers after it was converted.`,
      'Call revert() on its handle and convert it again.',
    );
  };
  // It is another one after another `compile`, and for another optimizer.
  let made: TrainFunction | undefined;
  const trainFunctionOf = (trained: Trained) => {
    refuseStrangers();
    if (!made?.isCurrent()) {
      made?.stepper.dispose();
      made = trainFunction(steps, trained as unknown as Compiled, observers);
    }
    return made;
  };
  const isReverted = () => !converted.has(model);
  const fits = fitting(
    model,
    () => steps.count,
    async (loss, watched) => {
      const found = await whereNotFinite(network, watched, rng.stream('step').stream(watched.step - 1));
      return new DivergedError({ rule: rule.name, loss, step: watched.step, ...found });
    },
  );
  const release = [
    onTrainingModel(model, {
      // Whoever holds the function while the model is given back goes on with tfjs' own.
      makeTrainFunction: (trained, stock) => () => {
        trainFunctionOf(trained);
        return (data, rows) =>
          isReverted()
            ? stock()(data)
            : fits.step(data as Tensor[], rows, (each) => trainFunctionOf(trained)(each));
      },
      fitLoop: (_trained, stock) =>
        options.shuffle === 'tfjs'
          ? stock
          : inSeededOrder(stock, () => rng.stream('order').stream(++note.epochs)),
    }),
    override(model, 'save', savedWithoutLeak(model)),
    override(model, 'dispose', (stock) => () => {
      const result = stock();
      if (result.refCountAfterDispose === 0) free();
      return result;
    }),
    fits.release,
    restoreMetadata,
  ];
  const free = () => {
    if (!converted.delete(model)) return;
    for (const each of release) each();
    made?.stepper.dispose();
    steps.dispose();
  };
  converted.add(model);
  return {
    model,
    network,
    rule,
    get state() {
      return steps.state;
    },
    get steps() {
      return steps.count;
    },
    observe: (see) => {
      observers.add(see);
      return () => observers.delete(see);
    },
    explained: () => made?.stepper.explained() ?? [],
    revert: free,
  };
}

/** Where the numbers of a step ceased to be finite: in which layer, and in which row where the data have it. */
async function whereNotFinite(
  network: Network,
  { data, rows }: Watched,
  rng: Rng,
): Promise<Pick<Divergence, 'layer' | 'row'>> {
  const inputs = network.inputs.length;
  const layer = await firstLayerNotFinite(network, data.slice(0, inputs), rng);
  for (const [i, tensor] of data.entries()) {
    const place = tensor ? await firstRowNotFinite(tensor) : undefined;
    if (place === undefined) continue;
    const part = i < inputs ? 'inputs' : i < inputs + network.outputs.length ? 'targets' : 'sample weights';
    return {
      layer,
      row: rows ? { row: rows[place], within: 'data', part } : { row: place, within: 'batch', part },
    };
  }
  return { layer };
}

/** tfjs' optimizers make a tensor of the number of their steps each time they are saved, and leave it. */
const savedWithoutLeak =
  (model: LayersModel) =>
  (stock: LayersModel['save']): LayersModel['save'] =>
  async (...given) => {
    const { optimizer } = model;
    const counts: Tensor[] = [];
    const undo =
      optimizer &&
      override(optimizer, 'getWeights', (weights) => async () => {
        const all = await weights();
        counts.push(...all.filter(({ name }) => name === 'iter').map(({ tensor }) => tensor));
        return all;
      });
    try {
      return await stock(...given);
    } finally {
      undo?.();
      dispose(counts);
    }
  };
