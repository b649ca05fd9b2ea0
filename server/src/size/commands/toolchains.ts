/** Tools of languages that keep programs, settings and archives: rustup, jar, jupyter, nginx and linters that may write. */
import { baseName } from '../../build/paths';
import { t } from '../../localize';
import { addRanges } from '../size-range';
import { between, expanded, scaled } from './estimates';
import { hasFlag, lastValue, pathOf, readWords, wordValue } from './options';
import { insideTree, matching } from './places';
import type { FileCommand } from './types';

const million = 1e6;

/** Targets take the standard library for them, components a program or the sources; by the releases of 2022 to 2025. */
export const rustup: FileCommand = {
  names: ['rustup'],
  act(command, { files, evidence, unknown }) {
    const words = command.words.map(wordValue).filter((word) => !word.startsWith('-') && !word.startsWith('+'));
    const [group = '', verb = '', ...names] = words;
    const home = command.environment.get('RUSTUP_HOME') ?? `${command.environment.get('HOME') ?? '/root'}/.rustup`;
    const label = 'rustup';
    const each = (low: number, best: number, high: number, count = Math.max(names.length, 1)): void => {
      files.write(`${home}/toolchains`, 'tree', between(low * count, best * count, high * count), { label });
      evidence(t('What {0} usually installs.', `rustup ${group} ${verb}`));
    };
    if (group === 'target' && verb === 'add') each(12 * million, 110 * million, 200 * million);
    else if (group === 'component' && verb === 'add') each(2 * million, 16 * million, 120 * million);
    else if (group === 'toolchain' && verb === 'install') each(450 * million, 900 * million, 1_600 * million);
    else if (group === 'update' || group === 'install') each(0, 700 * million, 1_600 * million, 1);
    else if (group === 'default') each(0, 600 * million, 1_600 * million, 1);
    else if (/^(?:show|which|set|override|self|completions|target|component|toolchain|doc)$/.test(group))
      files.write(`${home}/settings.toml`, 'file', between(40, 120, 2_000));
    else unknown(t('What {0} writes is known once the engine has run it.', 'rustup'));
  },
};

/** `jar -xf` unpacks, `jar -cf` packs. */
export const jar: FileCommand = {
  names: ['jar'],
  act(command, { files, evidence, unknown }) {
    const [mode = '', archive] = command.words;
    const letters = typeof mode === 'string' ? mode : wordValue(mode).replace(/^-+/, '');
    const path = archive === undefined ? undefined : pathOf(archive, command);
    if (path === undefined || command.directory === undefined || /^(?:t|list)/.test(letters)) {
      if (path === undefined) unknown(t('What {0} writes is known once the engine has run it.', 'jar'));
      return;
    }
    const named = matching(path, archive?.pattern === true, files).map((each) => files.entryAt(each));
    const found = named.flatMap((entry) => (entry?.kind === 'file' ? [entry.size] : []));
    const packed = found.length > 0 ? addRanges(found) : (insideTree(path, files) ?? applicationArchive);
    if (letters.startsWith('c')) files.write(path, 'file', between(2_000, 200_000, 60 * million));
    else {
      files.write(command.directory, 'tree', expanded(packed, 1.02, 1.3, 3), { label: baseName(path) });
      evidence(t('What an archive of that size usually holds.'));
    }
  },
};

/** Java applications that carry their libraries. */
const applicationArchive = between(30_000, 22 * million, 110 * million);

export const jupyter: FileCommand = {
  names: ['jupyter', 'jupyter-lab', 'jupyter-server', 'ipython'],
  act(command, { files, evidence, unknown }) {
    const words = command.words.map(wordValue).join(' ');
    const home = command.environment.get('HOME') ?? '/root';
    if (/\blab (?:build|extension install)|labextension install/.test(words)) {
      files.write('/opt/conda/share/jupyter/lab', 'tree', between(5 * million, 30 * million, 200 * million), {
        label: 'jupyter',
      });
      evidence(t('What {0} usually leaves.', 'jupyter lab build'));
    } else if (
      /generate-config|(?:lab|nb|server|nbclassic-|server)extension (?:enable|disable|lock|unlock|list)|lab clean|kernelspec|--version|--paths/.test(
        words,
      )
    ) {
      files.write(`${home}/.jupyter`, 'tree', between(0, 3_000, 100_000), { label: t('settings of {0}', 'jupyter') });
    } else if (/nbextension install/.test(words)) {
      files.write(`${home}/.local/share/jupyter`, 'tree', between(100_000, 3 * million, 15 * million), {
        label: 'jupyter',
      });
      evidence(t('What {0} usually leaves.', 'jupyter nbextension install'));
    } else unknown(t('What {0} writes is known once the engine has run it.', 'jupyter'));
  },
};

