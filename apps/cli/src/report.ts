import { join } from 'node:path';
import { type Figure, figureToSvg } from '@feedalign/figures';
import { svgToPng } from '@feedalign/figures/png';
import { fileSystem, writeWhole } from '@feedalign/models/node';
import type { io } from '@tensorflow/tfjs-core';

/** A file that is to be written, with how. */
export interface OutFile {
  readonly path: string;
  write(): Promise<unknown>;
}

/** Numbers as JSON, and a figure as SVG and as PNG. */
export function filesOf(folder: string, results: object, figure: Figure): OutFile[] {
  const file = (name: string, contents: () => string | Uint8Array): OutFile => {
    const path = join(folder, name);
    return { path, write: () => writeWhole(path, contents()) };
  };
  return [
    file('results.json', () => `${JSON.stringify(results, null, 2)}\n`),
    file('figure.svg', () => figureToSvg(figure)),
    file('figure.png', () => svgToPng(figureToSvg(figure))),
  ];
}

/** A trained model, a plain one of tfjs. */
export const modelFile = (path: string, model: io.ModelArtifacts): OutFile => ({
  path,
  write: async () => fileSystem(path).save?.(model),
});

/**
 * Writes all that can be written.
 *
 * @param tell is told of each file that is there
 * @returns why others are not
 */
export async function writeAll(files: readonly OutFile[], tell: (path: string) => void): Promise<unknown[]> {
  const failures: unknown[] = [];
  for (const { path, write } of files) {
    try {
      await write();
      tell(path);
    } catch (error) {
      failures.push(error);
    }
  }
  return failures;
}
