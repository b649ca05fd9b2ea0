/** Record files without a disk. */
import { posix } from 'node:path';
import { mergedRecords } from '../../../server/src/cache/merged-records';
import type { RecordFile } from '../../../server/src/cache/types';
import type { RecordStore } from '../../../server/src/facts/ports';

export interface InMemoryRecords extends RecordStore {
  readonly files: ReadonlyMap<string, RecordFile>;
  /** From now on the file can't be read, for this reason. */
  damage(file: string, reason: string): void;
}

export function inMemoryRecords(): InMemoryRecords {
  const files = new Map<string, RecordFile>();
  const damaged = new Map<string, string>();
  const read = (file: string) => {
    const reason = damaged.get(file);
    if (reason !== undefined) return { kind: 'failed' as const, reason };
    return { kind: 'ok' as const, value: files.get(file) ?? { version: 1 as const, builds: [] } };
  };
  return {
    files,
    damage: (file, reason) => void damaged.set(file, reason),
    read: async (file) => read(file),
    async add(file, record) {
      const before = read(file);
      if (before.kind === 'failed') return before;
      const value = { version: 1 as const, builds: [...before.value.builds, record] };
      files.set(file, value);
      return { kind: 'ok', value };
    },
    async merge(file, records) {
      const before = read(file);
      if (before.kind === 'failed') return before;
      const builds = mergedRecords(before.value.builds, records);
      const value = { version: 1 as const, builds };
      files.set(file, value);
      return { kind: 'ok', value };
    },
    fileFor: (storagePath, of) => posix.join(storagePath, encodeURIComponent(of)),
  };
}
