/** Commands that install what manifests name: they need the manifests, not the source. */
import type { BuildStep } from './types';

const installCommand =
  /\b(npm (?:ci|install|i)|yarn(?: install)?(?= *(?:$|[&;|-]))|pnpm (?:install|i)|bun install|pip3? install|poetry install|uv sync|bundle install|composer install|go mod download|dotnet restore|mvn dependency:\S+|cargo fetch)\b/;

/** The install command that a RUN in shell form holds, as written, for example `npm ci`; undefined when there is none. */
export function installCommandOf(step: BuildStep): string | undefined {
  const { operation } = step;
  if (operation.kind !== 'execute' || operation.command.form !== 'shell') return undefined;
  return installCommand.exec(operation.command.script)?.[1];
}
