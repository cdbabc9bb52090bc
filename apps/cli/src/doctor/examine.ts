import { arch, cpus, platform } from 'node:os';
import { type BackendName, isCorrected, useBackend } from '@feedalign/backend';
import { FeedalignError } from '@feedalign/core';
import { getKernelsForBackend, version_core } from '@tensorflow/tfjs-core';
// Its import registers the gradients of tfjs' autodiff, as it does for everybody who calls `model.fit`.
import '@tensorflow/tfjs-layers';
import { setThreads } from '@feedalign/wasm-training';
import { type BackendReport, tryBackends } from './backends.js';
import { checks } from './checks/index.js';
import { examineWasm, type WasmReport } from './engine.js';
import { checkGradients, type GradientVerdict } from './gradients.js';
import { measureRates, type RateReport } from './rates.js';

/** All that the doctor finds, in parts: each is told as soon as it is known. */
export interface Examination {
  readonly machine: {
    readonly cpu: string;
    readonly platform: string;
    readonly node: string;
    readonly tfjs: string;
  };
  readonly backends: readonly BackendReport[];
  /** The backend that training would run on. */
  readonly chosen: BackendName;
  /** Where the WASM backend runs. */
  readonly wasm?: WasmReport;
  /** Kernels of tfjs on that backend in whose places stand right ones, or faster ones. */
  readonly corrections: readonly string[];
  readonly rates: RateReport;
  readonly gradients: readonly GradientVerdict[];
}

interface Question {
  readonly backend: BackendName | 'auto';
  /** Default all cores. */
  readonly threads?: number;
}

/**
 * Examines the machine and one backend.
 *
 * @throws FeedalignError `backend-unavailable` when that backend cannot start; what others do is told before
 */
export async function* examine({ backend, threads }: Question): AsyncGenerator<Partial<Examination>, void> {
  if (threads !== undefined) setThreads(threads);
  yield {
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      platform: `${platform()} ${arch()}`,
      node: process.versions.node,
      tfjs: version_core,
    },
  };
  const backends = await tryBackends();
  yield { backends };
  const unfit = backends.find(({ name, state }) => name === backend && state !== 'runs');
  if (unfit) throw unavailable(unfit);
  const { backend: chosen } = await useBackend(backend);
  yield { chosen };
  const wasm = backends.some(({ name, state }) => name === 'wasm' && state === 'runs')
    ? await examineWasm()
    : undefined;
  if (wasm) yield { wasm };
  yield { corrections: correctionsOn(chosen) };
  yield { rates: await measureRates(chosen === 'wasm' ? wasm?.threads : undefined) };
  yield { gradients: await checkGradients(checks) };
}

const correctionsOn = (backend: BackendName): string[] =>
  getKernelsForBackend(backend)
    .map(({ kernelName }) => kernelName)
    .filter((name) => isCorrected(name, backend))
    .sort();

function unavailable({ name, state, reason = '' }: BackendReport): FeedalignError {
  const isMissing = state === 'not installed';
  const problem = `The backend '${name}' ${isMissing ? 'is not installed' : 'cannot start'} here: ${reason.replace(/\.$/, '')}.`;
  const wayOut = isMissing ? 'Install it, or use another one.' : 'Use another one.';
  return new FeedalignError('backend-unavailable', problem, wayOut);
}
