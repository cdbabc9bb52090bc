import { activationName } from '@feedalign/backend';
import { assembleNetwork, FeedalignError, type Network, type Node } from '@feedalign/core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Adapter, Layer } from './adapter.js';
import { adapters as builtIn } from './adapters.js';

export interface TraceOptions {
  /** Adapters for layers of one's own, by class name; they go before the built-in ones. */
  readonly adapters?: Readonly<Record<string, Adapter>>;
}

/** What tfjs-layers knows of a symbolic tensor and does not say in its types. */
interface Symbolic {
  readonly sourceLayer: Layer;
  readonly nodeIndex: number;
  readonly shape: (number | null)[];
}

const symbolic = (tensor: SymbolicTensor) => tensor as unknown as Symbolic;

interface InboundNode {
  readonly inboundLayers: readonly Layer[];
  readonly inputTensors: SymbolicTensor[];
}

/** What a call takes; an input layer names itself as its own input. */
function inputsOf(tensor: SymbolicTensor): SymbolicTensor[] {
  const { sourceLayer, nodeIndex } = symbolic(tensor);
  const node = sourceLayer.inboundNodes[nodeIndex] as unknown as InboundNode;
  return node.inboundLayers.length === 0 ? [] : node.inputTensors;
}

/**
 * Turns a model into a network of units. The model stays as it is, and the network trains its variables.
 *
 * The activation of an output is taken out of its layer, so that the error is that of the logits.
 *
 * @example
 * ```ts
 * const network = trace(model);
 * for (const unit of network.units) console.log(unit.name, unit.outputShape);
 * ```
 * @throws FeedalignError `unsupported-layer` for a layer without an adapter, by name and class, with the way out
 * @throws FeedalignError `unsupported-model` for a layer with weights that is called more than once
 */
export function trace(model: LayersModel, options: TraceOptions = {}): Network {
  const table = { ...builtIn, ...options.adapters };
  const calls = inOrder(model.outputs);
  const consumed = new Set(calls.flatMap(inputsOf).map(key));
  const outputKeys = new Set(model.outputs.map(key));
  const nodes = new Map<string, Node>();

  const config = (layer: Layer) => layer.getConfig() as Record<string, unknown>;
  const activationOf = (layer: Layer) =>
    activationName((config(layer).activation as string | null) ?? 'linear');
  // An output that other layers take as well keeps its activation.
  const isLogits = (call: SymbolicTensor) => outputKeys.has(key(call)) && !consumed.has(key(call));

  for (const call of calls) {
    const { sourceLayer: layer, shape } = symbolic(call);
    const inputs = inputsOf(call).map((tensor) => nodes.get(key(tensor)) as Node);
    const outputShape = shape.slice(1) as number[];
    refuseUnknownSizes(layer, outputShape);
    const operation = adapterFor(
      layer,
      table,
    )({
      layer,
      config: config(layer),
      activation: isLogits(call) ? 'linear' : activationOf(layer),
      inputShapes: inputs.map((input) => input.outputShape),
      outputShape,
    });
    if (operation.parameters.length > 0 && layer.inboundNodes.length > 1) refuseSharing(layer, calls);
    nodes.set(key(call), {
      id: nodes.size,
      name: layer.name,
      className: layer.getClassName(),
      inputs,
      operation,
      outputShape,
    });
  }

  return assembleNetwork(
    [...nodes.values()],
    model.inputs.map((tensor) => nodes.get(key(tensor)) as Node),
    model.outputs.map((tensor) => ({
      node: nodes.get(key(tensor)) as Node,
      activation: isLogits(tensor) ? activationOf(symbolic(tensor).sourceLayer) : 'linear',
    })),
  );
}

const key = (tensor: SymbolicTensor) => `${symbolic(tensor).sourceLayer.id}:${symbolic(tensor).nodeIndex}`;

/** Every call that leads to the outputs, each after what it takes. */
function inOrder(outputs: readonly SymbolicTensor[]): SymbolicTensor[] {
  const seen = new Set<string>();
  const order: SymbolicTensor[] = [];
  const visit = (tensor: SymbolicTensor) => {
    if (seen.has(key(tensor))) return;
    seen.add(key(tensor));
    inputsOf(tensor).forEach(visit);
    order.push(tensor);
  };
  outputs.forEach(visit);
  return order;
}

function adapterFor(layer: Layer, table: Readonly<Record<string, Adapter>>): Adapter {
  const className = layer.getClassName();
  if (Object.hasOwn(table, className)) return table[className];
  throw new FeedalignError(
    'unsupported-layer',
    `The layer '${layer.name}' is a ${className}, for which there is no adapter.`,
    `Replace it, or pass one: convert(model, rule, { adapters: { ${className}: … } }). There are adapters for ${Object.keys(table).join(', ')}.`,
  );
}

function refuseUnknownSizes(layer: Layer, shape: readonly (number | null)[]): void {
  if (!shape.includes(null)) return;
  throw new FeedalignError(
    'unsupported-model',
    `The layer '${layer.name}' (${layer.getClassName()}) has the output shape [${shape.map((size) => size ?? '?')}], which is not fixed.`,
    'Give the model an input of a fixed shape; only the batch may vary.',
  );
}

function refuseSharing(layer: Layer, calls: readonly SymbolicTensor[]): void {
  const times = calls.filter((call) => symbolic(call).sourceLayer === layer).length;
  if (times < 2) return;
  throw new FeedalignError(
    'unsupported-model',
    `The layer '${layer.name}' (${layer.getClassName()}) is called ${times} times: shared weights cannot be converted.`,
    'Give each call a layer of its own.',
  );
}
