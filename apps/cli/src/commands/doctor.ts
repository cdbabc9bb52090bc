import type { BackendName } from '@feedalign/backend';
import { FeedalignError } from '@feedalign/core';
import { type Examination, examine } from '../doctor/examine.js';
import { textOf } from '../doctor/report.js';
import { print, printJson } from '../output.js';
import type { Settings } from '../settings.js';

/**
 * `feedalign doctor`: what can run here, how fast, and whether its gradients are right.
 *
 * @throws FeedalignError `backend-unavailable` when the chosen backend cannot start or computes a wrong gradient
 */
export async function doctorCommand(
  { backend, threads }: Pick<Settings, 'backend' | 'threads'>,
  { json = false }: { json?: boolean },
): Promise<void> {
  let found: Partial<Examination> = {};
  let failure: unknown;
  try {
    for await (const part of examine({ backend: backend as BackendName | 'auto', threads })) {
      found = { ...found, ...part };
      if (!json) print(`${textOf(part)}\n`);
    }
  } catch (error) {
    failure = error;
  }
  failure ??= wrongGradients(found);
  if (json) {
    const verdict = failure ? { ok: false, problem: (failure as Error).message } : { ok: true };
    printJson({ type: 'result', ...verdict, ...found });
  }
  if (failure) throw failure;
}

/** In the line about wrong gradients; the report has them all. */
const mostNamed = 3;

function wrongGradients({ chosen, gradients = [] }: Partial<Examination>): FeedalignError | undefined {
  const wrong = gradients.filter(({ verdict }) => verdict === 'wrong');
  if (wrong.length === 0) return undefined;
  const names = wrong.map(({ operation, implementation }) => `${operation} (${implementation})`);
  const named = names.slice(0, mostNamed).join('; ');
  const rest = names.length > mostNamed ? `; and ${names.length - mostNamed} more` : '';
  return new FeedalignError(
    'backend-unavailable',
    `The backend '${chosen}' computes wrong gradients here: ${named}${rest}.`,
    'Train on another one.',
  );
}
