/** Hard links among parts: a file's bytes count under its first name, and stay when that one goes. */
import { below, type FilePart, isWithin, type Part, under } from './part';
import type { PathTarget } from './path-target';
import { noBytes, perhaps } from './size-range';

type SecondName = FilePart & Required<Pick<FilePart, 'sameAs'>>;

const isSecondName = (part: Part): part is SecondName => part.kind === 'file' && part.sameAs !== undefined;

function alone({ sameAs, ...part }: SecondName, size: FilePart['size'] = sameAs.size): FilePart {
  return { ...part, size };
}

/** Parts that are taken together: a second name counts its bytes where the first one is not among them. */
export function withOwnBytes(parts: readonly Part[]): readonly Part[] {
  const counted = new Set<string>();
  return parts.map((part) => {
    if (!isSecondName(part)) return part;
    const { path } = part.sameAs;
    const first = parts.some((other) => other !== part && isWithin(path, other.path));
    if (first || counted.has(path)) return alone(part, noBytes);
    counted.add(path);
    return alone(part);
  });
}

/** Copies by a command: of a folder, whether second names stay such depends on the program and its options. */
export function copiesOf(parts: readonly Part[], to: string): readonly Part[] {
  return parts.map((part) => {
    if (!isSecondName(part)) return part;
    return part.path === to ? alone(part) : alone(part, perhaps(part.sameAs.size));
  });
}

/** Parts before what a target means is removed: a second name that stays gets the bytes. */
export function keepingSecondNames(parts: readonly Part[], target: PathTarget): readonly Part[] {
  const heirs = new Map<string, SecondName>();
  for (const part of parts) {
    if (!isSecondName(part)) continue;
    const { path } = part.sameAs;
    if (target.covers(path) && !target.covers(part.path) && !heirs.has(path)) heirs.set(path, part);
  }
  if (heirs.size === 0) return parts;
  return parts.map((part) => {
    if (part.kind === 'file' && heirs.has(part.path)) return { ...part, size: noBytes };
    const heir = isSecondName(part) ? heirs.get(part.sameAs.path) : undefined;
    if (heir === undefined || !isSecondName(part)) return part;
    return heir === part ? alone(part) : { ...part, sameAs: { ...part.sameAs, path: heir.path } };
  });
}

/** Parts before what lies at a path is moved: second names of it are those of the new place. */
export function followingMove(parts: readonly Part[], from: string, to: string): readonly Part[] {
  if (!parts.some(isSecondName)) return parts;
  return parts.map((part) =>
    isSecondName(part) && isWithin(part.sameAs.path, from)
      ? { ...part, sameAs: { ...part.sameAs, path: under(to, below(part.sameAs.path, from)) } }
      : part,
  );
}
