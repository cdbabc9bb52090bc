import { isObject, type Json, type JsonObject } from './model.js';
import type { Owner } from './parts.js';
import { refuse } from './refuse.js';

/** Activations by their names in Keras; those after the first row are this package's own. */
const activations: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    [
      'elu',
      'gelu',
      'linear',
      'mish',
      'relu',
      'relu6',
      'selu',
      'sigmoid',
      'softmax',
      'softplus',
      'softsign',
      'swish',
      'tanh',
    ].map((name) => [name, name]),
  ),
  log_softmax: 'logSoftmax',
  silu: 'swish',
  celu: 'celu',
  exponential: 'exponential',
  hard_silu: 'hardSilu',
  hard_swish: 'hardSilu',
  hard_tanh: 'hardTanh',
  leaky_relu: 'leakyRelu',
  log_sigmoid: 'logSigmoid',
  squareplus: 'squareplus',
  tanh_shrink: 'tanhShrink',
};

/** The name of an activation in TensorFlow.js. */
export function activation(value: Json, owner: Owner): Json {
  const isOwn = isObject(value) && String(value.registered_name).includes('>');
  const named = isObject(value) && typeof value.config === 'string' ? value.config : value;
  const name = isOwn ? value.registered_name : named;
  // Keras 3 divides by six where Keras 2 multiplies by a fifth.
  if (name === 'hard_sigmoid') return owner.version >= 3 ? 'hardSigmoidSixth' : 'hardSigmoid';
  if (typeof name === 'string' && Object.hasOwn(activations, name)) return activations[name];
  const shown = typeof name === 'string' ? `'${name}'` : `a ${(value as JsonObject).class_name}`;
  return refuse(
    owner,
    `has ${shown} for its activation, which cannot be read`,
    `Put the activation behind it as a layer of its own, or use one of ${Object.keys(activations).sort().join(', ')}.`,
  );
}
