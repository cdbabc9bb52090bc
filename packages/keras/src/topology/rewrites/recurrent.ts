import { isObject, type Json } from '../model.js';
import { refuse } from '../refuse.js';
import type { Config, Context, Rewrite } from '../rewrite.js';

function plain(
  { unroll: _, zero_output_for_mask: __, time_major, ...config }: Config,
  context: Context,
): Config {
  if (time_major === true)
    refuse(context, 'has its time steps first (time_major)', 'Save it with time_major=False.');
  return config;
}

const layer: Rewrite = (config, context) => ({ config: plain(config, context) });

/** Keras' GRU multiplies by the reset gate after the recurrent product, tfjs' before it: other weights, another formula. */
const gru =
  (className: string): Rewrite =>
  ({ reset_after, ...config }, context) => ({
    className: reset_after === true ? className : undefined,
    config: plain(config, context),
  });

const nested: Rewrite = (config, { inner }) => ({
  config: { ...config, ...(config.cell == null ? {} : { cell: inner(config.cell) }) },
});

/** The same layer but for its direction, as tfjs makes it of the forward one. */
function isReverse(forward: Json, backward: Json): boolean {
  const settings = (value: Json): string =>
    JSON.stringify(value, (key, each) =>
      ['name', 'trainable', 'go_backwards', 'shared_object_id', 'build_config'].includes(key)
        ? undefined
        : each,
    );
  return settings(forward) === settings(backward);
}

export const recurrents: Readonly<Record<string, Rewrite>> = {
  Bidirectional: ({ backward_layer, ...config }, context) => {
    if (backward_layer != null && !isReverse(config.layer, backward_layer)) {
      refuse(
        context,
        'runs another layer backwards than forwards',
        'Save it with layer alone, or as two layers.',
      );
    }
    if (config.merge_mode === null && context.masked) {
      refuse(context, 'gives both directions by themselves, with a mask', 'Save it with a merge_mode.');
    }
    const { go_backwards } = (isObject(config.layer) ? config.layer.config : {}) as Config;
    if (go_backwards === true)
      refuse(context, 'begins with the backward direction', 'Save it with go_backwards=False.');
    return { config: { ...config, layer: context.inner(config.layer) } };
  },
  ConvLSTM2D: layer,
  GRU: gru('GRUResetAfter'),
  GRUCell: gru('GRUResetAfterCell'),
  LSTM: layer,
  RNN: (config, context) => nested(plain(config, context), context),
  SimpleRNN: layer,
  StackedRNNCells: (config, { inner }) => ({
    config: { ...config, cells: (config.cells as Json[]).map(inner) },
  }),
  TimeDistributed: (config, { inner }) => ({ config: { ...config, layer: inner(config.layer) } }),
};
