export { fileSystem } from './file-system.js';
export { makeFolders, whyNotWritten, writeWhole } from './write-whole.js';
