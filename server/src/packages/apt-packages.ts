/** Writes packages of Debian: their files, what dpkg keeps of them and Python's byte code. */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import type { AptMemory, AptStage } from './apt-stage';
import { type Spread, scaleBytes, shareUncertainty } from './byte-range';
import { byteCodeSize, contentSize, databaseSize } from './debian-contents';
import { forSet } from './distribution-nearest';
import type { EffectParts } from './effect-parts';
import type { DistributionPackage, ProviderSurroundings, SizeRange } from './types';

const MANAGER = 'apt';

/** A command in its stage, and what it leaves so far. */
export interface Work {
  readonly command: RunCommand;
  readonly surroundings: ProviderSurroundings;
  readonly memory: AptMemory;
  readonly parts: EffectParts;
}

/** Where the archives' files lie is not told apart: nearly all of it is below `/usr`. */
export function writePackage(
  work: Work,
  of: DistributionPackage,
  content: SizeRange,
  code: SizeRange | undefined,
): void {
  const name = { manager: MANAGER, name: of.name, version: of.version };
  work.parts.write({ path: '/usr', kind: 'tree', size: content, package: name });
  if (code !== undefined)
    work.parts.write({
      path: '/usr/lib/python3',
      kind: 'tree',
      size: code,
      package: name,
      label: t('byte code of Python'),
    });
  work.parts.write({ path: '/var/lib/dpkg/info', kind: 'tree', size: databaseSize(of), package: name });
}

/** Nothing most likely, all of it at most. */
function mayBe(size: SizeRange): SizeRange {
  return { ...size, bytes: 0, low: 0, basis: 'estimated' };
}

/** A package that an older base image would get anew. */
export function writePerhaps(work: Work, stage: AptStage, of: DistributionPackage): void {
  const name = { manager: MANAGER, name: of.name, version: of.version };
  const size = mayBe(contentSize(of, stage.conventions));
  work.parts.write({ path: '/usr', kind: 'tree', size, package: name });
  work.parts.write({ path: '/var/lib/dpkg/info', kind: 'tree', size: mayBe(databaseSize(of)), package: name });
}

/** What a base image of which nothing is known may hold already. */
const perhapsThere: Spread = { low: 0.3, middle: 0.97, high: 1.06 };
/** The same of an official image whose recipe is not known: it stands on the bare one. */
const perhapsLittleThere: Spread = { low: 0.8, middle: 1, high: 1.06 };

/**
 * All packages in, or each perhaps, when what the base holds is only supposed.
 * @param apart the figures are those of other packages: how many times as much it may be
 */
export function writePackages(
  work: Work,
  stage: AptStage,
  added: readonly DistributionPackage[],
  apart: Spread | undefined = stage.apart && forSet(stage.apart, added.length),
): void {
  const python = stage.conventions.python || added.some((of) => of.name === 'python3-minimal');
  const conventions = { ...stage.conventions, python };
  const contents = shareUncertainty(
    added.map((of) => contentSize(of, conventions)),
    0.01,
  );
  const exact = stage.answer.basis;
  added.forEach((of, position) => {
    const content = contents[position];
    if (content === undefined) return;
    const known: SizeRange = exact === 'estimated' ? { ...content, basis: 'estimated' } : content;
    // The base may hold some of it already, and may keep documentation.
    const beyond = stage.baseKnown ? known : scaleBytes(known, stage.stranger ? perhapsThere : perhapsLittleThere);
    const code = byteCodeSize(of, conventions);
    if (apart === undefined) writePackage(work, of, beyond, code);
    else writePackage(work, of, scaleBytes(beyond, apart), code && scaleBytes(code, apart));
  });
}
