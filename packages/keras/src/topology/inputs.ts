import {
  type Call,
  isObject,
  isTensor,
  type LayerSpec,
  type ModelSpec,
  type TensorRef,
  tensorsIn,
} from './model.js';
import { refuse } from './refuse.js';
import { attentionInputs, attentions } from './rewrites/attention.js';

/** The layers whose calls may begin with a state. */
export const isRecurrent = ({ className }: LayerSpec) =>
  ['Bidirectional', 'GRU', 'LSTM', 'RNN', 'SimpleRNN'].includes(className);

/** Whether any recurrent layer begins with the state of another. */
export const passesStates = ({ layers }: ModelSpec): boolean =>
  layers.some(
    (layer) =>
      (isRecurrent(layer) && layer.calls.some((call) => inputsOf(layer, call).length > 1)) ||
      (layer.nested && passesStates(layer.nested)),
  );

/** What a call may be given by name, beside what its class reads. */
const readNames = new Set(['initial_state', 'mask', 'name', 'training']);

/** The tensors that a call takes, in the order in which tfjs takes them. */
export function inputsOf(layer: LayerSpec, call: Call): readonly TensorRef[] {
  refuseTraining(layer, call);
  if (Object.hasOwn(attentions, layer.className)) return attentionInputs(layer, call);
  for (const [name, value] of Object.entries(call.named)) {
    if (value == null || value === false || readNames.has(name)) continue;
    refuse(layer, `is called with '${name}'`, 'Only tensors, masks and initial states are read.');
  }
  if (isObject(call.positional[0]) && !isTensor(call.positional[0])) {
    refuse(layer, 'is called with a dictionary', 'Call it with a list of tensors.');
  }
  const more = call.positional
    .slice(isRecurrent(layer) ? 2 : 1)
    .find((value) => value != null && value !== false);
  if (more !== undefined) {
    const wayOut =
      'Only tensors, masks and initial states are read: give the others by name, or leave them out.';
    refuse(layer, `is called with ${call.positional.length} arguments`, wayOut);
  }
  const state = isRecurrent(layer) ? [call.positional[1] ?? call.named.initial_state ?? []] : [];
  return tensorsIn([call.positional[0], ...state]);
}

/** Keras 3 writes that these are called as in training, which is their default, and does not do so. */
const forImages = /^(Random|Rand|Aug|Auto|Cut|Mix)|^(CenterCrop|Resizing|Rescaling)$/;

/** Batch statistics and dropout for good are not what TensorFlow.js does when it predicts. */
function refuseTraining(layer: LayerSpec, { positional, named }: Call): void {
  if (forImages.test(layer.className)) return;
  if (named.training !== true && !positional.slice(1).includes(true)) return;
  refuse(
    layer,
    'is called with training=True: it predicts as it trains',
    'Call it without, or with training=False, and save the model again.',
  );
}
