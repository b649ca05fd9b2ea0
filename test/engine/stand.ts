/** What every run of edits stands on: the engine, a folder for contexts, remote sources, and the modes. */
import fs from 'node:fs';
import path from 'node:path';
import type { SiteSurroundings } from './build-site';
import { Editor } from './editor';
import { EngineMode, GitMode, type Mode, type ModeName, RecordMode, ServerMode } from './modes';
import { type RemoteSources, startRemoteSources } from './remote-sources';
import { makeFolder, openSession, removeFolder } from './session';

export interface Stand extends SiteSurroundings {
  readonly remote: RemoteSources;
  openMode(name: ModeName): Promise<Mode>;
  /** Removes everything; `images` are names of images that were made. */
  close(images: readonly string[]): Promise<void>;
}

/** Opens all of it; sets DOCKER_CONFIG of this process and of what it starts. */
export async function openStand(): Promise<Stand> {
  const engine = await openSession(['busybox']);
  const folder = makeFolder(engine, 'cache');
  // The client notes here which folder each build was done in, and Strata reads it: as ~/.docker is for people.
  process.env.DOCKER_CONFIG = path.join(folder, 'docker-config');
  const repositories = path.join(folder, 'repositories');
  for (const one of [process.env.DOCKER_CONFIG, repositories]) fs.mkdirSync(one);
  const remote = await startRemoteSources(repositories);
  let editor: Editor | undefined;
  const opened: Mode[] = [];
  const modeOf = async (name: ModeName): Promise<Mode> => {
    switch (name) {
      case 'record':
        return new RecordMode();
      case 'engine':
        return new EngineMode();
      case 'git':
        return new GitMode();
      case 'server':
        editor ??= await Editor.start(folder, 'engine', engine.socket, path.join(folder, 'storage'));
        return new ServerMode(editor);
    }
  };
  return {
    engine,
    folder,
    remote,
    async openMode(name) {
      const mode = await modeOf(name);
      opened.push(mode);
      return mode;
    },
    async close(images) {
      for (const mode of opened) mode.close?.();
      await editor?.stop();
      await remote.close();
      if (images.length > 0) await engine.docker(['rmi', '-f', ...images], { allowFailure: true });
      removeFolder(folder);
      await engine.stop();
    },
  };
}
