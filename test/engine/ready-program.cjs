// @ts-check
// The command line program with its parts loaded, waiting for the words of one call: node ready-program.cjs PROGRAM.
const fs = require('node:fs');
const path = require('node:path');

const program = path.resolve(process.argv[2] ?? '');
// What the program loads itself when it begins; one made of a single file has no such part.
const part = path.join(path.dirname(program), 'program.js');
if (fs.existsSync(part)) require(part);
process.once('message', (words) => {
  process.disconnect();
  process.argv = [process.argv[0] ?? '', program, .../** @type {string[]} */ (words)];
  require(program);
});
