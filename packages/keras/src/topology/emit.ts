import { isChain, orderOfCalls, type TfjsLayer, type TfjsModel } from './graph.js';
import type { Json, JsonObject, TensorRef } from './model.js';

/** The model as the `modelTopology` that `tf.loadLayersModel` reads. */
export const emit = (model: TfjsModel): JsonObject =>
  model.kind === 'Sequential' && isChain(model)
    ? { class_name: 'Sequential', config: { name: model.name, layers: model.layers.map(described) } }
    : functional(model);

const described = ({ className, config, nested }: TfjsLayer): JsonObject => {
  if (!nested) return { class_name: className, config };
  return className === 'TimeDistributed'
    ? { class_name: className, config: { ...config, layer: emit(nested) } }
    : emit(nested);
};

function functional(model: TfjsModel): JsonObject {
  const order = orderOfCalls(model);
  const layers = new Map(model.layers.map((layer) => [layer.name, layer]));
  // A nested model's own making is its call 0 in TensorFlow.js.
  const firstCall = ({ nested, className }: TfjsLayer) => (nested && className !== 'TimeDistributed' ? 1 : 0);
  const history = ({ layer: name, call, output }: TensorRef): Json => {
    const layer = layers.get(name);
    // A call that is not there, or that waits for itself, is refused where the model is made.
    const at = layer?.calls.length === 0 ? 0 : (order.get(name)?.indexOf(call) ?? -1);
    if (!layer || at < 0) return [name, Number.MAX_SAFE_INTEGER, output];
    const index = layer.calls.length === 0 ? 0 : at + firstCall(layer);
    return [name, index, output];
  };
  return {
    class_name: 'Functional',
    config: {
      name: model.name,
      layers: model.layers.map((layer) => ({
        ...described(layer),
        name: layer.name,
        inbound_nodes: layer.calls.map((inputs) =>
          inputs.map((tensor) => [...(history(tensor) as Json[]), {}]),
        ),
      })),
      input_layers: model.inputs.map(history),
      output_layers: model.outputs.map(history),
    },
  };
}
