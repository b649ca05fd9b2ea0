/** `RUN --mount`. Rules: BuildKit `instructions/commands_runmount.go` parseMount; fields by go-csvvalue. */

import { nearest } from './problems';
import type { InstructionRequest } from './request';
import type { Flag, MountFlag } from './types';

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'];
const SHARING = ['shared', 'private', 'locked'];
const BARE_KEYS = ['readonly', 'ro', 'readwrite', 'rw', 'required'];
const KEYS = [
  ...['type', 'from', 'source', 'src', 'target', 'dst', 'destination', 'id', 'sharing', 'size', 'mode', 'uid', 'gid'],
  ...['env', ...BARE_KEYS],
];
const TARGET_KEYS = ['target', 'dst', 'destination'];

/** Fields of one line of comma-separated values, or undefined when its quotes are wrong. */
export function csvFields(text: string): string[] | undefined {
  const fields: string[] = [];
  let offset = 0;
  for (;;) {
    if (text[offset] !== '"') {
      const comma = text.indexOf(',', offset);
      const field = text.slice(offset, comma < 0 ? text.length : comma);
      if (field.includes('"')) return undefined;
      fields.push(field);
      if (comma < 0) return fields;
      offset = comma + 1;
      continue;
    }
    const parts: string[] = [];
    offset++;
    for (;;) {
      const quote = text.indexOf('"', offset);
      if (quote < 0) return undefined;
      parts.push(text.slice(offset, quote));
      offset = quote + 1;
      if (text[offset] !== '"') break;
      parts.push('"');
      offset++;
    }
    fields.push(parts.join(''));
    if (offset >= text.length) return fields;
    if (text[offset] !== ',') return undefined;
    offset++;
  }
}

/** The mount of one flag, with what is wrong in it reported; undefined when the flag cannot be split. */
export function parseMount(request: InstructionRequest, flag: Flag): MountFlag | undefined {
  const range = flag.valueRange ?? flag.range;
  const fields = flag.value === undefined || flag.value === '' ? undefined : csvFields(flag.value);
  if (fields === undefined) {
    if (flag.value !== undefined) {
      request.report(
        'mount-fields',
        'The mount must be a list of key=value separated by commas, with quotes around whole fields only.',
        [],
        range,
      );
    }
    return undefined;
  }
  const options = fields.map((field) => {
    const equals = field.indexOf('=');
    if (equals < 0) return { key: field.toLowerCase() };
    return { key: field.slice(0, equals).toLowerCase(), value: field.slice(equals + 1) };
  });
  const type = options.findLast((option) => option.key === 'type')?.value?.toLowerCase() ?? 'bind';
  const mount: MountFlag = { type, options, flag };
  checkMount(request, mount);
  return mount;
}

/** Reports what BuildKit rejects; values with variables are left to the build. */
function checkMount(request: InstructionRequest, mount: MountFlag): void {
  const range = mount.flag.valueRange ?? mount.flag.range;
  const variable = (value: string): boolean => value.includes('$');
  const typeKnown = !variable(mount.type);
  for (const { key, value } of mount.options) {
    if (!KEYS.includes(key)) {
      const suggestion = nearest(key, KEYS);
      if (suggestion === undefined) {
        request.report('mount-key', 'A mount has no option {0}; remove it.', [key], range);
      } else {
        request.report('mount-key', 'A mount has no option {0}. Did you mean {1}?', [key, suggestion], range);
      }
      continue;
    }
    if (value === undefined) {
      if (!BARE_KEYS.includes(key)) {
        request.report('mount-value', 'The mount option {0} needs a value: write {0}=VALUE.', [key], range);
      }
      continue;
    }
    if (key === 'from' && value.includes('$') && value.indexOf('$') !== value.length - 1) {
      request.report(
        'mount-from-variable',
        'The mount option from takes no variables; name a stage: FROM {0} AS NAME, then from=NAME.',
        [value],
        range,
      );
      continue;
    }
    if (variable(value)) continue;
    if (key === 'type' && !TYPES.includes(value.toLowerCase())) {
      request.report('mount-type', '{0} is no mount type; use one of {1}.', [value, TYPES.join(', ')], range);
    }
    if (key === 'sharing' && !SHARING.includes(value.toLowerCase())) {
      request.report('mount-sharing', '{0} is no way of sharing; use one of {1}.', [value, SHARING.join(', ')], range);
    }
    const wrongNumber =
      (key === 'mode' && !/^[0-7]+$/.test(value)) || ((key === 'uid' || key === 'gid') && !/^\d+$/.test(value));
    const wrongBoolean = BARE_KEYS.includes(key) && !/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value);
    if (wrongNumber || wrongBoolean) {
      request.report('mount-value', '{0} is no valid value for the mount option {1}.', [value, key], range);
    }
  }
  if (typeKnown && TYPES.includes(mount.type)) checkCombination(request, mount);
}

function checkCombination(request: InstructionRequest, mount: MountFlag): void {
  const range = mount.flag.valueRange ?? mount.flag.range;
  const given = (keys: readonly string[]): boolean => mount.options.some((option) => keys.includes(option.key));
  const refuse = (keys: readonly string[]): void => {
    for (const { key } of mount.options) {
      if (keys.includes(key)) {
        request.report('mount-option', 'A mount of type {0} takes no {1}; remove it.', [mount.type, key], range);
      }
    }
  };
  if (mount.type !== 'tmpfs') refuse(['size']);
  if (mount.type !== 'cache') refuse(['sharing']);
  if (mount.type !== 'secret' && mount.type !== 'ssh') refuse(['required']);
  if (mount.type === 'bind' || mount.type === 'tmpfs') refuse(['mode', 'uid', 'gid']);
  if (mount.type === 'secret') {
    refuse(['from']);
    if (!given(['source', 'src', 'id', ...TARGET_KEYS])) {
      request.report('mount-secret', 'A secret mount needs an id: write id=NAME.', [], range);
    }
    if (given(['source', 'src']) && given(['id'])) {
      request.report('mount-secret', 'A secret mount takes id or source, not both.', [], range);
    }
  } else if ((mount.type === 'cache' || mount.type === 'tmpfs') && !given(TARGET_KEYS)) {
    // BuildKit mounts over the working directory then, and fails when that is the root. For a bind mount of the
    // sources that is a known idiom; an empty folder over the working directory is a slip.
    request.report(
      'mount-target',
      'The mount names no target, so it covers the working directory; write target=PATH.',
      [],
      range,
      'warning',
    );
  }
}
