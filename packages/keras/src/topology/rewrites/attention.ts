import type { Argument, Call, LayerSpec, TensorRef } from '../model.js';
import { isTensor, tensorsIn } from '../model.js';
import { refuse } from '../refuse.js';
import type { Rewrite } from '../rewrite.js';

const parameters: Readonly<Record<string, readonly string[]>> = {
  MultiHeadAttention: ['query', 'value', 'key', 'query_mask', 'value_mask', 'key_mask', 'attention_mask'],
};

/** What a call of MultiHeadAttention takes, by the names of its parameters. */
const argumentsOf = ({ positional, named }: Call): Record<string, Argument> => ({
  ...Object.fromEntries(positional.map((value, i) => [parameters.MultiHeadAttention[i], value])),
  ...named,
});

const roles = ['query', 'value', 'key', 'attention_mask'] as const;

/** The tensors of a call that the layer of this package takes as its inputs, in the order of `roles`. */
export const attentionInputs = (layer: LayerSpec, call: Call): TensorRef[] => {
  if (layer.className !== 'MultiHeadAttention') return tensorsIn(call.positional[0]);
  const given = argumentsOf(call);
  return roles.flatMap((role) => (isTensor(given[role]) ? [given[role]] : []));
};

const multiHead =
  (layer: LayerSpec): Rewrite =>
  (config, context) => {
    const calls = layer.calls.map(argumentsOf);
    const named = JSON.stringify(calls.map((given) => roles.map((role) => isTensor(given[role]))));
    if (new Set(calls.map((given) => JSON.stringify(roles.map((role) => isTensor(given[role]))))).size > 1) {
      refuse(
        context,
        `is called in different ways (${named})`,
        'Give each way of calling a layer of its own.',
      );
    }
    const [given] = calls;
    if (given.return_attention_scores === true)
      refuse(context, 'returns its scores too', 'Ask for the output alone.');
    if (config.use_gate === true || config.sliding_window != null) {
      refuse(context, 'has a gate or a sliding window', 'Save it without use_gate and sliding_window.');
    }
    const axes = config.attention_axes as number[] | null | undefined;
    if (context.rank !== undefined && context.rank !== 3 && axes != null) {
      refuse(
        context,
        `attends over axes of a tensor of rank ${context.rank}`,
        'Only [batch, time, features] is read.',
      );
    }
    const { num_heads, key_dim, value_dim, dropout = 0, use_bias = true, output_shape = null } = config;
    const parts = [
      'kernel_initializer',
      'bias_initializer',
      'kernel_regularizer',
      'bias_regularizer',
      'kernel_constraint',
      'bias_constraint',
    ];
    return {
      config: {
        ...Object.fromEntries(parts.map((part) => [part, config[part] ?? null])),
        num_heads,
        key_dim,
        value_dim: value_dim ?? key_dim,
        dropout,
        use_bias,
        output_size: output_shape === null ? null : [output_shape].flat()[0],
        causal: given.use_causal_mask === true,
        inputs: roles.filter((role) => isTensor(given[role])).map(String),
      },
    };
  };

const dot =
  (layer: LayerSpec): Rewrite =>
  (config, context) => {
    const { named, positional } = layer.calls[0];
    const masks = [positional[1], named.mask].flat();
    if (masks.some((mask) => mask != null)) {
      refuse(
        context,
        'is called with masks',
        'Use MultiHeadAttention and give it an attention_mask, which is read.',
      );
    }
    if (named.return_attention_scores === true)
      refuse(context, 'returns its scores too', 'Ask for the output alone.');
    const { use_scale = false, score_mode = 'dot', dropout = 0 } = config;
    return {
      className: 'DotAttention',
      config: {
        score: layer.className === 'AdditiveAttention' ? 'additive' : score_mode,
        use_scale: layer.className === 'AdditiveAttention' ? (config.use_scale ?? true) : use_scale,
        dropout,
        causal: named.use_causal_mask === true || config.causal === true,
      },
    };
  };

export const attentions: Readonly<Record<string, (layer: LayerSpec) => Rewrite>> = {
  AdditiveAttention: dot,
  Attention: dot,
  MultiHeadAttention: multiHead,
};
