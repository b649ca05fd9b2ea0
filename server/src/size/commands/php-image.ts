/** Scripts of the official PHP image (docker-library/php: docker-php-ext-install, docker-php-ext-enable, docker-php-source) and pecl. */
import { t } from '../../localize';
import { between, notKnown } from './estimates';
import { readWords, wordValue } from './options';
import type { FileCommand } from './types';

const settings = '/usr/local/etc/php/conf.d';
const extensions = '/usr/local/lib/php/extensions';

/** Extensions that are larger than most: bytes of the shared object. */
const large: Readonly<Record<string, readonly [number, number, number]>> = {
  intl: [700_000, 1_400_000, 4_000_000],
  opcache: [1_500_000, 4_500_000, 9_000_000],
  mbstring: [600_000, 1_500_000, 3_500_000],
  gd: [250_000, 700_000, 2_500_000],
  dom: [200_000, 600_000, 2_000_000],
  soap: [250_000, 800_000, 2_500_000],
};

/** `extension=NAME` and a line end; one for each. */
export const phpSettings: FileCommand = {
  names: ['docker-php-ext-enable'],
  act(command, { files }) {
    for (const word of readWords(command.words, ['--ini-name']).operands) {
      const name = wordValue(word).replace(/\.so$/, '');
      files.write(
        `${settings}/docker-php-ext-${name}.ini`,
        'file',
        between(name.length + 11, name.length + 11, name.length + 16),
      );
    }
  },
};

export const phpExtensions: FileCommand = {
  names: ['docker-php-ext-install', 'docker-php-ext-configure'],
  act(command, { files, evidence }) {
    if (command.name === 'docker-php-ext-configure') return;
    for (const word of readWords(command.words, ['--ini-name', '-j']).operands) {
      const name = wordValue(word);
      const [low, best, high] = (Object.hasOwn(large, name) ? large[name] : undefined) ?? [30_000, 160_000, 900_000];
      files.write(`${extensions}/${name}.so`, 'file', between(low, best, high));
      files.write(
        `${settings}/docker-php-ext-${name}.ini`,
        'file',
        between(name.length + 11, name.length + 11, name.length + 16),
      );
    }
    evidence(t('What extensions of PHP usually take.'));
  },
};

export const peclExtensions: FileCommand = {
  names: ['pecl', 'pear', 'phpize'],
  act(command, { files, evidence }) {
    const { operands } = readWords(command.words, ['-D', '--configureoptions', '-d']);
    const [subcommand, ...names] = operands.map(wordValue);
    if (subcommand !== 'install' && subcommand !== 'upgrade') return;
    for (const name of names) {
      files.write(`/usr/local/lib/php/${name}`, 'tree', between(150_000, 1_500_000, 12_000_000), { label: name });
      files.write('/tmp/pear', 'tree', between(20_000, 800_000, 10_000_000), { label: name });
    }
    evidence(t('What extensions of PHP usually take.'));
  },
};

export const phpSource: FileCommand = {
  names: ['docker-php-source'],
  act(command, { files }) {
    const subcommand = wordValue(command.words[0] ?? { text: '' });
    if (subcommand === 'delete') files.remove('/usr/src/php');
    else
      files.write('/usr/src/php', 'tree', notKnown, {
        reason: t('How much {0} holds is known once the engine has unpacked it.', 'php.tar.xz'),
      });
  },
};
