import {
  createPass,
  disposeTree,
  type FeedbackRule,
  type ForwardRecord,
  forward,
  heldTree,
  type Network,
  type Objective,
  type Optimizer,
  type Rng,
  replaceTree,
  type TensorTree,
  tensorsOf,
} from '@feedalign/core';
import { type Batch, toTensors } from '@feedalign/datasets';
import { evaluate, type LossFunction, type LossName, lossesFor, type Reduction } from '@feedalign/losses';
import { correctPredictions, type MeasuredAlignment, measureAlignment } from '@feedalign/metrics';
import { dispose, type Tensor, tidy } from '@tensorflow/tfjs-core';
import { DivergedError, firstNotFinite } from './diverged.js';

export interface RunOptions {
  readonly optimizer: Optimizer;
  readonly loss: LossName | LossFunction;
  readonly reduction: Reduction;
  /** Of the feedback. */
  readonly rng: Rng;
}

export interface StepResult {
  /** A mean over the batch's examples, before the update. */
  readonly loss: number;
  readonly correct: number;
  readonly measured?: MeasuredAlignment;
}

interface StepContext {
  readonly epoch: number;
  readonly step: number;
  /** Of dropout's masks. */
  readonly rng: Rng;
  readonly measure: boolean;
}

/** A network in training: what it holds between steps, and one step. */
export interface Run {
  /** Numbers that learn or could. */
  readonly parameters: number;
  step(batch: Batch, context: StepContext): Promise<StepResult>;
  dispose(): void;
}

export function startRun<S extends TensorTree>(
  network: Network,
  rule: FeedbackRule<S>,
  { optimizer, loss, reduction, rng }: RunOptions,
): Run {
  const losses = lossesFor(network, loss);
  const parameters = network.units
    .flatMap((unit) => unit.chain.flatMap((node) => node.operation.parameters))
    .filter((parameter) => parameter.trainable);
  let state = heldTree(() => rule.init(network, rng));
  const optimizerState = optimizer.init(parameters);

  return {
    parameters: parameters.reduce((sum, { variable }) => sum + variable.size, 0),
    step: async (batch, { epoch, step, rng, measure }) => {
      const { record, objective, owned } = held(() => {
        const { inputs, targets } = toTensors(batch);
        const record = forward(network, [inputs], { training: true, rng });
        return { record, objective: evaluate(record, { losses, targets: [targets], reduction }) };
      });
      try {
        const [total] = await objective.loss.data();
        if (!Number.isFinite(total)) {
          throw new DivergedError(rule.name, epoch, step, await firstNotFinite(record), total);
        }
        const correct = correctPredictions(await objective.predictions[0].data(), batch.labels);
        let measured: MeasuredAlignment | undefined;
        tidy(() => {
          const pass = createPass(record, objective, rule, state);
          if (measure) measured = measureAlignment(pass, rule);
          optimizer.apply(pass.gradients(), optimizerState);
          if (rule.learn) state = replaceTree(state, rule.learn(pass));
        });
        return { loss: reduction === 'sum' ? total / batch.count : total, correct, measured };
      } finally {
        dispose(owned);
      }
    },
    dispose: () => {
      disposeTree(state);
      optimizer.dispose(optimizerState);
    },
  };
}

/** A forward pass that outlives its `tidy`, so that its loss can be looked at before anything learns from it. */
function held(compute: () => { record: ForwardRecord; objective: Objective }) {
  let made: { record: ForwardRecord; objective: Objective } | undefined;
  const owned = tidy((): Tensor[] => {
    made = compute();
    const { record, objective } = made;
    const saved = record.records.map(({ output, saved }) => [output, saved as TensorTree]);
    return [...tensorsOf(saved), ...tensorsOf({ ...objective })].map(([, tensor]) => tensor);
  });
  return { ...(made as NonNullable<typeof made>), owned };
}
