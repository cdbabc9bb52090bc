/** For packages that read files in Node. */
export { readBeside, readWhole } from './files/on-disk.js';
