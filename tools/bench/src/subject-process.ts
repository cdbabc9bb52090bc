import { type ChildProcess, fork } from 'node:child_process';
import type { Subject } from './benchmark.js';
import { besideThis } from './beside.js';
import type { Answer, Facts, Request, Setup, Work } from './protocol.js';

const defaults: Setup = {
  trainingKernels: false,
  backend: 'wasm',
  threads: 1,
  relaxed: true,
  block: 100,
  warmUp: 1500,
};

/** A child process that can be asked for samples. */
export interface RunningSubject {
  readonly facts: Facts;
  /** One sample of a case. */
  measure(name: string): Promise<number>;
  end(): void;
}

const running = new Set<ChildProcess>();

/** Ends every child at once, whatever it is at. */
export function endAll(): void {
  for (const child of running) child.kill('SIGKILL');
}

/** Node 20 has relaxed SIMD behind a flag, which its successors have no more. */
const relaxedFlags = process.versions.node.startsWith('20.') ? ['--experimental-wasm-relaxed-simd'] : [];

/** Starts a child and waits until it is ready to measure. */
export async function startSubject({ task, given, atMost: _, ...more }: Subject): Promise<RunningSubject> {
  const setup: Setup = { ...defaults, ...more };
  const flags = setup.trainingKernels && setup.relaxed ? relaxedFlags : [];
  const child = fork(besideThis('subject'), {
    execArgv: [...process.execArgv, ...flags],
    // What tfjs has to say goes to stderr: stdout is for results.
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  const end = () => {
    child.kill('SIGKILL');
  };
  try {
    const ready = await ask(child, { type: 'start', setup, work: { task, given } as Work });
    if (ready.type !== 'ready') throw new Error('The child process gave a wrong answer.');
    return {
      facts: ready.facts,
      end,
      measure: async (name) => {
        const sample = await ask(child, { type: 'measure', name });
        if (sample.type === 'sample' && Number.isFinite(sample.value)) return sample.value;
        throw new Error(`The sample of '${name}' is no number.`);
      },
    };
  } catch (error) {
    end();
    throw error;
  }
}

function ask(child: ChildProcess, request: Request): Promise<Exclude<Answer, { type: 'failed' }>> {
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null, signal: string | null) =>
      settle(() => reject(new Error(`A child process ended (${signal ?? `exit code ${code}`}).`)));
    const onMessage = (answer: Answer) =>
      settle(() => (answer.type === 'failed' ? reject(new Error(answer.message)) : resolve(answer)));
    const settle = (how: () => void) => {
      child.off('exit', onExit).off('message', onMessage);
      how();
    };
    child.on('exit', onExit).on('message', onMessage);
    child.send(request);
  });
}
