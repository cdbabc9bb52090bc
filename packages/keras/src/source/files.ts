import { badFile, type Place } from './file.js';

/** A file as a picker or a drop gives it. */
type Named = Blob & { readonly name?: string; readonly webkitRelativePath?: string };

const nameOf = (file: Named): string => file.name ?? 'the model';
const pathOf = (file: Named): string => file.webkitRelativePath || nameOf(file);
const bytesOf = async (file: Blob) => new Uint8Array(await file.arrayBuffer());

/** The one that says what the model is, best first. */
const mains = [/(^|\/)model\.json$/i, /\.(keras|h5|hdf5)$/i, /(^|\/)config\.json$/i, /\.json$/i];

/** All files of a model: the one that describes it is found by its name, and the others by theirs. */
export function filesPlace(files: readonly Named[]): Place {
  const main =
    files.length === 1 ? files[0] : mains.map((each) => only(files, each)).find((file) => file !== undefined);
  if (!main) {
    throw badFile(
      `Of the files ${files.map(nameOf).join(', ') || '(none)'} no single one is a model.`,
      'Give a model.json with its files of weights, a .keras or an .h5 file.',
    );
  }
  const name = pathOf(main);
  return {
    name,
    read: async (path, most = Number.POSITIVE_INFINITY) => {
      const file = path === undefined ? main : find(files, path, name);
      if (file.size > most)
        throw badFile(
          `'${pathOf(file)}' has ${file.size} bytes, more than the ${most} that it may have.`,
          'Give the files of one model.',
        );
      return bytesOf(file);
    },
  };
}

/** Of `model (1).weights.h5` and `model.weights.h5` none is meant. */
const only = (files: readonly Named[], pattern: RegExp): Named | undefined => {
  const fitting = files.filter((file) => pattern.test(pathOf(file)) && !/\.weights\.h5$/i.test(nameOf(file)));
  return fitting.length === 1 ? fitting[0] : undefined;
};

/** `group1-shard2of3` of `group1-shard2of3 (1).bin`, as browsers rename what they download twice. */
const shardOf = (path: string): string | undefined => /[^/\\]*shard\d+of\d+/i.exec(path)?.[0].toLowerCase();

function find(files: readonly Named[], path: string, model: string): Named {
  const base = path.split('/').at(-1);
  const shard = shardOf(path);
  const ways: ((file: Named) => boolean)[] = [
    (file) => pathOf(file) === path || pathOf(file).endsWith(`/${path}`),
    (file) => nameOf(file) === base,
    (file) => shard !== undefined && shardOf(nameOf(file)) === shard,
  ];
  for (const way of ways) {
    const fitting = files.filter(way);
    if (fitting.length === 1) return fitting[0];
    if (fitting.length > 1) {
      throw badFile(
        `'${model}' has weights in '${path}', which could be ${fitting.map((file) => `'${pathOf(file)}'`).join(' or ')}.`,
        'Give the files of one model.',
      );
    }
  }
  throw elsewhere(model, path);
}

const elsewhere = (name: string, path: string) =>
  badFile(
    `'${name}' has its weights in another file, '${path}'.`,
    'Give that too, loadKerasModel([file, …]), or an address.',
  );

export const inMemory = (bytes: Uint8Array, name = 'the model'): Place => ({
  name,
  read: async (path) => {
    if (path === undefined) return bytes;
    throw elsewhere(name, path);
  },
});
