import { join } from 'node:path';
import { type BackendName, backends, useBackend } from '@feedalign/backend';
import { loadKerasModel } from '@feedalign/keras/node';
import { convert, type Description, describe } from '@feedalign/layers';
import { fileSystem } from '@feedalign/models/node';
import { rules } from '@feedalign/rules';
import Table from 'cli-table3';
import { named } from '../names.js';
import { makeFolder } from '../report.js';
import { ruleFor } from '../rule-for.js';

interface ConvertFlags {
  readonly rule: string;
  readonly backend: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** `feedalign convert`: what a model would be under a rule; with `--out` saved, with the note from which `restore` goes on. */
export async function convertCommand(path: string, flags: ConvertFlags): Promise<void> {
  named('--rule', rules, flags.rule);
  named('--backend', { auto: null, ...backends }, flags.backend);
  await useBackend(flags.backend as BackendName | 'auto');
  const model = await loadKerasModel(path);
  const { out, json } = flags;
  if (out !== undefined) await makeFolder(out);
  const rule = ruleFor(flags.rule, {});
  const { network, state } = convert(model, rule);
  const description = describe(network, rule, state);
  const saved = out === undefined ? undefined : join(out, 'model.json');
  if (saved) await model.save(fileSystem(saved));
  process.stdout.write(
    json
      ? `${JSON.stringify({ type: 'result', path, ...description, ...(saved && { saved }) })}\n`
      : `${report(path, description)}${saved ? `${saved}\n` : ''}`,
  );
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
