import { join } from 'node:path';
import { type BackendInUse, type BackendName, useBackend } from '@feedalign/backend';
import { createRng, type Optimizer } from '@feedalign/core';
import { type Dataset, type Splits, split } from '@feedalign/datasets';
import { loadDataset } from '@feedalign/datasets/node';
import { trace } from '@feedalign/layers';
import { losses } from '@feedalign/losses';
import type { Alignment } from '@feedalign/metrics';
import { createModel } from '@feedalign/models';
import { fileSystem } from '@feedalign/models/node';
import { clipByGlobalNorm, type OptimizerName, optimizers } from '@feedalign/optim';
import { evaluate, type TrainEvent, train } from '@feedalign/train';
import { setThreads, trainingEngine } from '@feedalign/wasm-training';
import { ruleFor } from './rule-for.js';
import type { Settings } from './settings.js';

/** What all runs of a command have in common: the engine and the data, cut into its parts. */
export interface Bench {
  readonly engine: BackendInUse;
  readonly dataset: Dataset;
  readonly parts: Splits;
}

export async function prepare(settings: Settings): Promise<Bench> {
  if (settings.threads !== undefined) setThreads(settings.threads);
  const engine = await start(settings.backend as BackendName | 'auto');
  const { folder, url, seed, validation, limit } = settings;
  const dataset = await loadDataset(settings.dataset, { folder, url, seed });
  const parts = split(dataset, { validation, limit, rng: createRng(seed).stream('split') });
  return { engine, dataset, parts };
}

/** tfjs does not know of the threads that the training kernels run on. */
async function start(name: BackendName | 'auto'): Promise<BackendInUse> {
  const { backend, threads } = await useBackend(name);
  return { backend, threads: backend === 'wasm' ? (trainingEngine()?.threads ?? threads) : threads };
}

/** One measurement on the way, by epochs (fractions of one within an epoch). */
export interface Point {
  readonly epoch: number;
  readonly alignment: Alignment;
}

/** What a run came to: the last line of `--json`. */
interface Result {
  readonly type: 'result';
  readonly rule: string;
  readonly dataset: string;
  readonly model: string;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly backend: string;
  readonly threads: number;
  readonly seed: number;
  readonly epochs: number;
  readonly testAccuracy: number;
  readonly testLoss: number;
  readonly validationAccuracy?: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
  /** With `--align`: before the first update, and at the last step. */
  readonly alignment?: { readonly start: Alignment; readonly end: Alignment };
}

type Curve = readonly (readonly [epoch: number, value: number])[];

/** A run with what it went through, over epochs and fractions of them. */
export interface History {
  readonly result: Result;
  /** On the training batches, each before its update. */
  readonly trainAccuracy: Curve;
  /** At the ends of epochs, from before the first; empty without validation data. */
  readonly validationAccuracy: Curve;
  readonly alignment: readonly Point[];
  /** The trained model, a plain one of tfjs; with `--out`. */
  readonly savedModel?: string;
}

/**
 * Trains one model by one rule, tells its events, and tests it once, at the end.
 *
 * @param note is told what one should know of the rule on this model
 */
export async function* experiment(
  settings: Settings,
  ruleName: string,
  { engine, dataset, parts }: Bench,
  signal: AbortSignal,
  note: (text: string) => void = () => {},
): AsyncGenerator<TrainEvent, History> {
  const { epochs, batch, seed, align, reduction, loss, initialWeights } = settings;
  const model = createModel(settings.model, {
    inputShape: dataset.inputShape,
    classes: dataset.classes,
    activation: settings.activation as 'relu',
    outputActivation: losses[loss].activation as 'softmax',
    initialWeights,
    seed,
  });
  try {
    const network = trace(model);
    const rule = ruleFor(ruleName, settings);
    for (const warning of rule.warnings?.(network) ?? []) note(`${ruleName}: ${warning}`);
    const validation = parts.validation.count > 0 ? parts.validation : undefined;
    const trainAccuracy: [number, number][] = [];
    const validationAccuracy: [number, number][] = [];
    if (validation) validationAccuracy.push([0, (await evaluate(network, validation, { loss })).accuracy]);
    const alignment: Point[] = [];
    let stepsPerEpoch = 1;
    let pace = { seconds: 0, examplesPerSecond: 0 };
    for await (const event of train(
      network,
      rule,
      { train: parts.train, validation },
      {
        optimizer: optimizerFor(settings),
        loss,
        reduction,
        epochs,
        batchSize: batch,
        seed,
        alignment: align,
        signal,
        reportEvery: reportEvery(parts.train.count / batch),
      },
    )) {
      if (event.type === 'start') stepsPerEpoch = event.stepsPerEpoch;
      if (event.type === 'step') {
        const epoch = event.step / stepsPerEpoch;
        trainAccuracy.push([epoch, event.accuracy]);
        if (event.alignment) alignment.push({ epoch: epoch - 1 / stepsPerEpoch, alignment: event.alignment });
      }
      if (event.type === 'epoch' && event.validationAccuracy !== undefined) {
        validationAccuracy.push([event.epoch, event.validationAccuracy]);
      }
      if (event.type === 'end') pace = event;
      yield event;
    }
    const test = await evaluate(network, parts.test, { loss });
    const savedModel = settings.out === undefined ? undefined : join(settings.out, ruleName, 'model.json');
    if (savedModel) await model.save(fileSystem(savedModel));
    const last = validationAccuracy.at(-1);
    return {
      trainAccuracy,
      validationAccuracy,
      alignment,
      savedModel,
      result: {
        type: 'result',
        rule: ruleName,
        dataset: dataset.name,
        model: settings.model,
        optimizer: settings.optimizer,
        learningRate: settings.lr,
        ...engine,
        seed,
        epochs,
        testAccuracy: test.accuracy,
        testLoss: test.loss,
        ...(last && { validationAccuracy: last[1] }),
        seconds: pace.seconds,
        imagesPerSecond: pace.examplesPerSecond,
        ...(alignment.length > 0 && {
          alignment: { start: alignment[0].alignment, end: (alignment.at(-1) as Point).alignment },
        }),
      },
    };
  } finally {
    model.dispose();
  }
}

/** About twenty reports in an epoch. */
const reportEvery = (stepsPerEpoch: number) => Math.max(1, Math.round(stepsPerEpoch / 20));

function optimizerFor({ optimizer, lr, momentum, weightDecay, clip }: Settings): Optimizer {
  const made = optimizers[optimizer as OptimizerName]({
    learningRate: lr,
    ...(momentum !== undefined && { momentum }),
    ...(weightDecay !== undefined && { weightDecay }),
  });
  return clip === undefined ? made : clipByGlobalNorm(clip)(made);
}
