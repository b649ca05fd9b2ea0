/** Maven: downloads go to `~/.m2`, results to `target`. No file tells the sizes; the places are known, so that removing or mounting them counts. */
import { cleanPath } from '../build/paths';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { unknownBytes } from './byte-range';
import { absolutePath, homeFolder, optionValue, readOptions } from './command-options';
import { EffectParts, noEffect } from './effect-parts';
import type { PackageEffect, PackageProvider } from './types';

const withValue: ReadonlySet<string> = new Set('-f --file -s --settings -pl --projects -P -T -t -l -gs -rf'.split(' '));
const compiling =
  /^(?:compile|test|test-compile|package|verify|install|deploy|integration-test|spring-boot:.*|assembly:.*|process-.*)$/;

export const maven: PackageProvider = {
  manager: 'maven',
  handles: (command) => ['mvn', 'mvnw', 'mvnd'].includes(command.name ?? ''),
  effect(command, surroundings): PackageEffect {
    const options = readOptions(command.words, withValue);
    const goals = options.positional.map((word) => word.value ?? word.text);
    if (goals.length === 0) return noEffect;
    const parts = new EffectParts(surroundings.mounted);
    const repository = repositoryFolder(command);
    if (!parts.isMounted(repository)) {
      parts.tree(repository, unknownBytes, t('Maven repository'));
      parts.because(t('Maven’s plugins and libraries in {0} are known after a build', repository));
    }
    const file = optionValue(options, '-f', '--file');
    const folder = absolutePath(command, file === undefined ? '.' : file.replace(/\/?pom\.xml$/, '') || '.');
    if (folder === undefined) parts.unknown(t('What {0} leaves is not known before the build', 'mvn'));
    else if (goals.some((goal) => compiling.test(goal))) {
      const target = cleanPath(`${folder}/target`);
      if (goals.includes('clean')) parts.remove(target);
      if (!parts.isMounted(target)) parts.tree(target, unknownBytes, t('compiled classes and archives'));
    } else if (goals.includes('clean')) parts.remove(cleanPath(`${folder}/target`));
    return parts.effect();
  },
};

function repositoryFolder(command: RunCommand): string {
  const set = command.words
    .map((word) => /^-Dmaven\.repo\.local=(\/.*)$/.exec(word.value ?? '')?.[1])
    .find((path) => path !== undefined);
  return cleanPath(set ?? `${homeFolder(command)}/.m2`);
}
