import { pullback } from '@feedalign/backend';
import {
  FeedalignError,
  gradientOf,
  neverRepeat,
  type Operation,
  type Parameter,
  sumOf,
  type TensorTree,
} from '@feedalign/core';
import { clone, type Tensor, zerosLike } from '@tensorflow/tfjs-core';
import { type Layer, type LayerCall, parametersOf } from '../adapter.js';
import { fansOf } from '../fans.js';
import { argumentsIn, oneOrAll } from '../tfjs/masks.js';

/** The weights, by their names in tfjs, that carry a signal through a layer and that feedback may stand in for. */
const kernelNames = ['kernel', 'depthwise_kernel', 'embeddings'];

/** What one call leaves: the way back, and the tensors that it needs. */
interface Saved {
  readonly [name: string]: TensorTree;
  readonly tensors: readonly Tensor[];
}

type Pull = ReturnType<typeof pullback>['pull'];
type CallOfLayer = (inputs: Tensor | Tensor[], options: object) => Tensor | Tensor[];

/**
 * Any layer, by tfjs' autodiff over the layer's own `call`: recurrent and transposed layers, those without weights, those
 * of the user's own. Its activation stays within it: δ is the signal at its output.
 *
 * Feedback stands in for its kernel (the weight named `kernel`, else `depthwise_kernel` or `embeddings`) where a signal
 * goes through to the layer's input. Its other weights keep their own gradients: a recurrence goes back through time
 * by its own weights.
 */
export function derived({
  layer,
  keepsStatistics,
}: Pick<LayerCall, 'layer' | 'keepsStatistics'>): Operation<Saved> {
  const parameters = parametersOf(layer);
  const kernel = kernelNames.flatMap((name) => parameters.filter((each) => isNamed(each, name)))[0];
  const pulls = new WeakMap<Saved, Pull>();
  const gradientsBy = new WeakMap<Tensor, readonly (Tensor | null)[]>();

  return {
    kernel,
    fans: fansOf(layer, kernel),
    parameters,
    takesIndices: kernel !== undefined && isNamed(kernel, 'embeddings'),
    mixesExamples: () => hasStatistics(layer) && !keepsStatistics(),
    forward: (taken, context) => {
      // What the layer does beside running kernels is its own affair.
      neverRepeat();
      // Each by itself, where one tensor is taken twice: the tape adds up what belongs to one tensor.
      const inputs = taken.map((input, i) => (taken.indexOf(input) === i ? input : clone(input)));
      const given = argumentsIn(context);
      // A frozen normalization of another class, or within another layer.
      if (given.training && hasStatistics(layer) && keepsStatistics()) given.training = false;
      const { value, saved, pull } = pullback(() => {
        const [output] = [apply(layer)(oneOrAll(inputs), given)].flat();
        return output;
      });
      const record: Saved = { tensors: saved };
      pulls.set(record, pull);
      return { inputs, output: value, saved: record };
    },
    gradients: ({ saved }, delta) => {
      // All at once when the first is asked for: what is frozen now may learn all the same, where it was compiled before.
      const all = () => {
        const known = gradientsBy.get(delta);
        if (known && !known.some((each) => each?.isDisposed)) return known;
        const found = pullOf(layer, pulls, saved)(variablesOf(parameters), delta);
        gradientsBy.set(delta, found);
        return found;
      };
      return parameters.map(({ variable }, i) => gradientOf(() => all()[i] ?? zerosLike(variable)));
    },
    inputGradient: ({ inputs, saved }, delta, index, feedback) => {
      const pull = pullOf(layer, pulls, saved);
      const [gradient] = pull(
        [inputs[index]],
        delta,
        feedback && kernel && { of: kernel.variable, by: feedback },
      );
      return gradient ?? zerosLike(inputs[index]);
    },
    tangent: ({ inputs, output, saved }, change, index) =>
      transposed(layer, pullOf(layer, pulls, saved), output, inputs[index], change),
    parameterTangent: ({ output, saved }, changes) =>
      sumOf(
        changes.map(
          (change, i) =>
            change && transposed(layer, pullOf(layer, pulls, saved), output, parameters[i].variable, change),
        ),
      ),
  };
}

/** What a change of x does to the output: the way back is linear in the signal, and its transpose is the way up. */
function transposed(layer: Layer, pull: Pull, output: Tensor, x: Tensor, change: Tensor): Tensor {
  const signal = zerosLike(output);
  const back = pullback(() => pull([x], signal)[0] ?? zerosLike(x));
  return told(layer, () => back.pull([signal], change)[0] ?? zerosLike(output));
}

const hasStatistics = (layer: Layer) =>
  layer.weights.some(({ originalName }) => /(^|\/)moving_(mean|variance)$/.test(originalName));
const isNamed = ({ name }: Parameter, weight: string) => name.split('/').pop() === weight;
const variablesOf = (parameters: readonly Parameter[]) => parameters.map(({ variable }) => variable);
const apply = (layer: Layer) => layer.apply.bind(layer) as unknown as CallOfLayer;

/** What tfjs cannot differentiate is told by the layer's name. */
function told<T>(layer: Layer, compute: () => T): T {
  try {
    return compute();
  } catch (error) {
    throw new FeedalignError(
      'unsupported-layer',
      `The layer '${layer.name}' (${layer.getClassName()}) has no such gradient in tfjs: ${(error as Error).message}`,
      `Pass an adapter for it: convert(model, rule, { adapters: { ${layer.getClassName()}: … } }).`,
    );
  }
}

/** The way back of one call. */
const pullOf =
  (layer: Layer, pulls: WeakMap<Saved, Pull>, saved: Saved | undefined): Pull =>
  (...given) =>
    told(layer, () => (pulls.get(saved as Saved) as Pull)(...given));
