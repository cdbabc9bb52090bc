import type { Network } from '@feedalign/core';

/** What one should know of a rule whose signal stays as large as it was when the network makes no more mistakes. */
export const neverShrinks =
  'Its signal does not shrink with the error: units saturate or, with ReLU, die under it. Bounded activations (tanh, sigmoid), wide layers and a small or falling learning rate suit it.';

/** A warning that names the units with convolutions, if there are any. */
function convolutionsDoNotAlign(network: Network): string[] {
  const windows = network.units.filter((unit) => !unit.isOutput && (unit.kernel?.variable.rank ?? 0) > 2);
  if (windows.length === 0) return [];
  const names = windows.map((unit) => unit.name).join(', ');
  return [
    `Convolutions do not align under direct feedback (${names}): shared weights cannot follow a signal that differs at every place (Refinetti et al. 2021). They learn something, but far less than under backpropagation.`,
  ];
}

/** A warning that names the units with fewer numbers than the error has, if there are any. */
function narrowLayersTeachLittle({ units, errorSize }: Network): string[] {
  const narrow = units.filter((unit) => !unit.isOutput && unit.size < errorSize);
  if (narrow.length === 0) return [];
  const names = narrow.map(({ name, size }) => `${name}: ${size}`).join(', ');
  return [
    `There are layers narrower than the ${errorSize} outputs (${names}): the error does not fit through them, and under direct feedback they learn from a part of it. Make them wider, or take a rule that passes the error from layer to layer, such as fa.`,
  ];
}

/** What one should know of a network before a direct rule teaches it. */
export const ofDirectRules = (network: Network): string[] => [
  ...convolutionsDoNotAlign(network),
  ...narrowLayersTeachLittle(network),
];
