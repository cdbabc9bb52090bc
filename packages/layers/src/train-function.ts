import {
  type ForwardRecord,
  forward,
  type Network,
  type Objective,
  type Parameter,
  type Pass,
  type Rng,
} from '@feedalign/core';
import { evaluate, type Loss, type LossFunction, lossFor } from '@feedalign/losses';
import { fromTfjs } from '@feedalign/optim';
import {
  add,
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
  calculateLosses(): Tensor[];
}

/** One training step, between its forward pass and its metrics. */
export interface Training {
  readonly record: ForwardRecord;
  readonly objective: Objective;
  /** Changes the weights by the pass's gradients, through the model's own optimizer. */
  update(pass: Pick<Pass, 'gradients'>): void;
}

/**
 * What takes the place of a model's own train function: the same arguments, the same results, in the same order;
 * `learn` is called in each step, in its `tidy`.
 */
export function trainFunction(
  network: Network,
  compiled: Compiled,
  stepRng: () => Rng,
  learn: (training: Training) => void,
): (data: Tensor[]) => Tensor[] {
  const losses = closedLosses(network, compiled);
  const optimizer = fromTfjs(compiled.optimizer);
  const learning = compiled.collectedTrainableWeights.map((weight) => weight.read());
  const learns = (parameter: Parameter) => learning.includes(parameter.variable);
  const parameters = network.units.flatMap((unit) => unit.chain.flatMap((node) => node.operation.parameters));
  const inOrder = learning.flatMap((variable) => parameters.filter((each) => each.variable === variable));

  return (data) =>
    tidy(() => {
      const [inputs, targets, sampleWeights] = parts(data, network.inputs.length, network.outputs.length);
      const record = forward(network, inputs, { training: true, rng: stepRng() });
      const objective = evaluate(record, { losses, targets, sampleWeights });
      const total = compiled.calculateLosses().reduce((sum, penalty) => add(sum, penalty), objective.loss);
      const metrics = metricsOf(compiled, objective);
      learn({ record, objective, update: (pass) => optimizer.apply(pass.gradients(learns), inOrder) });
      return [total, ...metrics];
    });
}

/** Inputs, targets and sample weights, as tfjs hands them to a train function: one after the other. */
function parts(data: Tensor[], inputs: number, outputs: number): [Tensor[], Tensor[], Tensor[]] {
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

/** The metrics in tfjs' order: with several outputs the losses of each come first. */
function metricsOf({ metricsTensors }: Compiled, { losses, targets, predictions }: Objective): Tensor[] {
  return metricsTensors.map(([metric, output], i) =>
    losses.length > 1 && i < losses.length ? losses[i] : mean(metric(targets[output], predictions[output])),
  );
}
