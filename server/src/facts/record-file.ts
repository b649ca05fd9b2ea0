/** The record file's form: what is read is checked field by field, and a fault is named by its place. */
import type { ImageConfiguration } from '../build/types';
import {
  type BuildRecord,
  RECORD_VERSION,
  type RecordedContents,
  type RecordedStep,
  type RecordFile,
  type ResultTrace,
} from '../cache/types';
import { type DigestsByPath, digestsByPath } from '../context/content-tree';
import { t } from '../localize';
import { messageOf } from './errors';
import { type JsonObject, objectOf } from './json-values';
import type { Failable } from './ports';
import { treeOfText, treeText } from './record-tree';

/** Builds kept in one file. */
export const maximumBuilds = 50;
const maximumSteps = 10_000;
const maximumInputs = 10_000;
/** Paths named for one selection. */
const maximumUnseen = 100;
/** Paths of one build's content tree. */
const maximumPaths = 2_000_000;

/** A value that does not have the form, with its place in the file, for example `builds[2].steps[0].key`. */
class Misshapen extends Error {
  override readonly name = 'Misshapen';
}

/** The text of a record file as a value; fails with a sentence that names the file, the place in it and the way out. */
export function parseRecordFile(text: string, file: string): Failable<RecordFile> {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return damaged(file, messageOf(error));
  }
  const version = objectOf(value)?.version;
  if (typeof version === 'number' && version < RECORD_VERSION) {
    return {
      kind: 'failed',
      reason: t(
        'The record file {0} was written by an older Strata, by other rules for cache keys. Delete it and record again.',
        file,
      ),
    };
  }
  if (typeof version === 'number' && version > RECORD_VERSION) {
    return {
      kind: 'failed',
      reason: t(
        'The record file {0} was written by a newer Strata (version {1}). Update, or record into another file.',
        file,
        version,
      ),
    };
  }
  try {
    return { kind: 'ok', value: readFile(value) };
  } catch (error) {
    if (error instanceof Misshapen) return damaged(file, error.message);
    throw error;
  }
}

function damaged(file: string, detail: string): Failable<never> {
  return {
    kind: 'failed',
    reason: t('The record file {0} is damaged: {1}. Delete it and record again.', file, detail),
  };
}

function readFile(value: unknown): RecordFile {
  const file = object(value, '');
  if (file.version !== RECORD_VERSION) throw new Misshapen(`version: ${RECORD_VERSION} expected`);
  return {
    version: RECORD_VERSION,
    builds: array(file.builds, 'builds', maximumBuilds * 20)
      .map(readBuild)
      .slice(-maximumBuilds),
  };
}

function readBuild(value: unknown, index: number): BuildRecord {
  const place = `builds[${index}]`;
  const build = object(value, place);
  const at = string(build.at, `${place}.at`);
  if (Number.isNaN(Date.parse(at))) throw new Misshapen(`${place}.at: date expected`);
  if (build.scheme !== 'sha256' && build.scheme !== 'git')
    throw new Misshapen(`${place}.scheme: sha256 or git expected`);
  const { reference, options, contents, configurations, unsure, trustsCopy } = build;
  return {
    at,
    ...(reference !== undefined && { reference: string(reference, `${place}.reference`) }),
    ...(options !== undefined && { options: stringMap(options, `${place}.options`) }),
    ...(contents !== undefined && {
      contents: array(contents, `${place}.contents`, maximumSteps).map((each, at) =>
        readContents(each, `${place}.contents[${at}]`),
      ),
    }),
    target: nullable(build.target, `${place}.target`),
    platform: string(build.platform, `${place}.platform`),
    scheme: build.scheme,
    steps: array(build.steps, `${place}.steps`, maximumSteps).map((step, at) =>
      readStep(step, `${place}.steps[${at}]`),
    ),
    tree: readTree(build.tree, `${place}.tree`),
    ...(unsure !== undefined && {
      unsure: array(unsure, `${place}.unsure`, maximumPaths).map((path, at) => string(path, `${place}.unsure[${at}]`)),
    }),
    ...(trustsCopy === true && { trustsCopy }),
    bases: stringMap(build.bases, `${place}.bases`),
    ...(configurations !== undefined && {
      configurations: Object.fromEntries(
        Object.entries(object(configurations, `${place}.configurations`)).map(([reference, value]) => [
          reference,
          readConfiguration(value, `${place}.configurations[${JSON.stringify(reference)}]`),
        ]),
      ),
    }),
  };
}

function readConfiguration(value: unknown, place: string): ImageConfiguration {
  const configuration = object(value, place);
  const strings = (list: unknown, name: string) =>
    array(list, `${place}.${name}`, maximumInputs).map((text, at) => string(text, `${place}.${name}[${at}]`));
  return {
    environment: strings(configuration.environment, 'environment'),
    workdir: string(configuration.workdir, `${place}.workdir`),
    user: string(configuration.user, `${place}.user`),
    onbuild: strings(configuration.onbuild, 'onbuild'),
    ...(configuration.shell !== undefined && { shell: strings(configuration.shell, 'shell') }),
  };
}

