import type { Adapter } from '../adapter.js';

/** InputLayer: what the network is fed; it has nothing before it. */
export const input: Adapter = () => ({
  parameters: [],
  forward: (inputs) => ({ inputs, output: inputs[0] }),
  inputGradient: (_record, delta) => delta,
});
