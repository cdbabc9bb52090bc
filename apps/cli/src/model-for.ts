import type { Dataset } from '@feedalign/datasets';
import { loadKerasModel } from '@feedalign/keras/node';
import { losses } from '@feedalign/losses';
import { createModel } from '@feedalign/models';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { isNamed } from './check-model.js';
import type { Settings } from './settings.js';

/** The model that is to learn: made by its name with the seed's weights, or as its file has it. */
export async function modelFor(
  { model, activation, initialWeights, loss, seed }: Settings,
  { inputShape, classes }: Dataset,
): Promise<LayersModel> {
  if (!isNamed(model)) return loadKerasModel(model);
  return createModel(model, {
    inputShape,
    classes,
    activation: activation as 'relu',
    outputActivation: losses[loss].activation as 'softmax',
    initialWeights,
    seed,
  });
}
