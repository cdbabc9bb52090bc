import { FeedalignError } from '@feedalign/core';
import { withDepthMultipliers } from '@feedalign/core/files';
import { io } from '@tensorflow/tfjs-core';
import { type LayersModel, loadLayersModel } from '@tensorflow/tfjs-layers';
import { makeModel } from './make-model.js';
import type { JsonObject } from './topology/model.js';

/**
 * A model that TensorFlow.js saved, as `tf.loadLayersModel` loads it, but that no weights are drawn first: with
 * tfjs-core alone tfjs cannot draw those of recurrent layers in nested models.
 */
export async function loadStock(artifacts: io.ModelArtifacts, name: string): Promise<LayersModel> {
  try {
    return artifacts.weightData
      ? await load(artifacts)
      : await loadLayersModel({ load: async () => artifacts });
  } catch (cause) {
    if (cause instanceof FeedalignError) throw cause;
    throw new FeedalignError(
      'unsupported-model',
      `TensorFlow.js cannot load '${name}': ${(cause as Error).message.split('\n')[0]}`,
      'Save the model again in TensorFlow.js.',
      { cause },
    );
  }
}

async function load(artifacts: io.ModelArtifacts): Promise<LayersModel> {
  const { weightData, weightSpecs = [], trainingConfig, userDefinedMetadata } = artifacts;
  const saved = artifacts.modelTopology as JsonObject;
  const topology = (saved.model_config as JsonObject | undefined) ?? saved;
  const model = makeModel(withDepthMultipliers(topology, weightSpecs) as JsonObject);
  if (trainingConfig)
    model.loadTrainingConfig(trainingConfig as Parameters<LayersModel['loadTrainingConfig']>[0]);
  if (userDefinedMetadata) model.setUserDefinedMetadata(userDefinedMetadata);
  const tensors = io.decodeWeights(weightData as ArrayBuffer, weightSpecs);
  const isOptimizers = ({ group }: io.WeightsManifestEntry) => group === 'optimizer';
  const ofOptimizer = weightSpecs.filter(isOptimizers).map(({ name }) => ({ name, tensor: tensors[name] }));
  const own = weightSpecs.filter((spec) => !isOptimizers(spec)).map(({ name }) => [name, tensors[name]]);
  try {
    model.loadWeights(Object.fromEntries(own));
    if (ofOptimizer.length > 0) await model.optimizer.setWeights(ofOptimizer);
  } finally {
    for (const tensor of Object.values(tensors)) tensor.dispose();
  }
  return model;
}
