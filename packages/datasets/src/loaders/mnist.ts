import { idxImages } from './idx-images.js';

/** MNIST: handwritten digits. */
export const mnist = idxImages({
  name: 'mnist',
  title: 'MNIST',
  origin:
    'LeCun, Cortes and Burges, from handwriting collected by NIST; LeCun, Bottou, Bengio and Haffner, Proceedings of the IEEE 86 (1998).',
  licence: 'The authors state none; it is widely passed on as CC BY-SA 3.0.',
  classNames: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
  url: 'https://storage.googleapis.com/cvdf-datasets/mnist/',
  files: {
    trainImages: {
      packed: 9_912_422,
      sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
    },
    trainLabels: {
      packed: 28_881,
      sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
    },
    testImages: {
      packed: 1_648_877,
      sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
    },
    testLabels: {
      packed: 4_542,
      sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
    },
  },
});
