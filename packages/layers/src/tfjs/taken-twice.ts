import { env } from '@tensorflow/tfjs-core';
import { type LayersModel, layers, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import type { Layer } from '../adapter.js';

/** What tfjs' executor knows of a symbolic tensor. */
interface Executed {
  readonly name: string;
  readonly sourceLayer: Layer & Partial<Pick<LayersModel, 'outputs'>>;
  inputs: Executed[];
}

const sortCache = 'TOPOLOGICAL_SORT_CACHE_MAX_ENTRIES';

/**
 * Lets a model predict in which a layer takes one tensor twice, as Multiply([x, x]) does, and another layer takes it too:
 * tfjs' executor counts who takes a tensor by layers and counts down by inputs, and so disposes it too early. Each time but
 * the first the layer is given a copy. Only the executor sees it; the calls, which are saved and shown, stay as they are.
 */
export function copyWhatIsTakenTwice({ outputs }: LayersModel): void {
  const seen = new Set<Executed>();
  let isChanged = false;
  const visit = (tensor: Executed) => {
    if (seen.has(tensor)) return;
    seen.add(tensor);
    tensor.sourceLayer.outputs?.forEach((output) => {
      visit(output as unknown as Executed);
    });
    tensor.inputs.forEach(visit);
    if (new Set(tensor.inputs).size === tensor.inputs.length) return;
    isChanged = true;
    tensor.inputs = tensor.inputs.map((input, i, all) => (all.indexOf(input) === i ? input : copyOf(input)));
  };
  for (const output of outputs) visit(output as unknown as Executed);
  if (isChanged) forgetSorted();
}

function copyOf(tensor: Executed): Executed {
  const { sourceLayer, name } = tensor;
  const copy = layers.activation({ activation: 'linear', name: `${name.replaceAll('/', '_')}_again` });
  const copied = copy.apply(tensor as unknown as SymbolicTensor) as unknown as Executed;
  // It is no layer of the model.
  sourceLayer.outboundNodes.pop();
  return copied;
}

/** tfjs keeps in which order it computed what, by names. */
function forgetSorted(): void {
  const entries = env().getNumber(sortCache);
  env().set(sortCache, 0);
  env().set(sortCache, entries);
}