/** Python for a line of code: imports and prints leave byte code and caches. */
export const python: FileCommand = {
  names: ['python', 'python2', 'python3'],
  act(command, { files, unknown, evidence }) {
    const reading = readWords(command.words, ['-c', '-m', '-W', '-X']);
    const home = command.environment.get('HOME') ?? '/root';
    const code = lastValue(reading, '-c');
    const module = lastValue(reading, '-m');
    if (code !== undefined) {
      const statements = wordValue(code)
        .split(/[;\n]/)
        .map((line) => line.trim());
      const asks = statements.every((line) => line === '' || /^(?:import|from|print|assert|sys\.|#)/.test(line));
      if (asks) {
        files.write(`${home}/.cache`, 'tree', between(0, 20_000, 1_500_000), {
          label: t('byte code and caches of Python'),
        });
        evidence(t('Importing leaves byte code and caches of modules.'));
        return;
      }
    }
    const named = module === undefined ? '' : `${wordValue(module)} ${reading.operands.map(wordValue).join(' ')}`;
    if (/^ipykernel install/.test(named)) {
      files.write(`${home}/.local/share/jupyter/kernels`, 'tree', between(300, 5_500, 30_000), { label: 'ipykernel' });
      return;
    }
    if (/^(?:compileall|py_compile)/.test(named)) {
      const folders = reading.operands.map((word) => pathOf(word, command)).filter((path) => path !== undefined);
      for (const path of folders) {
        const size = files.sizeOf(path);
        files.write(
          path,
          'tree',
          size.bytes === null ? between(10_000, 3 * million, 80 * million) : scaled(size, 0, 0.6, 1.4),
          {
            label: t('byte code of Python'),
          },
        );
      }
      return;
    }
    const asks =
      command.words.length > 0 && command.words.every((word) => /^-(?:V|h|-version|-help|VV)$/.test(wordValue(word)));
    if (!asks) unknown(t('What {0} writes is known once the engine has run it.', command.name ?? 'python'));
  },
};

/** Formatters: what they change comes into the layer; checks change nothing. */
export const formatters: FileCommand = {
  names: ['shfmt', 'prettier', 'black', 'doctoc', 'gofumpt', 'goimports', 'clang-format'],
  act(command, { files }) {
    const reading = readWords(command.words, ['-i', '--config', '-p', '-ln', '--title', '--maxlevel']);
    const writes =
      command.name === 'black' ||
      command.name === 'doctoc' ||
      hasFlag(reading, '-w', '--write', '--write-all') ||
      (command.name === 'clang-format' && hasFlag(reading, '-i'));
    if (!writes || hasFlag(reading, '--check', '--diff')) return;
    for (const word of reading.operands) {
      const path = pathOf(word, command);
      if (path !== undefined) files.changeAttributes(path, true);
    }
  },
};

/** `nginx -t` tells whether its settings are right. */
export const nginx: FileCommand = {
  names: ['nginx', 'apachectl', 'apache2ctl', 'httpd', 'sshd', 'haproxy'],
  act(command, { unknown }) {
    const asks = command.words.every((word) => /^-[tTqvVSMl]+$|^configtest$|^-\w$/.test(wordValue(word)));
    if (!asks || command.words.length === 0)
      unknown(t('What {0} writes is known once the engine has run it.', command.name ?? 'nginx'));
  },
};

/** Slices of Ubuntu packages in Canonical's chisel-releases that images of .NET and others take; libraries alone, no documentation. */
const slices: readonly (readonly [name: RegExp, low: number, best: number, high: number])[] = [
  [/^libicu/, 30 * million, 36 * million, 45 * million],
  [/^libssl/, 4.6 * million, 6.6 * million, 8.5 * million],
  [/^libc6/, 4 * million, 5.7 * million, 8 * million],
  [/^libstdc\+\+/, 2 * million, 2.4 * million, 3 * million],
  [/^tzdata/, 0.4 * million, 1.6 * million, 3.2 * million],
  [/^ca-certificates/, 0.2 * million, 0.3 * million, 0.6 * million],
  [/^base-(?:files|passwd)/, 0, 4_000, 60_000],
  [/^(?:libgcc|zlib|libgssapi|libkrb)/, 0.08 * million, 0.2 * million, 0.8 * million],
];

/** `chisel cut --root DIR PACKAGE_SLICE…`, also by the wrapper that writes dpkg's status of the slices. */
export const chisel: FileCommand = {
  names: ['chisel', 'chisel-wrapper'],
  act(command, { files, evidence, unknown }) {
    const reading = readWords(
      command.words.filter((word) => wordValue(word) !== '--'),
      ['--root', '--release', '--generate-dpkg-status', '--arch', '--ignore'],
    );
    const root = pathOf(lastValue(reading, '--root'), command);
    const named = reading.operands.map(wordValue).filter((word) => /^[a-z0-9][a-z0-9.+-]*_[a-z0-9-]+$/.test(word));
    if (root === undefined || named.length === 0) {
      if (!/^(?:version|help|find|info)$/.test(reading.operands.map(wordValue)[0] ?? 'help'))
        unknown(t('What {0} writes is known once the engine has run it.', command.name ?? 'chisel'));
      return;
    }
    const sizes = named.map((name) => {
      const row = slices.find(([form]) => form.test(name));
      return row === undefined ? between(2_000, 0.4 * million, 12 * million) : between(row[1], row[2], row[3]);
    });
    files.write(root, 'tree', addRanges(sizes), { label: 'chisel' });
    evidence(t('What {0} usually installs.', named.slice(0, 8).join(', ')));
    const status = pathOf(lastValue(reading, '--generate-dpkg-status'), command);
    if (status !== undefined) files.write(status, 'file', between(500, 900 * named.length, 3_000 * named.length));
  },
};
