import { requireBounded } from '@feedalign/core/files';
import { isObject, type Json, type JsonObject } from '../topology/model.js';
import { badFile } from './file.js';

/** What a file of JSON has: an object that is not too large to be gone through. */
export function describedIn(name: string, bytes: Uint8Array): JsonObject {
  return parsed(name, new TextDecoder().decode(bytes));
}

export function parsed(name: string, text: string): JsonObject {
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw badFile(
      `'${name}' is no model: ${(cause as Error).message}.`,
      'Give a model.json, a .keras or an .h5 file; if it is one, copy it again.',
      cause,
    );
  }
  requireBounded(name, json);
  return isObject(json) ? json : {};
}
