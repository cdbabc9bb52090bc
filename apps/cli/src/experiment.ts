import { type BackendInUse, type BackendName, useBackend } from '@feedalign/backend';
import { createRng, type Optimizer } from '@feedalign/core';
import { type Dataset, type Splits, split } from '@feedalign/datasets';
import { loadDataset } from '@feedalign/datasets/node';
import { trace } from '@feedalign/layers';
import { clipByGlobalNorm, type OptimizerName, optimizers } from '@feedalign/optim';
import { evaluate, type TrainEvent, train } from '@feedalign/train';
import { setThreads, trainingEngine } from '@feedalign/wasm-training';
import { io } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { courseOf } from './course.js';
import { learningRateOf } from './defaults.js';
import type { History } from './history.js';
import { unlessInterrupted } from './interrupt.js';
import { modelFor } from './model-for.js';
import { ruleFor } from './rule-for.js';
import type { Settings } from './settings.js';

/** What all runs of a command have in common: the engine and the data, cut into its parts. */
export interface Bench {
  readonly engine: BackendInUse;
  readonly dataset: Dataset;
  readonly parts: Splits;
}

export async function prepare(settings: Settings, signal: AbortSignal): Promise<Bench> {
  if (settings.threads !== undefined) setThreads(settings.threads);
  const engine = await start(settings.backend as BackendName | 'auto');
  const { folder, url, seed, validation, limit } = settings;
  const dataset = await unlessInterrupted(signal, () => loadDataset(settings.dataset, { folder, url, seed }));
  const parts = split(dataset, { validation, limit, rng: createRng(seed).stream('split') });
  return { engine, dataset, parts };
}

/** tfjs does not know of the threads that the training kernels run on. */
async function start(name: BackendName | 'auto'): Promise<BackendInUse> {
  const { backend, threads } = await useBackend(name);
  return { backend, threads: backend === 'wasm' ? (trainingEngine()?.threads ?? threads) : threads };
}

/** A run with its model as it then was, a plain one of tfjs. */
export interface Trained {
  readonly history: History;
  /** For whoever wants to save it: the numbers are copied only then. */
  readonly model: io.ModelArtifacts | undefined;
}

/**
 * Trains one model by one rule, tells its events, and tests it once, at the end. A run that is interrupted returns what it
 * came to by then, once an epoch is over.
 *
 * @param note is told what one should know of the rule on this model
 */
export async function* experiment(
  settings: Settings,
  ruleName: string,
  { engine, dataset, parts }: Bench,
  signal: AbortSignal,
  note: (text: string) => void = () => {},
): AsyncGenerator<TrainEvent, Trained> {
  const { epochs, batch, seed, align, reduction, loss, patience } = settings;
  const learningRate = learningRateOf(settings);
  const model = await modelFor(settings, dataset);
  try {
    const network = trace(model);
    const rule = ruleFor(ruleName, settings);
    for (const warning of rule.warnings?.(network) ?? []) note(`${ruleName}: ${warning}`);
    const validation = parts.validation.count > 0 ? parts.validation : undefined;
    const data = { train: parts.train, validation };
    const options = {
      optimizer: optimizerFor(settings, learningRate),
      ...{ loss, reduction, epochs, batchSize: batch, seed, alignment: align, patience, signal },
      reportEvery: reportEvery(parts.train.count / batch),
    };
    const course = courseOf(validation && (await evaluate(network, validation, { loss })).accuracy);
    let interruption: unknown;
    try {
      for await (const event of train(network, rule, data, options)) {
        course.add(event);
        yield event;
      }
    } catch (error) {
      if (!signal.aborted || course.ran().epochs === 0) throw error;
      interruption = error;
    }
    const test = interruption ? undefined : await evaluate(network, parts.test, { loss });
    const verdict = test
      ? { type: 'result' as const, testAccuracy: test.accuracy, testLoss: test.loss }
      : { type: 'unfinished' as const };
    const result = {
      ...verdict,
      rule: ruleName,
      dataset: dataset.name,
      model: settings.model,
      optimizer: settings.optimizer,
      ...{ learningRate, ...engine, seed },
      ...course.ran(),
    };
    const history = { result, ...course.curves() };
    return { history, model: settings.out === undefined ? undefined : await artifactsOf(model) };
  } finally {
    model.dispose();
  }
}

/** About twenty reports in an epoch. */
const reportEvery = (stepsPerEpoch: number) => Math.max(1, Math.round(stepsPerEpoch / 20));

function optimizerFor({ optimizer, momentum, weightDecay, clip }: Settings, learningRate: number): Optimizer {
  const made = optimizers[optimizer as OptimizerName]({
    learningRate,
    ...(momentum !== undefined && { momentum }),
    ...(weightDecay !== undefined && { weightDecay }),
  });
  return clip === undefined ? made : clipByGlobalNorm(clip)(made);
}

/** What a model would be saved as. */
async function artifactsOf(model: LayersModel): Promise<io.ModelArtifacts> {
  let kept: io.ModelArtifacts = {};
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      kept = artifacts;
      return { modelArtifactsInfo: io.getModelArtifactsInfoForJSON(artifacts) };
    }),
  );
  return kept;
}
