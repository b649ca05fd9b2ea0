/** `strata/record`: takes the state as it is now as built. */
import type { FactsHost } from '../facts/host';
import { t } from '../localize';
import type { RecordResult } from '../protocol';
import { recordPresent } from '../report/build-record';
import type { Session } from './session';

/** More rounds than kinds of facts that lead to each other: images first, then the digests of what they bring in. */
const maximumRounds = 12;
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
  const at = new Date().toISOString();
  const signal = AbortSignal.timeout(patience);
  for (let round = 0; round < maximumRounds; round++) {
    const answer = recordPresent(document.text, inputs, source.current(), at);
    switch (answer.kind) {
      case 'failed':
        return { recorded: false, message: answer.reason };
      case 'recorded': {
        const kept = await source.recordBuilt(answer.record);
        return kept.kind === 'failed'
          ? { recorded: false, message: kept.reason }
          : { recorded: true, message: t('Recorded. From now on the cache status is compared with this state.') };
      }
      case 'pending':
        source.request(answer.needs);
        await source.settled(signal);
        break;
      default:
        return answer satisfies never;
    }
  }
  return { recorded: false, message: t('The build context keeps changing. Try again when it is quiet.') };
}
