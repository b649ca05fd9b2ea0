/** Writing a file as a whole: readers see the old contents or the new, never half of them. */
import { randomUUID } from 'node:crypto';
import { open, rename, rm, stat } from 'node:fs/promises';
import { codeOf } from './errors';

/** Replaces the file by one with these contents and the same mode; makes it (0644 less the umask) when there is none. */
export async function replaceFile(file: string, contents: string | Iterable<string | Uint8Array>): Promise<void> {
  const mode = await stat(file).then(
    (found) => found.mode & 0o7777,
    () => 0o644,
  );
  const temporary = `${file}.${randomUUID()}.tmp`;
  try {
    const handle = await open(temporary, 'wx', mode);
    try {
      const pieces = typeof contents === 'string' ? [contents] : contents;
      // Each goes behind the one before.
      for (const piece of pieces) await handle.writeFile(piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await renameOver(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** On Windows a file that a virus scanner or another reader has open can't be replaced for a moment. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      await rename(from, to);
      return;
    } catch (error) {
      const code = codeOf(error);
      if (attempt === 5 || !(code === 'EPERM' || code === 'EACCES' || code === 'EBUSY')) throw error;
      await new Promise((done) => setTimeout(done, 20 * 2 ** attempt));
    }
  }
}
