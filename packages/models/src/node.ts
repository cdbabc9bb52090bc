export { fileSystem } from './file-system.js';
export { whyNotWritten, writeWhole } from './write-whole.js';
