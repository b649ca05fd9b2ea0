/** Random edit sequences through the language server. */

import { countKinds } from './kinds';
import { type LanguageClient, startClient } from './language-client';
import { randomEdit } from './mutate';
import { type Random, seeded } from './random';

export interface EditFailure {
  /** Number of the sequence; with the seed it makes the edits again. */
  readonly number: number;
  readonly fault: string;
  /** The document when the fault was seen. */
  readonly text: string;
}

export interface EditResult {
  readonly sequences: number;
  readonly edits: number;
  readonly answers: number;
  /** The first of each kind. */
  readonly failures: readonly EditFailure[];
  /** How many there were in all. */
  readonly failed: number;
  /** Milliseconds of the slowest answer. */
  readonly slowest: number;
}

/**
 * Plays `count` sequences (open, edits between requests, close) on one server. The same seed plays the same sequences.
 * Ends early after twenty kinds of failures. Rejects when the server cannot be started.
 */
export async function playEdits(
  server: readonly string[],
  folderUri: string,
  texts: readonly string[],
  count: number,
  seed: number,
  progress: (done: number) => void = () => undefined,
): Promise<EditResult> {
  let client = await startClient(server, folderUri);
  const failures: EditFailure[] = [];
  const kinds = countKinds();
  let sequences = 0;
  let edits = 0;
  let slowest = 0;
  let answers = 0;
  for (; sequences < count && failures.length < 20; sequences++) {
    const random = seeded(seed + sequences);
    const uri = `${folderUri}/fuzz/${sequences}/Dockerfile`;
    const played = await playSequence(client, uri, random, texts);
    edits += played.edits;
    const faults = client.takeFaults();
    for (const fault of faults) {
      if (kinds.add(fault)) failures.push({ number: sequences, fault, text: played.text });
    }
    if (faults.some((fault) => fault.startsWith('the server ended'))) {
      slowest = Math.max(slowest, client.slowest);
      answers += client.answers;
      client = await startClient(server, folderUri);
    }
    if ((sequences + 1) % 500 === 0) progress(sequences + 1);
  }
  await client.shutdown();
  return {
    sequences,
    edits,
    answers: answers + client.answers,
    failures,
    failed: kinds.count,
    slowest: Math.max(slowest, client.slowest),
  };
}

async function playSequence(
  client: LanguageClient,
  uri: string,
  random: Random,
  texts: readonly string[],
): Promise<{ readonly edits: number; readonly text: string }> {
  let text = random.pick(texts);
  await client.open(uri, text);
  const edits = 1 + random.below(6);
  let waiting: Promise<void>[] = [];
  for (let edit = 0; edit < edits; edit++) {
    text = await client.change(randomEdit(text, random, texts));
    for (let requests = random.below(3); requests > 0; requests--) {
      waiting.push(client.ask(random.pick(client.kinds), random.below(text.length + 1)));
    }
    // Sometimes the next edit comes before the answers.
    if (random.chance(0.5)) {
      await Promise.all(waiting);
      waiting = [];
    }
  }
  waiting.push(client.ask('inlayHint', 0));
  await Promise.all(waiting);
  await client.close();
  return { edits, text };
}
