import type { Dataset, Examples } from '../examples.js';
import { parseCifar10 } from '../formats/cifar10.js';
import { fromUrl } from '../sources/url.js';
import type { Archive, DatasetLoader } from './loader.js';
import { type FileContents, readFiles } from './read-files.js';

const BYTES = 30_730_000;
const TEST = 'test_batch.bin';
const INPUT_SHAPE = [32, 32, 3];
const CLASSES = 10;
const SCALE = 1 / 255;
const SERVER = 'https://www.cs.toronto.edu/~kriz/';

const archive: Archive = {
  name: 'cifar-10-binary.tar.gz',
  bytes: 170_052_171,
  format: 'tar.gz',
  files: [
    ['data_batch_1.bin', 'cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5'],
    ['data_batch_2.bin', 'a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed'],
    ['data_batch_3.bin', 'bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67'],
    ['data_batch_4.bin', '014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48'],
    ['data_batch_5.bin', '755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add'],
    [TEST, '8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b'],
  ].map(([name, sha256]) => ({ name, bytes: BYTES, sha256 })),
};

/** CIFAR-10: small colour photographs. */
export const cifar10: DatasetLoader = {
  title: 'CIFAR-10',
  origin: 'Krizhevsky, Learning Multiple Layers of Features from Tiny Images, University of Toronto (2009).',
  licence: 'The authors state none and ask that their report be cited.',
  inputShape: INPUT_SHAPE,
  classes: CLASSES,
  classNames: ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'],
  trainCount: 50_000,
  testCount: 10_000,
  url: SERVER,
  archives: [archive],
  async load({ source = fromUrl(SERVER), requireChecksums = true } = {}): Promise<Dataset> {
    const { files, verified } = await readFiles([archive], source, requireChecksums);
    const test = files.get(TEST) as FileContents;
    const train = [...files.values()].filter((file) => file !== test);
    return {
      name: verified ? 'cifar10' : 'cifar10 (unverified)',
      inputShape: INPUT_SHAPE,
      classes: CLASSES,
      classNames: cifar10.classNames,
      train: examplesOf(train),
      test: examplesOf([test]),
    };
  },
};

function examplesOf(files: readonly FileContents[]): Examples {
  const { count, images, labels } = parseCifar10(
    files.map(({ bytes }) => bytes),
    files.map(({ path }) => path),
  );
  return {
    count,
    inputShape: INPUT_SHAPE,
    classes: CLASSES,
    inputs: images,
    labels,
    scale: [SCALE],
    offset: [0],
  };
}
