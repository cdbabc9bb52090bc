import { type BackendName, backends, useBackend } from '@feedalign/backend';
import { findBackendFactory, scalar } from '@tensorflow/tfjs-core';

/** What became of an attempt to start a backend. */
export interface BackendReport {
  readonly name: BackendName;
  readonly title: string;
  readonly package: string;
  readonly state: 'runs' | 'not installed' | 'cannot start';
  /** Why it is not as it should be, in one line; also of a backend that runs, with less than it could have. */
  readonly reason?: string;
}

/** Starts every backend there is, one after the other. Afterwards the last one that runs is in use. */
export async function tryBackends(): Promise<BackendReport[]> {
  const reports: BackendReport[] = [];
  for (const name of Object.keys(backends) as BackendName[]) {
    const { title, package: packageName } = backends[name];
    const { warnings, error } = await withWarnings(() => tryBackend(name));
    const reason = error ? reasonOf(name, error, warnings) : warnings.at(0);
    reports.push({
      name,
      title,
      package: packageName,
      state: !error ? 'runs' : isMissing(error, packageName) ? 'not installed' : 'cannot start',
      ...(reason && { reason }),
    });
  }
  return reports;
}

/** Starts a backend, and has it keep a number for a moment. */
async function tryBackend(name: BackendName): Promise<void> {
  await useBackend(name);
  const one = scalar(1);
  await one.data();
  one.dispose();
}

/** Without the kind of error that a stack begins with. */
const firstLine = (text: string) =>
  text
    .split('\n')[0]
    .replace(/^\w*Error: /, '')
    .trim();

/** The package itself is not there; that one of those which it needs is not there is another matter. */
function isMissing({ cause }: Error, packageName: string): boolean {
  const { code, message = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  return code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${packageName}'`);
}

function reasonOf(name: BackendName, error: Error, warnings: readonly string[]): string {
  const { tfjsName, package: packageName } = backends[name];
  if (isMissing(error, packageName)) return `the package ${packageName} is not there`;
  if (error.cause instanceof Error) return firstLine(error.cause.message);
  if (!findBackendFactory(tfjsName)) return 'its package offers nothing to a program in Node';
  // tfjs says in its last warning why, and keeps it from whoever asked for the backend.
  return warnings.at(-1) ?? firstLine(error.message);
}

/** Does some work, and collects what would have been printed as warnings meanwhile; advertisements begin with an empty line. */
async function withWarnings(work: () => Promise<unknown>): Promise<{ warnings: string[]; error?: Error }> {
  const { warn } = console;
  const warnings: string[] = [];
  console.warn = (...words) => {
    const line = firstLine(words.join(' '));
    if (line) warnings.push(line);
  };
  try {
    await work();
    return { warnings };
  } catch (thrown) {
    return { warnings, error: thrown as Error };
  } finally {
    console.warn = warn;
  }
}
