/** Facts for a document open in an editor: the host of `facts/`, told what the settings and the workspace allow. */
import { join } from 'node:path';
import { systemClock } from '../facts/clock';
import { createFactsHost, type FactsHost } from '../facts/host';
import { t } from '../localize';
import type { InitializationOptions, Settings } from '../protocol';
import type { AnalysisInputs, Facts } from '../report/facts';
import type { LogChannel } from './guard';
import type { Place } from './place';

export interface FactsOpening {
  readonly place: Place;
  readonly inputs: AnalysisInputs;
  readonly settings: Settings;
  readonly options: InitializationOptions;
  readonly log: LogChannel;
}

/** Begins to gather facts. A document without a file has no build context: for it only shipped data count. */
export function openFacts({ place, inputs, settings, options, log }: FactsOpening): FactsHost {
  const onDisk = place.kind === 'file';
  const host = createFactsHost({
    dockerfilePath: inputs.dockerfilePath,
    contextPath: inputs.contextPath,
    trusted: options.trusted && onDisk,
    offline: false,
    network: settings.network,
    mirrors: settings.mirrors,
    platform: inputs.platform,
    engine: {
      enabled: settings.engine.enabled,
      ...(settings.engine.socket === '' ? {} : { socket: settings.engine.socket }),
    },
    baseline: settings.baseline,
    ...(options.storagePath === undefined ? {} : { storagePath: options.storagePath }),
    workerPath: join(__dirname, 'worker.js'),
    log,
    clock: systemClock,
  });
  return onDisk ? host : withoutFile(host);
}

/** The host of a text that is in no file: the reasons say so, whatever the trust of the workspace. */
function withoutFile(host: FactsHost): FactsHost {
  const reason = t('The Dockerfile is not saved in a folder on this machine, so there is no build context.');
  let seen: Facts | undefined;
  let facts: Facts | undefined;
  return {
    ...host,
    current() {
      const now = host.current();
      if (facts === undefined || seen !== now) {
        seen = now;
        facts = {
          image: now.image,
          context: { state: 'unavailable', reason },
          engine: { state: 'absent', reason },
          baseline: { kind: 'none', reason },
          ...(now.packages && { packages: now.packages }),
        };
      }
      return facts;
    },
  };
}
