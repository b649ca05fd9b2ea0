/** What a worker thread does once and then ends, as opposed to keeping an index. */
import type { MessagePort } from 'node:worker_threads';
import { answerCommitJob, isCommitJob } from './commit-thread';
import { answerDistributionJob, isDistributionJob } from './distribution-thread';
import { answerForecastJob, isForecastJob } from './forecast-thread';
import { answerRecordsJob, isRecordsJob } from './record-thread';

/** Does the job that the data describes; nothing for what describes none. */
export async function answerJob(data: unknown, port: MessagePort): Promise<void> {
  if (isCommitJob(data)) await answerCommitJob(data, port);
  else if (isForecastJob(data)) await answerForecastJob(data, port);
  else if (isRecordsJob(data)) answerRecordsJob(data, port);
  else if (isDistributionJob(data)) await answerDistributionJob(data, port);
}
