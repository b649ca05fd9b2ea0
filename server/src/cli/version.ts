/** The version of the program, from its package. */
export { version } from '../../../package.json';
