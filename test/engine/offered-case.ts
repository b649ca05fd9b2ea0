/** A case of a refactoring on disk, and what the program offers for it. */
import fs from 'node:fs';
import path from 'node:path';
import type { Refactoring } from '../../server/src/report/types';
import type { Engine } from './engine.mjs';
import { offersOf } from './own-analysis';
import { writeContext } from './session';

export interface OfferedCase {
  /** The case's name as a file may be called. */
  readonly slug: string;
  readonly context: string;
  readonly dockerfile: string;
  readonly offered: readonly Refactoring[];
}

/** Writes a case below `folder` and asks what of `rule` is offered. */
export async function offeredCase(
  engine: Engine,
  folder: string,
  name: string,
  { text, files }: { readonly text: string; readonly files: Parameters<typeof writeContext>[1] },
  rule: string,
): Promise<OfferedCase> {
  const slug = name.replace(/\W+/g, '-').toLowerCase();
  const context = path.join(folder, slug);
  fs.mkdirSync(context);
  writeContext(context, files);
  const dockerfile = path.join(folder, `${slug}.Dockerfile`);
  fs.writeFileSync(dockerfile, text);
  const offered = (await offersOf(engine, { dockerfile, context })).filter(({ id }) => id.startsWith(`${rule}:`));
  return { slug, context, dockerfile, offered };
}
