import { FeedalignError } from '@feedalign/core';
import { badFile } from './file.js';

interface Kind {
  readonly is: (start: Uint8Array, text: string, name: string) => boolean;
  readonly what: string;
  readonly wayOut: string;
  /** Of another library, and no damage. */
  readonly isWhole?: boolean;
}

const at = (start: Uint8Array, offset: number, bytes: readonly number[]) =>
  bytes.every((byte, i) => start[offset + i] === byte);
const ended = (...endings: string[]) => new RegExp(`(${endings.join('|')})([?#].*)?$`, 'i');

const toKeras = "Load it where it was made, rebuild it in Keras, and save that: model.save('model.keras').";
const savedModel = "Load it in Keras and save it again: model.save('model.keras').";

/** What people give in place of a model, by how it begins or by its name. */
const kinds: readonly Kind[] = [
  {
    is: (_, text) => /^\s*</.test(text),
    what: 'is a web page, not a model',
    wayOut: 'Check the address: a server answers so when there is no such file.',
  },
  {
    is: (_, text) => text.startsWith('version https://git-lfs'),
    what: 'is a pointer of Git LFS, not the file itself',
    wayOut: 'Get the file: git lfs pull.',
  },
  { is: (start) => at(start, 0, [0x1f, 0x8b]), what: 'is packed with gzip', wayOut: 'Unpack it: gunzip.' },
  {
    is: (start, _, name) => at(start, 4, [0x54, 0x46, 0x4c, 0x33]) || ended('\\.tflite').test(name),
    what: 'is a model of TensorFlow Lite, which has no layers any more',
    wayOut: 'Give the Keras model that it was made of.',
    isWhole: true,
  },
  {
    is: (start, _, name) =>
      ended(
        'saved_model\\.pb',
        'keras_metadata\\.pb',
        'fingerprint\\.pb',
        '\\.data-\\d+-of-\\d+',
        'variables\\.index',
        '\\.ckpt',
      ).test(name) || at(start, 0, [0x08, 0x01, 0x12]),
    what: 'is a part of a SavedModel of TensorFlow: its layers are gone, only operations are left',
    wayOut: savedModel,
    isWhole: true,
  },
  {
    is: (start, _, name) =>
      (start[0] === 8 && start[1] > 1 && start[1] < 32 && start[2] === 0x12) || ended('\\.onnx').test(name),
    what: 'is an ONNX model, which has no layers but operations',
    wayOut: toKeras,
    isWhole: true,
  },
  {
    is: (start, text, name) =>
      (at(start, 5, [0, 0, 0]) && text[8] === '{') || ended('\\.safetensors').test(name),
    what: 'has weights as safetensors, and no layers',
    wayOut: toKeras,
    isWhole: true,
  },
  {
    is: (start, _, name) =>
      (start[0] === 0x80 && start[1] <= 5) || ended('\\.pth?', '\\.pkl', '\\.pickle').test(name),
    what: 'is a pickle of Python, as PyTorch saves models',
    wayOut: toKeras,
    isWhole: true,
  },
  {
    is: (start) => at(start, 0, [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]),
    what: 'is an array of NumPy',
    wayOut: "Save the whole model in Keras: model.save('model.keras').",
    isWhole: true,
  },
];

/** An error that says what a file is, where it is a well-known other thing than a model. */
export function foreign(name: string, bytes: Uint8Array): FeedalignError | undefined {
  const start = bytes.subarray(0, 512);
  const text = new TextDecoder().decode(start);
  const kind = kinds.find(({ is }) => is(start, text, name));
  if (!kind) return undefined;
  const problem = `'${name}' ${kind.what}.`;
  return kind.isWhole
    ? new FeedalignError('unsupported-model', problem, kind.wayOut)
    : badFile(problem, kind.wayOut);
}
