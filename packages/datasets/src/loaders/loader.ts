import type { Rng } from '@feedalign/core';
import type { Dataset } from '../examples.js';
import type { Source } from '../sources/source.js';

/** A file as the loaders read it, unpacked. */
export interface DataFile {
  readonly name: string;
  readonly bytes: number;
  /** Of the unpacked contents, in hexadecimal. */
  readonly sha256: string;
}

/** A file as its authors publish it, packed. */
export interface Archive {
  readonly name: string;
  /** The length of the published archive. */
  readonly bytes: number;
  readonly format: 'gz' | 'tar.gz';
  /** What is in it: exactly one file in a gz. */
  readonly files: readonly DataFile[];
}

/** Where a data set comes from. */
export interface LoadOptions {
  /** Where the files lie; default the authors' server. Synthetic data needs none. */
  readonly source?: Source;
  /** Draws synthetic data; default `createRng(0)`. Data from files needs none. */
  readonly rng?: Rng;
  /**
   * Whether files must be the published ones; default true. With false, files in the right format with other contents
   * are taken too, and the data set's name then ends in ' (unverified)'.
   */
  readonly requireChecksums?: boolean;
}

/** What is known about a data set, and how to load it. */
export interface DatasetLoader {
  readonly title: string;
  /** Who made it and where it is described. */
  readonly origin: string;
  readonly licence: string;
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly classNames?: readonly string[];
  readonly trainCount: number;
  readonly testCount: number;
  /** The folder on the authors' server; absent for synthetic data. */
  readonly url?: string;
  /** The files there; none for synthetic data. */
  readonly archives: readonly Archive[];
  /**
   * @throws FeedalignError `bad-data-file` when a file is missing, cannot be read, or is not what it should be; the
   *   message names the file, what was expected and what was found
   */
  load(options?: LoadOptions): Promise<Dataset>;
}
