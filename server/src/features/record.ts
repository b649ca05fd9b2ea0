/** `strata/record`: takes the state as it is now as built. */
import type { FactsHost } from '../facts/host';
import { buildRecordOf } from '../facts/record-present';
import { t } from '../localize';
import type { RecordResult } from '../protocol';
import type { Session } from './session';

/** Milliseconds; contents of a large context are read once, after that only what changes. */
const patience = 120_000;

/** Keeps the cache keys of this text and context as the newest record of the Dockerfile, and says what became of it. */
export async function recordState(session: Session<FactsHost> | undefined): Promise<RecordResult> {
  const document = session?.analysed();
  const source = session?.source;
  const inputs = session?.inputs;
  if (source === undefined || inputs === undefined || document === undefined) {
    return { recorded: false, message: t('Open the Dockerfile first.') };
  }
  // A record outlives what is on the screen, so it is made from the files as they are, not as events told.
  source.recheck();
  const record = await buildRecordOf(document.text, inputs, source, AbortSignal.timeout(patience));
  if (record.kind === 'failed') return { recorded: false, message: record.reason };
  const kept = await source.recordBuilt(record.value);
  return kept.kind === 'failed'
    ? { recorded: false, message: kept.reason }
    : { recorded: true, message: t('Recorded: this state counts as built now.') };
}
