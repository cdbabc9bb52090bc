import { activationName, correctStockKernels, isActivationName } from '@feedalign/backend';
import {
  assembleNetwork,
  FeedalignError,
  type Network,
  type Node,
  neverRepeat,
  type Operation,
} from '@feedalign/core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import type { Adapter, Layer } from './adapter.js';
import { derived } from './adapters/derived.js';
import { adapters as builtIn } from './adapters.js';
import { type Call, callsOf } from './tfjs/calls.js';
import { frozenTest } from './tfjs/frozen.js';
import { inTfjsOrder, makesMask, maskFlow } from './tfjs/masks.js';
import { copyWhatIsTakenTwice } from './tfjs/taken-twice.js';

export interface TraceOptions {
  /** Adapters for layers of one's own, by class name; they go before the built-in ones. */
  readonly adapters?: Readonly<Record<string, Adapter>>;
  /**
   * What a BatchNormalization that is frozen normalizes by in training, where `trainable` is false for it or for a model
   * around it. `moving`, the default: by its moving statistics, which stay, as Keras does since 2.3. `batch`: by the
   * batch's, which the moving ones go on to follow, as tfjs does.
   */
  readonly frozenStatistics?: 'moving' | 'batch';
}

/** What a call computes, and the activation that was left to the output of the network. */
interface Adapted {
  readonly operation: Operation;
  readonly activationLeft: string;
}

/**
 * Turns a model into a network of units. The model stays as it is, and the network trains its variables. Models within it
 * are taken apart; a layer that is called several times makes a node, and a unit, of each call, over the same weights.
 *
 * A layer has its adapter, by its class; every other layer, and every setting that the adapter does not serve, is derived
 * by autodiff from what the layer itself computes. The activation of an output is taken out of a layer with an adapter, so
 * that the error is that of the logits.
 *
 * @example
 * ```ts
 * const network = trace(model);
 * for (const unit of network.units) console.log(unit.name, unit.outputShape);
 * ```
 * @throws FeedalignError `unsupported-layer` for a layer with several outputs
 * @throws FeedalignError `unsupported-model` for shapes that are not fixed
 */
export function trace(model: LayersModel, options: TraceOptions = {}): Network {
  correctStockKernels();
  copyWhatIsTakenTwice(model);
  const table = { ...builtIn, ...options.adapters };
  const { all, inputs, outputs } = callsOf(model);
  const consumed = new Set(all.flatMap((call) => call.inputs));
  // An output that other layers take as well keeps its activation.
  const isLogits = (call: Call) => outputs.includes(call) && !consumed.has(call);
  for (const call of all) refuseUnknownSizes(call);
  const hasMasks = all.some(({ layer, inputs }) => makesMask(layer, inputs.map(shapeOf)));

  const nodes = new Map<Call, Node>();
  const left = new Map<Call, string>();
  // Which mask a layer finds depends on the order where there are any.
  const ordered = hasMasks ? inTfjsOrder(outputs, inputs) : all;
  const masks = hasMasks ? maskFlow(ordered.filter((call) => call.inputs.length > 0)) : undefined;
  for (const call of ordered) {
    const { layer, name } = call;
    const { operation, activationLeft } = adapted(call, isLogits(call), table, options);
    left.set(call, activationLeft);
    nodes.set(call, {
      id: nodes.size,
      name,
      className: layer.getClassName(),
      inputs: call.inputs.map((input) => nodes.get(input) as Node),
      operation: masks && call.inputs.length > 0 ? masks.through(call, operation) : operation,
      outputShape: shapeOf(call),
      ...(call.inputs.length === 0 && { dtype: layer.dtype }),
    });
  }
  return assembleNetwork(
    [...nodes.values()],
    inputs.map((call) => nodes.get(call) as Node),
    outputs.map((call) => ({ node: nodes.get(call) as Node, activation: left.get(call) as string })),
  );
}

const shapeOf = (call: Call) => call.outputShape as readonly number[];
const configOf = (layer: Layer) => layer.getConfig() as Readonly<Record<string, unknown>>;

/** The operation by the class's adapter, where there is one that serves this call, or derived. */
function adapted(
  call: Call,
  isLogits: boolean,
  table: Readonly<Record<string, Adapter>>,
  { frozenStatistics = 'moving' }: TraceOptions,
): Adapted {
  const { layer } = call;
  const config = configOf(layer);
  const className = layer.getClassName();
  const own = (config.activation as string | null | undefined) ?? 'linear';
  const adapter = Object.hasOwn(table, className) ? table[className] : undefined;
  const isFrozen = frozenTest(layer);
  const keepsStatistics = () => frozenStatistics === 'moving' && isFrozen();
  const operation =
    isActivationName(own) &&
    adapter?.({
      layer,
      config,
      activation: isLogits ? 'linear' : activationName(own),
      inputShapes: call.inputs.map(shapeOf),
      outputShape: shapeOf(call),
      keepsStatistics,
    });
  if (operation) {
    const repeated = adapter === builtIn[className] ? operation : neverRepeated(operation);
    return { operation: repeated, activationLeft: isLogits ? own : 'linear' };
  }
  return { operation: derived({ layer, keepsStatistics }), activationLeft: 'linear' };
}

/** An operation of somebody else's: what it does beside running kernels is its own affair. */
const neverRepeated = (operation: Operation): Operation => ({
  ...operation,
  forward: (inputs, context) => {
    neverRepeat();
    return operation.forward(inputs, context);
  },
});

function refuseUnknownSizes({ layer, outputShape }: Call): void {
  if (!outputShape.includes(null)) return;
  throw new FeedalignError(
    'unsupported-model',
    `The layer '${layer.name}' (${layer.getClassName()}) has the output shape [${outputShape.map((size) => size ?? '?')}], which is not fixed.`,
    'Give the model an input of a fixed shape; only the batch may vary.',
  );
}
