import { FeedalignError } from '@feedalign/core';
import { refuseUnconnected, requireAffordable, withDepthMultipliers } from '@feedalign/core/files';
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
    if (artifacts.weightData) return await load(artifacts, name);
    const topology = topologyOf(artifacts);
    refuseUnconnected(topology);
    requireAffordable(name, topology, MOST_DRAWN);
    return await loadLayersModel({ load: async () => artifacts });
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

/** Weights that no file has are drawn: as many as 4 GiB have. */
const MOST_DRAWN = 2 ** 30;

const topologyOf = ({ modelTopology }: io.ModelArtifacts): JsonObject => {
  const saved = modelTopology as JsonObject;
  return (saved.model_config as JsonObject | undefined) ?? saved;
};

async function load(artifacts: io.ModelArtifacts, name: string): Promise<LayersModel> {
  const { weightData, weightSpecs = [], trainingConfig, userDefinedMetadata } = artifacts;
  const numbers = weightSpecs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const described = withDepthMultipliers(topologyOf(artifacts), weightSpecs) as JsonObject;
  const model = makeModel(described, numbers, name);
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
