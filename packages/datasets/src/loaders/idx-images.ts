import type { Dataset, Examples } from '../examples.js';
import { badFile, requireLabels } from '../formats/bad-file.js';
import { parseIdx } from '../formats/idx.js';
import { fromUrl } from '../sources/url.js';
import type { Archive, DataFile, DatasetLoader } from './loader.js';
import { type FileContents, readFiles } from './read-files.js';

const SIDE = 28;
const CLASSES = 10;
const SCALE = 1 / 255;

/** The four files of MNIST and of the sets made in its likeness. */
const FILES = {
  trainImages: { name: 'train-images-idx3-ubyte', bytes: 47_040_016 },
  trainLabels: { name: 'train-labels-idx1-ubyte', bytes: 60_008 },
  testImages: { name: 't10k-images-idx3-ubyte', bytes: 7_840_016 },
  testLabels: { name: 't10k-labels-idx1-ubyte', bytes: 10_008 },
} as const;

type Role = keyof typeof FILES;

/** What distinguishes one such set from another. */
export interface IdxImages {
  readonly name: string;
  readonly title: string;
  readonly origin: string;
  readonly licence: string;
  readonly classNames: readonly string[];
  readonly url: string;
  /** For each file the length of its published .gz and the SHA-256 of its contents. */
  readonly files: Readonly<Record<Role, { readonly packed: number; readonly sha256: string }>>;
}

/** The loader of a set in the format of MNIST: 28×28 grey images in IDX files, ten classes. */
export function idxImages({ name, files, ...about }: IdxImages): DatasetLoader {
  const archives = (Object.keys(FILES) as Role[]).map((role): Archive => {
    const file: DataFile = { ...FILES[role], sha256: files[role].sha256 };
    return { name: `${file.name}.gz`, bytes: files[role].packed, format: 'gz', files: [file] };
  });
  return {
    ...about,
    inputShape: [SIDE, SIDE, 1],
    classes: CLASSES,
    trainCount: 60_000,
    testCount: 10_000,
    archives,
    async load({ source = fromUrl(about.url), requireChecksums = true } = {}): Promise<Dataset> {
      const read = await readFiles(archives, source, requireChecksums);
      const contents = (role: Role) => read.files.get(FILES[role].name) as FileContents;
      return {
        name: read.verified ? name : `${name} (unverified)`,
        inputShape: [SIDE, SIDE, 1],
        classes: CLASSES,
        classNames: about.classNames,
        train: examplesOf(contents('trainImages'), contents('trainLabels')),
        test: examplesOf(contents('testImages'), contents('testLabels')),
      };
    },
  };
}

function examplesOf(imageFile: FileContents, labelFile: FileContents): Examples {
  const images = parseIdx(imageFile.bytes, imageFile.path);
  const labels = parseIdx(labelFile.bytes, labelFile.path);
  const [count] = images.shape;
  if (images.shape.length !== 3 || count === 0 || images.shape[1] !== SIDE || images.shape[2] !== SIDE) {
    throw badFile(
      imageFile.path,
      `has shape [${images.shape.join(', ')}], expected [count, ${SIDE}, ${SIDE}] and count above 0`,
    );
  }
  if (labels.shape.length !== 1 || labels.shape[0] !== count) {
    throw badFile(
      labelFile.path,
      `has shape [${labels.shape.join(', ')}], expected [${count}], one label for each image in ${imageFile.path}`,
    );
  }
  requireLabels(labels.values, CLASSES, labelFile.path);
  return {
    count,
    inputShape: [SIDE, SIDE, 1],
    classes: CLASSES,
    inputs: images.values,
    labels: labels.values,
    scale: [SCALE],
    offset: [0],
  };
}
