import { type Network, type Parameter, type Pass, parametersOf, type TensorTree } from '@feedalign/core';
import { type Loss, type LossFunction, lossFor } from '@feedalign/losses';
import { fromTfjs } from '@feedalign/optim';
import type { Stepper, Steps, Taken } from '@feedalign/step';
import {
  addN,
  mean,
  type Tensor,
  type Optimizer as TfjsOptimizer,
  tidy,
  type Variable,
} from '@tensorflow/tfjs-core';

/** What tfjs-layers knows of a compiled model and does not say in its types. */
export interface Compiled {
  loss: unknown;
  lossFunctions: LossFunction[];
  metricsTensors: [metric: LossFunction, output: number][];
  collectedTrainableWeights: { read(): Variable }[];
  optimizer: TfjsOptimizer;
  outputNames: string[];
}

/** What takes the place of a model's own train function, under what the model was compiled with. */
export interface TrainFunction {
  /** The same arguments, the same results, in the same order. */
  (data: Tensor[]): Tensor[];
  /** Whether the model is still compiled with what this was made of. */
  isCurrent(): boolean;
  readonly stepper: Stepper<never>;
}

/** @param observers see each pass, before the update */
export function trainFunction<S extends TensorTree>(
  steps: Steps<S>,
  compiled: Compiled,
  observers: ReadonlySet<(pass: Pass<S>) => void>,
): TrainFunction {
  const { network } = steps;
  const { lossFunctions, optimizer: own } = compiled;
  const variables = compiled.collectedTrainableWeights.map((weight) => weight.read());
  const learning = new Set(variables);
  const parameters = parametersOf(network);
  // tfjs' optimizers tell parameters apart by place: feedback comes last.
  const inOrder: readonly Parameter[] = [
    ...variables.flatMap((variable) => parameters.filter((each) => each.variable === variable)),
    ...steps.feedback,
  ];
  const penalties = parameters.flatMap(({ variable, penalty }) => (penalty ? [() => penalty(variable)] : []));
  const stepper = steps.under({
    losses: closedLosses(network, compiled),
    optimizer: fromTfjs(own),
    memory: inOrder,
    // What is frozen after `compile` stops at once, as in tfjs, whose freezing marks the variables.
    learns: ({ variable }) => learning.has(variable) && variable.trainable,
    penalty: () => (penalties.length > 0 ? addN(penalties.map((each) => each())) : undefined),
  });
  const lossMetrics = lossMetricsOf(network.outputs.length);
  const train = (data: Tensor[]) =>
    tidy(() => {
      const [inputs, targets, sampleWeights] = parts(data, network.inputs.length, network.outputs.length);
      const taken = stepper.take(
        { inputs, targets, sampleWeights },
        { observers, predictions: compiled.metricsTensors.length > lossMetrics },
      );
      return [taken.loss, ...metricsOf(compiled, taken, targets)];
    });
  return Object.assign(train, {
    isCurrent: () => compiled.lossFunctions === lossFunctions && compiled.optimizer === own,
    stepper: stepper as Stepper<never>,
  });
}

/** Inputs, targets and sample weights, as tfjs hands them to a train function: one after the other. */
function parts(data: readonly Tensor[], inputs: number, outputs: number): [Tensor[], Tensor[], Tensor[]] {
  const end = inputs + outputs;
  return [data.slice(0, inputs), data.slice(inputs, end), data.slice(end, end + outputs)];
}

/** Each output's loss: in closed form where it was given by name, else derived from tfjs' own function. */
function closedLosses(network: Network, { loss, lossFunctions, outputNames }: Compiled): Loss[] {
  const named = (i: number) => {
    if (typeof loss === 'string') return loss;
    const each = Array.isArray(loss) ? loss[i] : (loss as Record<string, unknown>)?.[outputNames[i]];
    return typeof each === 'string' ? each : '';
  };
  return network.outputs.map((output, i) => lossFor(named(i), output.activation, lossFunctions[i]));
}

/** With several outputs, tfjs' metrics begin with the losses of each. */
const lossMetricsOf = (outputs: number) => (outputs > 1 ? outputs : 0);

/** The metrics in tfjs' order. */
function metricsOf(
  { metricsTensors }: Compiled,
  { losses, predictions }: Taken,
  targets: readonly Tensor[],
): Tensor[] {
  return metricsTensors.map(([metric, output], i) =>
    i < lossMetricsOf(losses.length) ? losses[i] : mean(metric(targets[output], predictions[output])),
  );
}
