import type { Group } from 'jsfive';
import { versionOf } from '../topology/normalize.js';
import type { WeightEntry } from '../weights/entry.js';
import { badFile, type KerasFile, wholeModel } from './file.js';
import { entryOf, type Guard, memberOf, strings, withHdf5 } from './hdf5.js';
import { parsed } from './json.js';

/** A model in one HDF5 file: what Keras 2 saved by default, and Keras 3 still saves under the ending `.h5`. */
export const readH5 = (name: string, bytes: Uint8Array): Promise<KerasFile> =>
  withHdf5(name, bytes, (file, guard) => {
    const { model_config, keras_version = null } = file.attrs;
    if (model_config === undefined) {
      throw badFile(`'${name}' has weights only, and no model.`, wholeModel);
    }
    const topology = {
      ...parsed(`${name} (model_config)`, String(model_config)),
      keras_version: keras_version === null ? null : String(keras_version),
    };
    const weights = memberOf(file, 'model_weights', 'group');
    return {
      kind: 'keras',
      topology,
      version: versionOf(topology),
      weights: strings(weights, 'layer_names').flatMap((layer) =>
        weightsOf(guard, memberOf(weights, layer, 'group'), layer),
      ),
    };
  });

const weightsOf = (guard: Guard, group: Group, layer: string): WeightEntry[] =>
  strings(group, 'weight_names').map((name) =>
    entryOf(guard, name.replace(/:\d+$/, ''), memberOf(group, name, 'dataset'), layer),
  );
