/** Registries for one Dockerfile, as far as its options allow to ask them. */
import { parseReference } from '../images/reference';
import { t } from '../localize';
import type { FactsHostOptions } from './host';
import { networkOf, wishOf } from './open-packages';
import { readEngineRegistries, serversOf } from './registry-address';
import { createRegistryClient } from './registry-client';
import { credentialsFor } from './registry-credentials';
import { createRegistrySource, type RegistrySource } from './registry-images';
import { shareIndexes } from './shared-indexes';

/** Undefined where the network is not used; else asks nobody until asked. */
export function openRegistryOf(options: FactsHostOptions): RegistrySource | undefined {
  if (networkOf(options) === 'off') return undefined;
  const { clock, log, contextPath, platform } = options;
  const shared = shareIndexes(wishOf(options), clock, log);
  const { fetch } = shared;
  if (fetch === undefined) {
    shared.dispose();
    return undefined;
  }
  let engine: ReturnType<typeof readEngineRegistries> | undefined;
  const client = createRegistryClient({
    fetch,
    async servers(reference) {
      engine ??= readEngineRegistries(process.env, process.platform);
      return serversOf(reference, await engine);
    },
    credentials: (key) =>
      credentialsFor(key, { environment: process.env, platform: process.platform, workspace: contextPath, log }),
    clock,
  });
  const source = createRegistrySource({
    async read(text, forPlatform, signal) {
      const parsed = parseReference(text);
      if (parsed.kind === 'ok') return client.read(parsed.reference, forPlatform, signal);
      return { kind: 'failed', reason: t('"{0}" is not a valid image reference.', text), again: false, answered: true };
    },
    platform: platform ?? 'linux/amd64',
    store: shared.images,
    clock,
    log,
  });
  return {
    ...source,
    dispose() {
      source.dispose();
      shared.dispose();
    },
  };
}
