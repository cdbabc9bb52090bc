import { type BackendName, backends, useBackend } from '@feedalign/backend';
import { createRng, FeedalignError } from '@feedalign/core';
import { type Description, describe, trace } from '@feedalign/layers';
import { fileSystem } from '@feedalign/models/node';
import { rules } from '@feedalign/rules';
import { loadLayersModel } from '@tensorflow/tfjs-layers';
import Table from 'cli-table3';
import { ruleFor } from '../experiment.js';
import { named } from '../names.js';

interface ConvertFlags {
  readonly rule: string;
  readonly backend: string;
  readonly json?: boolean;
}

/** `feedalign convert`: what a model would be under a rule. */
export async function convertCommand(path: string, flags: ConvertFlags): Promise<void> {
  named('--rule', rules, flags.rule);
  named('--backend', { auto: null, ...backends }, flags.backend);
  await useBackend(flags.backend as BackendName | 'auto');
  const model = await load(path);
  const rule = ruleFor(flags.rule, {});
  const network = trace(model);
  const state = rule.init(network, createRng(0).stream('feedback'));
  const description = describe(network, rule, state);
  process.stdout.write(
    flags.json ? `${JSON.stringify({ type: 'result', path, ...description })}\n` : report(path, description),
  );
}

async function load(path: string) {
  try {
    return await loadLayersModel(/^https?:/.test(path) ? path : fileSystem(path));
  } catch (cause) {
    if (cause instanceof FeedalignError) throw cause;
    throw new FeedalignError(
      'unsupported-model',
      `TensorFlow.js cannot load '${path}': ${(cause as Error).message.split('\n')[0]}`,
      'Give the model.json of a tfjs LayersModel.',
      { cause },
    );
  }
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
      unit.isOutput ? 'true error' : rule,
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
