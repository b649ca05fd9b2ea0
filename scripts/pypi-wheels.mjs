// @ts-check
// Makes the shipped table of Python packages from folders of wheels, such as `pip download` fills them:
//   node scripts/pypi-wheels.mjs FOLDER…            reads the wheels with python3 (best CPython 3.11, whose byte code the table is of)
//   node scripts/pypi-wheels.mjs --measured FILE    the same from what scripts/pypi-wheels.py printed before
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMain, root } from './steps.mjs';

const TABLE = resolve(root, 'server/src/packages/data/pypi-wheels.json');

/**
 * @typedef {object} MeasuredWheel
 * @property {string} name
 * @property {string} version
 * @property {number} archive
 * @property {number} unpacked
 * @property {number} bytecode
 * @property {number} files
 * @property {boolean} pure
 * @property {string[]} requires
 * @property {number} time
 */

/** Extras that nobody installs into an image. */
const forDevelopers =
  /extra\s*==\s*['"](?:dev|develop|development|tests?|testing|docs?|documentation|lint|linting|typing|types|mypy|ci|benchmarks?|dev-?\w+|test-\w+|\w+-test|\w+-dev|doc\w*|release|pre-?commit|check|checks|cover|coverage|enabler|type|ruff|nox|tox|examples?|qa|style|format|build)['"]/i;

/**
 * @param {MeasuredWheel[]} wheels
 * @returns {{date: string, count: number, rows: string}} a row a package: name, version, bytes of the wheel, of its files with what pip adds, of
 *   the byte code, number of files, 1 for a wheel of every platform, requirements with `|` between them; tabs between the columns
 */
export function tableOf(wheels) {
  const date = new Date(Math.max(...wheels.map(({ time }) => time)) * 1000).toISOString().slice(0, 10);
  const rows = wheels.map(({ name, version, archive, unpacked, bytecode, files, pure, requires }) => {
    const kept = requires
      .filter((line) => !forDevelopers.test(line) && !/[|\t\n]/.test(line))
      .map((line) =>
        line
          .replace(/\s*;\s*/, ';')
          .replace(/\s*([<>=!~]=?)\s*/g, '$1')
          .replace(/\s*,\s*/g, ',')
          .replace(/^([\w.-]+) \(([^)]*)\)/, '$1$2'),
      );
    return [name, version, archive, unpacked, bytecode, files, pure ? 1 : 0, kept.join('|')].join('\t');
  });
  return { date, count: rows.length, rows: rows.join('\n') };
}

if (isMain(import.meta.url)) {
  const [first, second] = process.argv.slice(2);
  if (first === undefined) throw new Error('usage: node scripts/pypi-wheels.mjs FOLDER… | --measured FILE');
  const text =
    first === '--measured'
      ? readFileSync(String(second), 'utf8')
      : execFileSync('python3', [resolve(root, 'scripts/pypi-wheels.py'), ...process.argv.slice(2)], {
          encoding: 'utf8',
          maxBuffer: 64e6,
        });
  const table = tableOf(JSON.parse(text));
  writeFileSync(TABLE, `${JSON.stringify(table)}\n`);
  process.stderr.write(`${table.count} packages, ${table.rows.length} characters\n`);
}
