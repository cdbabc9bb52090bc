// Loaded before the command line: a gradient of tfjs that is wrong on cpu, a training primitive whose error has the wrong
// sign there, and a backend that cannot start.
import '@tensorflow/tfjs-backend-cpu';
import { softmaxCrossEntropy } from '@feedalign/backend';
import { neg, registerBackend, registerKernel } from '@tensorflow/tfjs-core';
import { makeWrong } from './wrong-kernel.js';

makeWrong('Conv2DBackpropFilter', 'cpu');

registerKernel({
  kernelName: softmaxCrossEntropy.kernelName,
  backendName: 'cpu',
  kernelFunc: ({ inputs, attrs }) => {
    const [p, losses, error] = softmaxCrossEntropy.portable(inputs as never, attrs as object);
    return [p, losses, neg(error)];
  },
});

registerBackend('webgl', () => {
  throw new Error('There is no canvas here.');
});
