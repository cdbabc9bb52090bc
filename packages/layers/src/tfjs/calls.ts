import { FeedalignError } from '@feedalign/core';
import type { LayersModel, SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Layer } from '../adapter.js';
import { isWithin } from './frozen.js';

/** One call of one layer that is no model. */
export interface Call {
  readonly layer: Layer;
  /** The layer's name, with that of the model around it where models are nested; unique among the calls. */
  readonly name: string;
  readonly inputs: readonly Call[];
  /** For one example, without the batch's dimension; null where a size is not fixed. */
  readonly outputShape: readonly (number | null)[];
  /** The model's call that it belongs to. */
  readonly scope: Scope;
}

export interface Calls {
  /** Each after what it takes. */
  readonly all: readonly Call[];
  readonly inputs: readonly Call[];
  readonly outputs: readonly Call[];
}

/** What tfjs-layers knows of a symbolic tensor and does not say in its types. */
interface Symbolic {
  readonly sourceLayer: Layer;
  readonly nodeIndex: number;
  readonly tensorIndex: number;
  readonly shape: (number | null)[];
}

interface InboundNode {
  readonly inboundLayers: readonly Layer[];
  readonly inputTensors: SymbolicTensor[];
  readonly outputTensors: SymbolicTensor[];
}

/** A model that is called as a layer. */
type Nested = Layer & Pick<LayersModel, 'inputs' | 'outputs' | 'layers'>;

/** The calls of one model at one place, by their keys: those of its inputs are known from outside. */
export interface Scope {
  readonly model: Pick<Layer, 'trainable'>;
  readonly prefix: string;
  /** That of the model around it. */
  readonly around?: Scope;
  readonly known: Map<string, Call>;
  /** Of the models within it, by their calls. */
  readonly within: Map<string, Scope>;
}

const symbolic = (tensor: SymbolicTensor) => tensor as unknown as Symbolic;
const key = (tensor: SymbolicTensor) => `${symbolic(tensor).sourceLayer.id}:${symbolic(tensor).nodeIndex}`;
const nodeOf = ({ sourceLayer, nodeIndex }: Symbolic) =>
  sourceLayer.inboundNodes[nodeIndex] as unknown as InboundNode;
const isNested = (layer: Layer): layer is Nested => 'layers' in layer && 'outputs' in layer;

/**
 * Every call of a layer that leads from a model's inputs to its outputs. Models within the model are taken apart; a layer
 * that is called several times has several calls.
 *
 * @throws FeedalignError `unsupported-layer` for a layer with several outputs
 */
export function callsOf(model: LayersModel): Calls {
  const all: Call[] = [];
  const names = new Map<string, number>();

  const uniqueName = (name: string) => {
    const times = (names.get(name) ?? 0) + 1;
    names.set(name, times);
    return times === 1 ? name : `${name}:${times}`;
  };

  const visit = (tensor: SymbolicTensor, scope: Scope): Call => {
    const found = scope.known.get(key(tensor));
    if (found) return found;
    const source = symbolic(tensor);
    const { sourceLayer: layer, shape } = source;
    const node = nodeOf(source);
    // An input layer names itself as its own input.
    const given = node.inboundLayers.length === 0 ? [] : node.inputTensors;
    const inputs = given.map((each) => visit(each, scope));
    if (isNested(layer)) {
      const known = new Map(layer.inputs.map((input, i) => [key(input), inputs[i]]));
      const inner = scope.within.get(key(tensor)) ?? {
        model: layer,
        prefix: `${scope.prefix}${layer.name}/`,
        around: scope,
        known,
        within: new Map(),
      };
      scope.within.set(key(tensor), inner);
      return visit(layer.outputs[source.tensorIndex], inner);
    }
    if (node.outputTensors.length > 1) refuseOutputs(layer, node.outputTensors.length);
    const call = {
      layer,
      name: uniqueName(scope.prefix + layer.name),
      inputs,
      outputShape: shape.slice(1),
      scope,
    };
    scope.known.set(key(tensor), call);
    all.push(call);
    isWithin(layer, scope);
    return call;
  };

  const scope: Scope = { model, prefix: '', known: new Map(), within: new Map() };
  const [inputs, outputs] = [model.inputs, model.outputs].map((tensors) =>
    tensors.map((tensor) => visit(tensor, scope)),
  );
  return { all, inputs, outputs };
}

function refuseOutputs(layer: Layer, count: number): never {
  throw new FeedalignError(
    'unsupported-layer',
    `The layer '${layer.name}' (${layer.getClassName()}) has ${count} outputs.`,
    'Only layers with one output can be converted: build a recurrent layer without returnState.',
  );
}
