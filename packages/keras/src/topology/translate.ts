import { plainConfig, translateConfig, translateInner } from './configure.js';
import { outputOf, type TfjsLayer, type TfjsModel, withCopies, withoutDeadEnds } from './graph.js';
import { inputsOf, isRecurrent, passesStates } from './inputs.js';
import { hasMasks, type MaskPlan, planMasks } from './masks.js';
import { isObject, type JsonObject, type LayerSpec, type ModelSpec, type TensorRef } from './model.js';
import { translateOperation } from './operations.js';
import { type Facts, keyOf } from './propagate.js';
import { ranksOf } from './ranks.js';
import type { Context, Rewritten } from './rewrite.js';
import { maskPassage, type Passage, through } from './steps.js';

/** What holds of a file as a whole. */
interface File {
  readonly version: number;
  readonly hasMasks: boolean;
  readonly hasStates: boolean;
}

/** A Keras model in the layers that TensorFlow.js and this package have. */
export const translate = (model: ModelSpec, version: number): TfjsModel =>
  translateModel(model, { version, hasMasks: hasMasks(model), hasStates: passesStates(model) }, false);

function translateModel(model: ModelSpec, file: File, outsideMask: boolean): TfjsModel {
  const ranks = ranksOf(model);
  const masks = planMasks(model, file.hasMasks, file.version, outsideMask);
  const zeroed = new Map<string, TensorRef>();
  const layers = model.layers.flatMap((layer): TfjsLayer[] => {
    const own = translateLayer(layer, file, ranks, masks);
    return [...own, ...zeroing(layer, masks, zeroed)];
  });
  const resolve = (tensor: TensorRef) => zeroed.get(keyOf(tensor)) ?? tensor;
  const translated = withoutDeadEnds({
    ...model,
    layers: layers.map((layer) => ({
      ...layer,
      calls:
        layer.className === 'ZeroMasked' ? layer.calls : layer.calls.map((inputs) => inputs.map(resolve)),
    })),
    outputs: model.outputs.map(resolve),
  });
  return withCopies(translated);
}

function translateLayer(
  layer: LayerSpec,
  file: File,
  ranks: Facts<number | undefined>,
  masks: MaskPlan,
): TfjsLayer[] {
  if (layer.operation !== undefined) {
    const { className, config, inputs } = translateOperation(layer);
    return [{ className, name: layer.name, config: { ...config, name: layer.name }, calls: inputs }];
  }
  const calls = layer.calls.map((call) => inputsOf(layer, call));
  const masked = layer.calls.some((_, call) => masks.masked(layer, call));
  const context: Context = {
    ...layer,
    version: file.version,
    rank: calls[0]?.[0] && ranks.get(keyOf(calls[0][0])),
    masked,
    inner: (json) => translateInner(json as JsonObject, layer.name, file.version),
  };
  const written = layer.nested
    ? {
        className: layer.className,
        config: layer.className === 'TimeDistributed' ? plainConfig(layer, context) : {},
      }
    : translateConfig(layer, context);
  const inserted: TfjsLayer[] = [];
  const led = calls.map((inputs, i) => {
    const suffix = i === 0 ? '' : `_${i}`;
    const { layers, input } = passage(
      inputs[0],
      `${layer.name}${suffix}`,
      layer,
      written,
      masks.steps.get(layer)?.[i],
      file,
      inputs,
    );
    inserted.push(...layers);
    return [input, ...inputs.slice(1)];
  });
  const nested = layer.nested && translateModel(layer.nested, file, masked);
  const { before: _, className, config } = written as Rewritten;
  return [
    ...inserted,
    { className, name: layer.name, config: { ...config, name: layer.name }, calls: led, nested },
  ];
}

function passage(
  input: TensorRef,
  name: string,
  layer: LayerSpec,
  { before = {} }: Partial<Rewritten>,
  step: Parameters<typeof maskPassage>[2],
  file: File,
  inputs: readonly TensorRef[],
): Passage {
  const forgetsState = file.hasStates && isRecurrent(layer) && inputs.length === 1;
  const start = maskPassage({ layers: [], input }, name, step, forgetsState);
  return Object.entries(before).reduce(
    (led, [ending, written]) => through(led, `${name}_${ending}`, written),
    start,
  );
}

/** Keras' Bidirectional, and others if told so, give zeros where the mask hides a step; tfjs repeats the step before. */
function zeroing(layer: LayerSpec, masks: MaskPlan, zeroed: Map<string, TensorRef>): TfjsLayer[] {
  const { return_sequences, zero_output_for_mask } = (
    isObject(layer.config.layer) ? layer.config.layer.config : layer.config
  ) as JsonObject;
  const zeroes = layer.className === 'Bidirectional' || (isRecurrent(layer) && zero_output_for_mask === true);
  if (!zeroes || return_sequences !== true) return [];
  return layer.calls.flatMap((_, call) => {
    if (!masks.masked(layer, call)) return [];
    const name = `${layer.name}_zeroed${call === 0 ? '' : `_${call}`}`;
    zeroed.set(keyOf(outputOf(layer.name, call)), outputOf(name));
    return [{ className: 'ZeroMasked', name, config: { name }, calls: [[outputOf(layer.name, call)]] }];
  });
}
