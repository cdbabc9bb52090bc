import type { Tensor } from '@tensorflow/tfjs-core';
import { inLayer } from './errors.js';
import type { ForwardRecord } from './forward.js';
import type { Node } from './network.js';
import type { Gradient, Parameter, Recorded } from './operation.js';
import type { ForwardLook, Update } from './rule.js';

/** What a forward pass computed, and what signals make of it. */
export function lookInto({ records }: Pick<ForwardRecord, 'records'>): ForwardLook {
  const recordOf = (node: Node) => records[node.id];
  const below = (node: Node, delta: Tensor) => {
    const arriving = inLayer(node, () => node.operation.inputGradient(recordOf(node), delta, 0));
    const [from] = node.inputs;
    return deltaAt(from, recordOf(from), arriving);
  };
  return {
    activation: (unit) => recordOf(unit.end).output,
    response: (unit) => recordOf(unit.activation).output,
    input: (unit) => recordOf(unit.head).inputs[0],
    whereActive: ({ activation }, x) =>
      inLayer(activation, () => activation.operation.gate?.(recordOf(activation), x) ?? x),
    atActivation: ({ chain, activation }, signal) => {
      const behind = chain.slice(chain.indexOf(activation) + 1).reverse();
      return behind.reduce(
        (at, node) =>
          inLayer(node, () =>
            node.operation.inputGradient(recordOf(node), deltaAt(node, recordOf(node), at), 0),
          ),
        signal,
      );
    },
    throughActivation: ({ activation }, signal) => deltaAt(activation, recordOf(activation), signal),
    updates: ({ chain, activation, end }, signal, place) => {
      const [from, first] =
        place === 'output' ? [end, deltaAt(end, recordOf(end), signal)] : [activation, signal];
      const taught = chain.slice(0, chain.indexOf(from) + 1).reverse();
      let at: Tensor | undefined;
      return taught.flatMap((node, i) => {
        at = at ? below(taught[i - 1], at) : first;
        const here = at;
        return updatesAt(node, recordOf(node), () => here, isTrainable);
      });
    },
  };
}

/** What one layer's parameters get, those that learn. */
export function updatesAt(
  node: Node,
  record: Recorded,
  delta: () => Tensor | null,
  learns: (parameter: Parameter) => boolean,
): Update[] {
  const { operation } = node;
  const updates: Update[] = [];
  let computed: readonly Gradient[] | null | undefined;
  for (const [i, parameter] of operation.parameters.entries()) {
    if (!learns(parameter)) continue;
    const arriving = delta();
    computed ??= arriving && operation.gradients?.(record, arriving);
    if (!computed) break;
    updates.push({ parameter, gradient: named(node, computed[i]) });
  }
  return updates;
}

export const deltaAt = (node: Node, record: Recorded, signal: Tensor): Tensor =>
  inLayer(node, () => node.operation.delta?.(record, signal) ?? signal);

export const isTrainable = ({ trainable }: Parameter) => trainable;

/** A gradient whose errors name the layer. */
const named = (node: Node, gradient: Gradient): Gradient => ({
  plain: gradient.plain,
  compute: () => inLayer(node, gradient.compute),
  addTo: (...given) => inLayer(node, () => gradient.addTo(...given)),
});
