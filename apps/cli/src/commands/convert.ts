import { join } from 'node:path';
import { type BackendName, useBackend } from '@feedalign/backend';
import { loadKerasModel } from '@feedalign/keras/node';
import { convert, type Description, describe } from '@feedalign/layers';
import { fileSystem } from '@feedalign/models/node';
import { setThreads } from '@feedalign/wasm-training';
import Table from 'cli-table3';
import { openFolder } from '../out-folder.js';
import { print, printJson } from '../output.js';
import { ruleFor } from '../rule-for.js';
import type { Settings } from '../settings.js';

/** `feedalign convert`: what a model would be under a rule; with `--out` saved, with the note from which `restore` goes on. */
export async function convertCommand(
  path: string,
  settings: Settings,
  { json = false, force = false }: { json?: boolean; force?: boolean },
): Promise<void> {
  const { out, threads, backend } = settings;
  if (threads !== undefined) setThreads(threads);
  await useBackend(backend as BackendName | 'auto');
  const model = await loadKerasModel(path);
  if (out !== undefined) await openFolder(out, { writes: ['model.json'], force });
  const rule = ruleFor(settings.rule, settings);
  const { network, state } = convert(model, rule);
  const description = describe(network, rule, state);
  const saved = out === undefined ? undefined : join(out, 'model.json');
  if (json) printJson({ type: 'result', path, ...description, ...(saved && { saved }) });
  else print(report(path, description));
  if (saved === undefined) return;
  await model.save(fileSystem(saved));
  if (!json) print(`${saved}\n`);
}

function report(path: string, { rule, units, feedback, feedbackBytes, warnings }: Description): string {
  const bare = { style: { head: [], border: [], compact: true } };
  const layers = new Table({
    head: ['unit', 'layer', 'output', 'numbers', 'then', 'signal'],
    wordWrap: true,
    ...bare,
  });
  for (const unit of units) {
    layers.push([
      unit.unit,
      unit.className,
      unit.outputShape.join('×'),
      String(unit.parameters),
      unit.through.join(', '),
      unit.isFrozen ? 'frozen' : unit.isOutput ? 'true error' : rule,
    ]);
  }
  const matrices = new Table({ head: ['feedback for', 'shape', 'bytes'], ...bare });
  for (const { name, shape, bytes } of feedback) matrices.push([name, shape.join('×'), String(bytes)]);
  return [
    `${path} under ${rule}`,
    layers.toString(),
    ...(feedback.length > 0 ? [matrices.toString()] : []),
    `Feedback: ${feedbackBytes} bytes`,
    ...warnings.map((warning) => `Warning: ${warning}`),
    '',
  ].join('\n');
}
