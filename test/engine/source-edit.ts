/** A change of one source file: what Strata foretells of the next build is what the engine then does. */
import fs from 'node:fs';
import path from 'node:path';
import { buildImage, type ImageBuild } from './compared-image';
import { compareSteps } from './comparison';
import { ComparisonTotal } from './comparison-total';
import type { Engine } from './engine.mjs';
import { foretell, recordState } from './own-analysis';

/** Languages in which a comment begins with `#`: some builds run what was changed. */
const HASH_COMMENTS = /\.(?:py|rb|sh|ya?ml|toml)$/;

let edits = 0;

/** How the steps of a file fared in the build after a change of a source file. */
export interface SourceEdit {
  /** Steps that the engine took from its cache. */
  readonly cached: number;
  readonly ran: number;
  /** One line for each step that was foretold wrongly. */
  readonly wrong: readonly string[];
}

/**
 * Appends a line to a file of the context, asks the program what the next build reuses, builds, and puts the file back. What was built last
 * must be this very state.
 * @param source path within the context
 */
export async function followSourceEdit(
  engine: Engine,
  build: ImageBuild,
  source: string,
  total = new ComparisonTotal(),
): Promise<SourceEdit> {
  const { dockerfile, context } = build;
  const record = `${dockerfile}.record.json`;
  fs.rmSync(record, { force: true });
  await recordState(engine, build, record);
  const file = path.join(context, source);
  const before = fs.readFileSync(file);
  edits += 1;
  // Nothing that an earlier run built may answer for this one.
  const comment = HASH_COMMENTS.test(source) ? '#' : '//';
  fs.writeFileSync(file, Buffer.concat([before, Buffer.from(`\n${comment} ${process.pid} ${Date.now()} ${edits}\n`)]));
  try {
    const report = await foretell(engine, build, record);
    const vertexes = await buildImage(engine, build);
    const wrong = total.add(path.basename(dockerfile), report, vertexes);
    const { compared } = compareSteps(report, vertexes);
    const count = (how: 'cached' | 'ran') => compared.filter(({ actual }) => actual === how).length;
    return { cached: count('cached'), ran: count('ran'), wrong };
  } finally {
    fs.writeFileSync(file, before);
  }
}
