/** The table of package managers that Strata knows: one provider each. */
import { apk } from './apk';
import { apt } from './apt';
import { bundler } from './bundler';
import { cargo } from './cargo';
import { composer } from './composer';
import { conda } from './conda';
import { corepack } from './corepack';
import { dnf } from './dnf';
import { dotnet } from './dotnet';
import { go } from './go';
import { gradle } from './gradle';
import { make } from './make';
import { maven } from './maven';
import { npm } from './npm';
import { pacman } from './pacman';
import { pip } from './pip';
import { pipenv } from './pipenv';
import { pnpm } from './pnpm';
import { poetry } from './poetry';
import type { PackageProvider } from './types';
import { uv } from './uv';
import { yarn } from './yarn';

/** In the order in which they are asked whether they handle a command. */
export const providers: readonly PackageProvider[] = [
  apt,
  apk,
  dnf,
  pacman,
  npm,
  pnpm,
  yarn,
  corepack,
  pip,
  uv,
  poetry,
  pipenv,
  conda,
  go,
  cargo,
  maven,
  gradle,
  dotnet,
  composer,
  bundler,
  make,
];
