import type { io } from '@tensorflow/tfjs-core';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import { expect, it } from 'vitest';
import {
  difference,
  type Expected,
  filesOf,
  json,
  onBackend,
  predict,
  toleranceOf,
  versions,
} from './support.js';

onBackend('cpu');

interface ModelJson {
  readonly modelTopology: object;
  readonly weightsManifest: readonly {
    readonly paths: string[];
    readonly weights: io.WeightsManifestEntry[];
  }[];
}

/** What tfjs makes of a file by itself, without this package. */
async function verdict(files: Readonly<Record<string, Uint8Array>>, file: string): Promise<string> {
  const { modelTopology, weightsManifest } = json<ModelJson>(files[file]);
  const [name, form] = file.split('/');
  const paths = weightsManifest.flatMap(({ paths }) => paths);
  const weightData = paths.map((path) => Uint8Array.from(files[`${name}/${form}/${path}`]).buffer);
  const weightSpecs = weightsManifest.flatMap(({ weights }) => weights);
  const expected = json<Expected>(files[`${name}/data.json`]);
  try {
    const model = await loadLayersModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
    const found = predict(model, expected);
    const differences = found.map(({ values }, i) => difference(expected.outputs[i].values, values));
    return Math.max(...differences) < toleranceOf(file) ? 'right' : 'wrong';
  } catch {
    return 'refused';
  }
}

it('of the model.json files of the fixtures, tfjs by itself reads eight rightly and one wrongly', async () => {
  const verdicts: Record<string, string[]> = { right: [], wrong: [], refused: [] };
  for (const version of versions) {
    const files = filesOf(version);
    const isRead = (file: string) => `${file.split('/')[0]}/data.json` in files;
    for (const file of Object.keys(files).filter((each) => each.endsWith('model.json') && isRead(each))) {
      verdicts[await verdict(files, file)].push(`${version}/${file.split('/').slice(0, 2).join('/')}`);
    }
  }
  const right = ['classifier', 'digits', 'efficientnet', 'mixed', 'prefixes', 'seq2seq', 'stacked', 'unet'];
  expect(verdicts.right.sort()).toEqual(right.map((name) => `keras2/${name}/from-h5`));
  expect(verdicts.wrong).toEqual(['keras2/masked/from-h5']);
  expect(verdicts.refused).toHaveLength(107);
});
