/** What commands of Python's package managers do to an image, as far as splitting it goes. */
import { t } from '../localize';
import { pipSubcommand, readPipRequest } from '../packages/pip-command';
import type { StageFiles } from '../packages/types';
import type { RunCommand, RunWord } from '../shell/types';
import { unknownRange } from '../size/size-range';
import { absolutePath } from './split-stage';

export type PythonDeed =
  /** Installs packages into the environment of the Python that runs. */
  | {
      readonly kind: 'install';
      /** Names as PEP 503 normalises them. */
      readonly names: readonly string[];
      /** Folders with wheels. */
      readonly links: readonly string[];
      /** Why not all names are known, localised. */
      readonly unread?: string;
    }
  /** Makes an environment of its own. */
  | { readonly kind: 'environment'; readonly folder: string; readonly names: readonly string[] }
  /** Prepares installing, or leaves nothing. */
  | { readonly kind: 'prepare' }
  | { readonly kind: 'refused'; readonly reason: string };

/** Undefined: no package manager of Python. */
export function pythonDeed(command: RunCommand, files: Pick<StageFiles, 'readText' | 'list'>): PythonDeed | undefined {
  const { name = '', words } = command;
  if (/^pip[\d.]*$/.test(name)) return pipDeed(command, words, files);
  if (/^python[\d.]*$/.test(name)) {
    const [option, module] = words;
    if (option?.value !== '-m') return undefined;
    if (module?.value === 'pip') return pipDeed(command, words.slice(2), files);
    if (module?.value === 'venv' || module?.value === 'virtualenv') return environmentDeed(command, words.slice(2));
    return undefined;
  }
  if (name === 'virtualenv') return environmentDeed(command, words);
  if (name === 'poetry') return poetryDeed(command, files);
  if (name === 'uv') return uvDeed(command, files);
  if (/^(?:pipenv|conda|mamba|pdm|pipx|hatch|rye)$/.test(name))
    return { kind: 'refused', reason: t('{0} installs in ways that this does not follow', name) };
  return undefined;
}

function pipDeed(
  command: RunCommand,
  words: readonly RunWord[],
  files: Pick<StageFiles, 'readText' | 'list'>,
): PythonDeed {
  const { name, rest } = pipSubcommand(words);
  if (name !== 'install') return { kind: 'prepare' };
  const plain = rest.map(({ value, text }) => value ?? text);
  const elsewhere = plain.find((word) => /^(?:--user|-t|--target|--prefix|--root|--python)(?:=|$)/.test(word));
  if (elsewhere !== undefined) return { kind: 'refused', reason: t('pip installs to another place ({0})', elsewhere) };
  const variable = ['PIP_USER', 'PIP_TARGET', 'PIP_PREFIX', 'PIP_ROOT'].find((each) => command.environment.has(each));
  if (variable !== undefined) return { kind: 'refused', reason: t('pip installs to another place ({0})', variable) };
  const request = readPipRequest(command, rest, { ...files, exists: () => undefined, sizeOf: () => unknownRange });
  if (request.projects.some(({ editable }) => editable))
    return { kind: 'refused', reason: t('a project is installed in place (pip install --editable)') };
  const names = [
    ...request.requirements.map((requirement) => requirement.name),
    ...request.projects.flatMap(({ folder }) => projectNames(folder, files)),
  ];
  const unread = [...request.unread.files, ...request.unread.names];
  return {
    kind: 'install',
    names,
    links: request.links,
    ...(unread.length > 0 && { unread: t('it is not known which packages pip installs') }),
  };
}

/** Names that a pyproject.toml or setup file has between quotes: more than it depends on, and never fewer. */
function projectNames(folder: string, files: Pick<StageFiles, 'readText'>): string[] {
  const place = folder === '/' ? '' : folder;
  const texts = ['pyproject.toml', 'setup.py', 'setup.cfg', 'poetry.lock', 'uv.lock'].map((name) =>
    files.readText(`${place}/${name}`),
  );
  return texts.flatMap((text) =>
    text === undefined || text === 'pending'
      ? []
      : [...text.matchAll(/^\s*["']?([A-Za-z][\w.-]*)|["']([A-Za-z][\w.-]*)/gm)].map((match) =>
          (match[1] ?? match[2] ?? '').toLowerCase().replace(/[-_.]+/g, '-'),
        ),
  );
}

function environmentDeed(command: RunCommand, words: readonly RunWord[]): PythonDeed {
  const plain = words.filter(({ value, text }) => !(value ?? text).startsWith('-'));
  const folder = absolutePath(plain.at(-1)?.value, command.directory);
  return folder === undefined
    ? { kind: 'refused', reason: t('it is not known where the virtual environment lies') }
    : { kind: 'environment', folder, names: [] };
}

function poetryDeed(command: RunCommand, files: Pick<StageFiles, 'readText'>): PythonDeed {
  const plain = command.words.map(({ value, text }) => value ?? text);
  const verb = plain.find((word) => !word.startsWith('-'));
  if (verb !== 'install' && verb !== 'sync') return { kind: 'prepare' };
  return { kind: 'install', names: projectNames(command.directory ?? '/', files), links: [] };
}

function uvDeed(command: RunCommand, files: Pick<StageFiles, 'readText'>): PythonDeed {
  const plain = command.words.map(({ value, text }) => value ?? text);
  const verb = plain.find((word) => !word.startsWith('-'));
  if (verb === 'sync') {
    const folder = absolutePath(command.environment.get('UV_PROJECT_ENVIRONMENT') ?? '.venv', command.directory);
    return folder === undefined
      ? { kind: 'refused', reason: t('it is not known where the virtual environment lies') }
      : { kind: 'environment', folder, names: projectNames(command.directory ?? '/', files) };
  }
  if (verb === 'venv') return environmentDeed(command, command.words.slice(1));
  if (verb === 'pip') return { kind: 'refused', reason: t('{0} installs in ways that this does not follow', 'uv pip') };
  return { kind: 'prepare' };
}

/** Packages that load libraries of the distribution, and the development package that stands for them. */
export const libraryPackages: Readonly<Record<string, string>> = {
  psycopg2: 'libpq-dev',
  psycopg: 'libpq-dev',
  'psycopg-c': 'libpq-dev',
  mysqlclient: 'default-libmysqlclient-dev',
  pycurl: 'libcurl4-openssl-dev',
  'python-ldap': 'libldap-dev',
  'python-magic': 'libmagic-dev',
  'python-snappy': 'libsnappy-dev',
};

/** Packages that use programs or many libraries of the full image. */
export const fullImagePackages: ReadonlySet<string> = new Set(
  (
    'uwsgi gdal pygraphviz pycairo pygobject opencv-python opencv-contrib-python weasyprint cairosvg wand gitpython pyaudio dlib mpi4py ' +
    'playwright selenium pyppeteer pdf2image pytesseract ffmpeg-python moviepy pydub mercurial pygit2 pysvn pyodbc pymssql oracledb cx-oracle ' +
    'rpy2 tensorflow-io kivy pygame pyside6 pyqt5 pyqt6 matplotlib-gtk graphviz imageio-ffmpeg python-xmlsec xmlsec pyenchant pre-commit dulwich-git pip-tools-git poetry-dynamic-versioning setuptools-git'
  ).split(' '),
);

/** Programs that the full Debian image has and the slim one has not. */
export const fullImagePrograms: ReadonlySet<string> = new Set(
  'curl wget git hg svn ssh scp make gcc g++ cc c++ convert identify magick mogrify unzip file pg_config mysql_config xz bzip2 patch'.split(
    ' ',
  ),
);
