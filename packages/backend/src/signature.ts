import { FeedalignError } from '@feedalign/core';
import { cast, type Tensor } from '@tensorflow/tfjs-core';
import { type Axes, axesWritten, beginMatch, isSameShape, matches, patternsOf, written } from './axes.js';

/** What is given by role: tensors, where a role may be left out. */
type Roles = Readonly<Record<string, Tensor | undefined>>;

/** What a primitive takes: checked, and cast to float32, before anything computes. */
export interface Signature<I, A> {
  /** The axes by role, or what they are under these attributes: one of a few objects, each made once. */
  readonly takes:
    | Readonly<Record<keyof I & string, Axes>>
    | ((attributes: A) => Record<keyof I & string, Axes>);
  /** The roles that are changed in place: variables. */
  readonly changes?: readonly (keyof I & string)[];
  /** Shapes that follow from other tensors and the attributes; those of roles in `takes`. */
  readonly shapes?: (inputs: I, attributes: A) => Partial<Record<keyof I & string, readonly number[]>>;
  /** The shape of the result, where it may be added to a variable in place. */
  readonly gives?: (inputs: I, attributes: A) => readonly number[];
}

/** A signature that is compiled: what `checked` takes. */
export interface Door<I, A> {
  readonly name: string;
  readonly signature: Signature<I, A>;
}

/**
 * Checks what was given.
 *
 * @returns the roles whose tensors have to be cast to float32; undefined where there are none
 * @throws FeedalignError `shape-mismatch`, `unsupported-type`: what was given, and what the primitive takes
 */
export function checked<I extends object, A>(
  { name, signature }: Door<I, A>,
  inputs: I,
  attributes: A,
): string[] | undefined {
  const { takes, changes } = signature;
  const axes: Readonly<Record<string, Axes>> = typeof takes === 'function' ? takes(attributes) : takes;
  let toCast: string[] | undefined;
  beginMatch();
  const patterns = patternsOf(axes);
  for (let i = 0; i < patterns.length; i++) {
    const pattern = patterns[i];
    const { role } = pattern;
    const tensor = (inputs as Roles)[role];
    if (tensor === undefined || tensor === null) {
      if (pattern.isOptional) continue;
      return refuseShapes(name, axes, inputs);
    }
    if (tensor.isDisposed) refuse('invalid-option', `${name} was given a '${role}' that is disposed of.`);
    if (!matches(pattern, tensor.shape)) return refuseShapes(name, axes, inputs);
    if (tensor.dtype === 'float32') continue;
    const isChanged = changes?.includes(role as never);
    if (isChanged || (tensor.dtype !== 'int32' && tensor.dtype !== 'bool')) {
      refuse('unsupported-type', `${name} was given a '${role}' of type ${tensor.dtype}.`, 'Give float32.');
    }
    toCast ??= [];
    toCast.push(role);
  }
  const shapes: Readonly<Record<string, readonly number[] | undefined>> | undefined = signature.shapes?.(
    inputs,
    attributes,
  );
  if (shapes) {
    for (const role in shapes) {
      const tensor = (inputs as Roles)[role];
      const shape = shapes[role];
      if (tensor && shape && !isSameShape(tensor.shape, shape))
        refuseShape(name, role, tensor, shape, inputs);
    }
  }
  return toCast;
}

/** What was given, with the tensors of these roles cast to float32. */
export function castToFloat<I extends object>(inputs: I, roles: readonly string[]): I {
  const cast32 = roles.map((role) => [role, cast((inputs as Roles)[role] as Tensor, 'float32')]);
  return { ...inputs, ...Object.fromEntries(cast32) };
}

/** @throws FeedalignError `shape-mismatch`, `invalid-option` where the result cannot be added to the variable */
export function checkVariable<I, A>(
  { name, signature }: Door<I, A>,
  variable: Tensor,
  inputs: I,
  attributes: A,
): void {
  const shape = signature.gives?.(inputs, attributes);
  if (!variable || variable.isDisposed) {
    refuse('invalid-option', `${name} has to be added to a variable that is not there.`);
  }
  if (variable.dtype !== 'float32') {
    refuse(
      'unsupported-type',
      `${name} cannot be added to a variable of type ${variable.dtype}.`,
      'Give float32.',
    );
  }
  if (shape && !isSameShape(shape, variable.shape)) refuseShape(name, 'variable', variable, shape, {});
}

function refuse(
  code: 'invalid-option' | 'unsupported-type',
  problem: string,
  wayOut = 'Keep it until then.',
): never {
  throw new FeedalignError(code, problem, wayOut);
}

const givenWritten = (inputs: object, roles: readonly string[]) =>
  roles
    .map((role) => {
      const tensor = (inputs as Roles)[role];
      return `${role} ${tensor ? written(tensor.shape) : 'none'}`;
    })
    .join(', ');

function refuseShapes(name: string, axes: Readonly<Record<string, Axes>>, inputs: object): never {
  const roles = Object.keys(axes);
  throw new FeedalignError(
    'shape-mismatch',
    `${name} was given ${givenWritten(inputs, roles)}.`,
    `It takes ${roles.map((role) => `${role} ${axesWritten(axes[role])}`).join(', ')}.`,
  );
}

function refuseShape(
  name: string,
  role: string,
  { shape }: Tensor,
  expected: readonly number[],
  inputs: object,
): never {
  const others = Object.keys(inputs).filter((each) => each !== role && (inputs as Roles)[each]);
  const beside = others.length > 0 ? ` beside ${givenWritten(inputs, others)}` : '';
  throw new FeedalignError(
    'shape-mismatch',
    `${name} was given a '${role}' of shape ${written(shape)}${beside}.`,
    `It takes ${written(expected)}.`,
  );
}
