/** Takes the present state as built: fetches what the record needs, then makes it. */
import type { BuildRecord } from '../cache/types';
import { t } from '../localize';
import { recordPresent } from '../report/build-record';
import type { AnalysisInputs, FactRequest, Facts } from '../report/facts';
import type { Failable } from './ports';

/** Where the facts come from; a facts host is one. */
export interface PresentFacts {
  current(): Facts;
  request(needs: readonly FactRequest[]): void;
  settled(signal?: AbortSignal): Promise<void>;
}

/** More rounds than kinds of facts that lead to each other. */
const maximumRounds = 8;

/** The record of this text with the context as it is on disk now. Fails with a sentence that names what could not be read. */
export async function buildRecordOf(
  text: string,
  inputs: AnalysisInputs,
  source: PresentFacts,
  signal?: AbortSignal,
): Promise<Failable<BuildRecord>> {
  await source.settled(signal);
  for (let round = 0; round < maximumRounds; round += 1) {
    const answer = recordPresent(text, inputs, source.current(), new Date().toISOString());
    if (answer.kind === 'recorded') return { kind: 'ok', value: answer.record };
    if (answer.kind === 'failed') return answer;
    source.request(answer.needs);
    await source.settled(signal);
  }
  return { kind: 'failed', reason: t('The build context keeps changing: nothing was recorded.') };
}
