/** `strata`, the command line. Little is loaded here, so that a worker walks the build context while the rest is. */
// Before what is to be kept.
import './facts/compiled-code';
import { join } from 'node:path';
import { beginIndex } from './cli/early-index';

const words = process.argv.slice(2);
// The worker lies beside the program when it is bundled.
const early = beginIndex(words, process.cwd(), join(__dirname, 'worker.js'));
void import('./cli/main').then(({ main }) => main(words, early));
