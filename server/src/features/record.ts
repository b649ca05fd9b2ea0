/** `strata/record`: takes the state as it is now as built. */
import { t } from '../localize';
import type { RecordResult } from '../protocol';
import { buildRecordOf } from '../report/record';
import type { ServerFacts } from './server-facts';
import type { Session } from './session';

/** Keeps the cache keys of this text and context as the newest record of the Dockerfile, and says what became of it. */
export async function recordState(session: Session<ServerFacts> | undefined): Promise<RecordResult> {
  const source = session?.source;
  const inputs = session?.inputs;
  const document = session?.analysed();
  if (source === undefined || inputs === undefined || document === undefined) {
    return { recorded: false, message: t('Open the Dockerfile first.') };
  }
  const record = await buildRecordOf(document.text, inputs, source);
  if (record.kind === 'failed') return { recorded: false, message: record.reason };
  const kept = await source.recordBuilt(record.value);
  if (kept.kind === 'failed') return { recorded: false, message: kept.reason };
  return { recorded: true, message: t('The current state counts as built.') };
}
