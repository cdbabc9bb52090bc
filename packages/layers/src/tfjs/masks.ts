import type { ForwardContext, Operation } from '@feedalign/core';
import { Tensor, tidy, zeros } from '@tensorflow/tfjs-core';
import type { Layer } from '../adapter.js';
import type { Call } from './calls.js';

type Mask = Tensor | null | undefined;

/** What a layer's `call` is given beside its inputs; some layers change it. */
export interface Arguments {
  training: boolean;
  mask?: Mask;
}

/** The context of a model that has masks. */
interface MaskedContext extends ForwardContext {
  readonly arguments?: Arguments;
}

/** What a layer's own `call` is to be given. */
export const argumentsIn = (context: MaskedContext): Arguments =>
  context.arguments ?? { training: context.training };

/** One thing, or all of several: as tfjs' layers take what they are given. */
export const oneOrAll = <T>(list: readonly T[]): T | T[] => (list.length === 1 ? list[0] : [...list]);

/** A layer's mask for its output, from what it takes: none where tfjs does not ask, since the layer knows of no masks. */
function maskBy(layer: Layer, inputs: readonly Tensor[], given: readonly Mask[]): Mask {
  if (!layer.supportsMasking) return null;
  const compute = layer.computeMask as (inputs: readonly Tensor[], masks: readonly Mask[]) => Mask | Mask[];
  const mask = compute.call(layer, inputs, given);
  return Array.isArray(mask) ? mask[0] : mask;
}

/** Whether the layer makes a mask where there was none. */
export const makesMask = (layer: Layer, inputShapes: readonly (readonly number[])[]): boolean => {
  let makes = false;
  tidy(() => {
    const inputs = inputShapes.map((shape) => zeros([1, ...shape]));
    const none = inputs.map(() => null);
    makes = inputs.length > 0 && Boolean(maskBy(layer, inputs, none));
  });
  return makes;
};

/** The operations of one model, with masks. */
export interface MaskFlow {
  through<S>(call: Call, operation: Operation<S>): Operation<S>;
}

/**
 * Masks take the way through a model that they take in tfjs, so that a model is trained as it predicts: a layer that knows
 * of no masks ends one, and none enters or leaves a nested model with the tensor that it belongs to. But all layers of a
 * pass share what they are given beside their inputs: a recurrent layer whose input has no mask is masked by the last one
 * that another layer was given.
 *
 * A layer may also be computed by itself, outside of a pass, as some rules do: without masks.
 *
 * @param ordered the calls of a pass, those of the model's inputs left out
 */
export function maskFlow(ordered: readonly Call[]): MaskFlow {
  const passed = new Map<Call, { readonly output: Tensor; readonly mask: Mask }>();
  let last: Mask;
  const isWithinPass = (call: Call, inputs: readonly Tensor[]) =>
    call.inputs.every((input, i) => input.inputs.length === 0 || passed.get(input)?.output === inputs[i]);
  return {
    through: (call, operation) => ({
      ...operation,
      forward: (inputs, context) => {
        if (call === ordered[0]) last = undefined;
        else if (!isWithinPass(call, inputs)) return operation.forward(inputs, context);
        const arriving = call.inputs.map((input) => passed.get(input)?.mask);
        if (call.inputs.some((input, i) => arriving[i] && !isLeft(input, call))) last = arriving[0] ?? null;
        const given: Arguments = { training: context.training, mask: last };
        const masked: MaskedContext = { ...context, arguments: given };
        const record = operation.forward(inputs, masked);
        last = given.mask;
        const here = arriving.map((mask, i) => (call.inputs[i].scope === call.scope ? mask : null));
        const mask = maskBy(call.layer, inputs, here);
        passed.set(call, { output: record.output, mask });
        if (call === ordered.at(-1)) passed.clear();
        return { ...record, beside: [mask, last].filter((each) => each instanceof Tensor) };
      },
    }),
  };
}

/** Whether the nested model that `from` is in has ended where `to` takes its output. */
function isLeft(from: Call, to: Call): boolean {
  for (let scope: Call['scope'] | undefined = to.scope; scope; scope = scope.around) {
    if (scope === from.scope) return false;
  }
  return true;
}

/**
 * The calls in the order in which tfjs makes them: of what a layer takes, the last first.
 *
 * @param inputs calls that are made already
 */
export function inTfjsOrder(outputs: readonly Call[], inputs: readonly Call[]): Call[] {
  const made = new Set(inputs);
  const make = (call: Call) => {
    if (made.has(call)) return;
    for (const input of [...call.inputs].reverse()) make(input);
    made.add(call);
  };
  for (const output of outputs) make(output);
  return [...made];
}
