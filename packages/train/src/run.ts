import {
  FeedalignError,
  type FeedbackRule,
  type Network,
  type Optimizer,
  type Pass,
  parametersOf,
  type Rng,
  type TensorTree,
} from '@feedalign/core';
import { type Batch, type BatchTensors, toTensors } from '@feedalign/datasets';
import { type LossFunction, type LossName, lossesFor, type Reduction } from '@feedalign/losses';
import { correctPredictions, type MeasuredAlignment, measureAlignment } from '@feedalign/metrics';
import {
  DivergedError,
  type Divergence,
  firstLayerNotFinite,
  firstRowNotFinite,
  startSteps,
} from '@feedalign/step';
import { dispose } from '@tensorflow/tfjs-core';

export interface RunOptions {
  readonly optimizer: Optimizer;
  readonly loss: LossName | LossFunction;
  readonly reduction: Reduction;
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
  readonly measure: boolean;
}

/** A network in training: what it holds between steps, and one step. */
export interface Run {
  /** Numbers that learn or could. */
  readonly parameters: number;
  /** The tensors of a batch, which `step` takes; those of the last batch of this size may be filled anew. */
  prepare(batch: Batch): BatchTensors;
  /** Takes a step; the result comes when the backend has it. */
  step(batch: Batch, given: BatchTensors, context: StepContext): () => Promise<StepResult>;
  dispose(): void;
}

export function startRun<S extends TensorTree>(
  network: Network,
  rule: FeedbackRule<S>,
  { optimizer, loss, reduction, rng }: RunOptions,
): Run {
  const losses = lossesFor(network, loss);
  const parameters = parametersOf(network).filter((parameter) => parameter.trainable);
  const steps = startSteps(network, rule, { rng });
  const memory = optimizer.init([...parameters, ...steps.feedback]);
  const stepper = steps.under({ losses, reduction, optimizer, memory });

  /** By how many examples a batch has: its tensors, filled anew in each step. */
  const places = new Map<number, BatchTensors>();
  const disposeOf = ({ inputs, targets }: BatchTensors) => dispose([inputs, targets]);

  return {
    parameters: parameters.reduce((sum, { variable }) => sum + variable.size, 0),
    prepare: (batch) => {
      const used = places.get(batch.count);
      // A rule that learns may keep what shares an input's data: it gets tensors of its own.
      if (used && rule.learn) disposeOf(used);
      const given = toTensors(batch, rule.learn ? undefined : used);
      places.set(batch.count, given);
      return given;
    },
    step: (batch, given, { epoch, step, measure }) => {
      let measured: MeasuredAlignment | undefined;
      const observe = (pass: Pass<S>) => {
        measured = measureAlignment(pass, rule);
      };
      const taken = stepper.take(
        { inputs: [given.inputs], targets: [given.targets] },
        { observers: measure ? [observe] : [], refilled: !rule.learn },
      );
      return async () => {
        const [total] = await taken.loss.data();
        const predictions = await taken.predictions[0].data();
        dispose([taken.loss, taken.losses as never, taken.predictions as never]);
        if (!Number.isFinite(total)) {
          const found = await broken(network, batch, rng.stream('step').stream(step - 1));
          throw new DivergedError({ rule: rule.name, loss: total, epoch, step, ...found });
        }
        const correct = correctPredictions(predictions, batch.labels);
        return { loss: reduction === 'sum' ? total / batch.count : total, correct, measured };
      };
    },
    dispose: () => {
      stepper.dispose();
      for (const place of places.values()) disposeOf(place);
      steps.dispose();
      optimizer.dispose(memory);
    },
  };
}

/** Where a step's numbers ceased to be finite. */
async function broken(network: Network, batch: Batch, rng: Rng): Promise<Pick<Divergence, 'layer' | 'row'>> {
  const { inputs, targets } = toTensors(batch);
  try {
    const place = await firstRowNotFinite(inputs);
    const layer = await firstLayerNotFinite(network, [inputs], rng);
    if (place === undefined) return { layer };
    return { layer, row: { row: batch.source.rows[place], within: 'data', part: 'inputs' } };
  } finally {
    dispose([inputs, targets]);
  }
}

/**
 * Refuses data that are not the network's, before anything learns from them.
 *
 * @throws FeedalignError `shape-mismatch`
 */
export function checkData(
  network: Network,
  { inputShape, classes }: { readonly inputShape: readonly number[]; readonly classes: number },
): void {
  const [input] = network.inputs;
  const [output] = network.outputs;
  const numbers = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);
  if (network.inputs.length > 1 || network.outputs.length > 1) {
    throw new FeedalignError(
      'shape-mismatch',
      `The network has ${network.inputs.length} inputs and ${network.outputs.length} outputs; examples have one of each.`,
      'Convert the model and use fit(), or take steps of your own.',
    );
  }
  if (numbers(inputShape) !== numbers(input.outputShape)) {
    throw new FeedalignError(
      'shape-mismatch',
      `The examples have the shape [${inputShape.join(', ')}], the network's input '${input.name}' [${input.outputShape.join(', ')}].`,
      'Build the model for the data.',
    );
  }
  if (classes !== output.size) {
    throw new FeedalignError(
      'shape-mismatch',
      `The examples are of ${classes} classes, the network's output '${output.node.name}' has the shape [${output.node.outputShape.join(', ')}].`,
      'Give the model an output for each class.',
    );
  }
}
