// A child process: it becomes what it is told to be, and then measures when it is asked. Two of them can so take turns.
import { enableProdMode, env, getKernelsForBackend, setBackend, version_core } from '@tensorflow/tfjs-core';
import type { Answer, Facts, Request, Setup, Work } from './protocol.js';
import { type Case, type Cases, tasks } from './tasks.js';
import { timePerRepetition } from './time.js';

let measured: { readonly cases: Cases; readonly block: number } | undefined;

async function start(setup: Setup, { task, given }: Work): Promise<Facts> {
  enableProdMode();
  await import(`@tensorflow/tfjs-backend-${setup.backend}`);
  const engine = setup.trainingKernels ? await withTrainingKernels(setup) : await asShipped(setup);
  const run = (await tasks[task]()) as (given: unknown, setup: Setup) => Cases | Promise<Cases>;
  const cases = await run(given, setup);
  for (const each of Object.values(cases)) await warmUp(each, setup.warmUp);
  measured = { cases, block: setup.block };
  return { cases: Object.keys(cases), tfjs: version_core, engine };
}

async function asShipped({ backend }: Setup): Promise<undefined> {
  await setBackend(backend);
  const strange = getKernelsForBackend(backend).find(({ kernelName }) => kernelName.startsWith('Feedalign'));
  if (strange) throw new Error(`The stock backend has the kernel ${strange.kernelName}.`);
}

async function withTrainingKernels(setup: Setup) {
  const { trainingEngine } = await import('@feedalign/wasm-training');
  env().set('WASM_TRAINING_THREADS', setup.threads);
  env().set('WASM_TRAINING_RELAXED_SIMD', setup.relaxed);
  await setBackend(setup.backend);
  const engine = trainingEngine();
  if (!engine) throw new Error('The training kernels do not serve the backend.');
  const { threads, relaxed } = engine;
  return { threads, relaxed };
}

async function warmUp(each: Case, milliseconds: number): Promise<void> {
  if ('repeat' in each && milliseconds > 0) await timePerRepetition(each.repeat, milliseconds);
}

async function measure(name: string): Promise<number> {
  const each = measured?.cases[name];
  if (!measured || !each) throw new Error(`There is nothing to measure by the name '${name}'.`);
  return 'read' in each ? each.read() : timePerRepetition(each.repeat, measured.block);
}

async function answer(request: Request): Promise<Answer> {
  if (request.type === 'start') return { type: 'ready', facts: await start(request.setup, request.work) };
  return { type: 'sample', value: await measure(request.name) };
}

process.on('message', (request: Request) => {
  answer(request)
    .catch((error: Error): Answer => ({ type: 'failed', message: error.message }))
    .then((reply) => process.send?.(reply));
});
process.on('disconnect', () => process.exit());