function readContents(value: unknown, place: string): RecordedContents {
  const contents = object(value, place);
  return {
    selection: string(contents.selection, `${place}.selection`),
    digest: nullable(contents.digest, `${place}.digest`),
    ...(contents.unnoticed === true && { unnoticed: true }),
    ...(contents.unseen !== undefined && {
      unseen: array(contents.unseen, `${place}.unseen`, maximumUnseen).map((path, at) =>
        string(path, `${place}.unseen[${at}]`),
      ),
    }),
  };
}

function readTrace(value: unknown, place: string): ResultTrace {
  const { description, alike, ...span } = object(value, place);
  return {
    ...readSpan(span, place),
    description: string(description, `${place}.description`),
    ...(alike !== undefined && { alike: readAlike(alike, `${place}.alike`) }),
  };
}

function readAlike(value: unknown, place: string): NonNullable<ResultTrace['alike']> {
  const { count, ...span } = object(value, place);
  if (typeof count !== 'number' || !Number.isInteger(count) || count < 1)
    throw new Misshapen(`${place}.count: number expected`);
  return { ...readSpan(span, place), count };
}

function readSpan({ from, to }: JsonObject, place: string): Pick<ResultTrace, 'from' | 'to'> {
  if (typeof from !== 'number' || typeof to !== 'number' || !Number.isFinite(from) || !Number.isFinite(to))
    throw new Misshapen(`${place}: two times expected`);
  return { from, to };
}

function readStep(value: unknown, place: string): RecordedStep {
  const step = object(value, place);
  const { line, duration } = step;
  if (typeof line !== 'number' || !Number.isInteger(line) || line < 1)
    throw new Misshapen(`${place}.line: line number expected`);
  if (duration !== undefined && (typeof duration !== 'number' || !Number.isFinite(duration) || duration < 0)) {
    throw new Misshapen(`${place}.duration: seconds expected`);
  }
  return {
    stage: string(step.stage, `${place}.stage`),
    line,
    instruction: string(step.instruction, `${place}.instruction`),
    text: string(step.text, `${place}.text`),
    key: nullable(step.key, `${place}.key`),
    openKey: nullable(step.openKey, `${place}.openKey`),
    inputs: array(step.inputs, `${place}.inputs`, maximumInputs).map((input, index) => {
      const pair = object(input, `${place}.inputs[${index}]`);
      return {
        name: string(pair.name, `${place}.inputs[${index}].name`),
        value: string(pair.value, `${place}.inputs[${index}].value`),
      };
    }),
    ...(duration !== undefined && { duration }),
    ...(step.doubt !== undefined && { doubt: string(step.doubt, `${place}.doubt`) }),
    ...(step.made !== undefined && { made: readTrace(step.made, `${place}.made`) }),
  };
}

function object(value: unknown, place: string): JsonObject {
  const found = objectOf(value);
  if (!found) throw new Misshapen(`${place === '' ? '' : `${place}: `}object expected`);
  return found;
}

function array(value: unknown, place: string, limit: number): readonly unknown[] {
  if (!Array.isArray(value)) throw new Misshapen(`${place}: list expected`);
  if (value.length > limit) throw new Misshapen(`${place}: more than ${limit} entries`);
  return value;
}

function string(value: unknown, place: string): string {
  if (typeof value !== 'string') throw new Misshapen(`${place}: text expected`);
  return value;
}

function nullable(value: unknown, place: string): string | null {
  return value === null ? null : string(value, place);
}

function stringMap(value: unknown, place: string): Readonly<Record<string, string>> {
  // Without a prototype, so that a path named like a member of Object is a path.
  const map: Record<string, string> = Object.create(null);
  for (const [key, text] of texts(value, place)) map[key] = text;
  return map;
}

function readTree(value: unknown, place: string): DigestsByPath {
  if (typeof value !== 'string') return digestsByPath(texts(value, place));
  const tree = treeOfText(value, maximumPaths);
  if (tree === undefined) throw new Misshapen(`${place}: paths and digests expected`);
  return tree;
}

/** The members of an object whose values are all texts. */
function texts(value: unknown, place: string): readonly (readonly [string, string])[] {
  const entries = Object.entries(object(value, place));
  if (entries.length > maximumPaths) throw new Misshapen(`${place}: more than ${maximumPaths} entries`);
  return entries.map(([key, text]) => [key, string(text, `${place}[${JSON.stringify(key)}]`)]);
}

/** The text of a record file, piece by piece: that of a large context is megabytes, which nobody need have at once. */
export function* recordFileText({ version, builds }: RecordFile): Generator<string> {
  yield `{"version":${version},"builds":[`;
  for (const [index, { tree, ...build }] of builds.entries()) {
    yield `${index === 0 ? '' : ','}${JSON.stringify(build).slice(0, -1)},"tree":`;
    yield* treeText(tree);
    yield '}';
  }
  yield ']}\n';
}
