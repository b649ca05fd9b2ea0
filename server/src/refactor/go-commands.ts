/** What a command of the Go toolchain makes (`go help build`, `go help install`). */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import { absolutePath } from './split-stage';
import { type BuildDeed, buildOnly, type Deed } from './split-types';

/** Flags of `go build` and `go install` that take the next word. */
const withValue = new Set(
  (
    'asmflags buildmode compiler covermode coverpkg C exec gccgoflags gcflags installsuffix ldflags mod modfile o overlay p pgo pkgdir tags ' +
    'toolexec vet'
  ).split(' '),
);

interface GoLine {
  readonly flags: ReadonlyMap<string, string | undefined>;
  readonly packages: readonly (string | undefined)[];
}

function readLine(command: RunCommand): GoLine {
  const flags = new Map<string, string | undefined>();
  const packages: (string | undefined)[] = [];
  const words = command.words.slice(1);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index];
    const text = word?.value ?? word?.text ?? '';
    const match = /^--?([A-Za-z]\w*)(?:=([\s\S]*))?$/.exec(text);
    const name = match?.[1];
    if (name === undefined) packages.push(word?.value);
    else if (match?.[2] !== undefined) flags.set(name, word?.value === undefined ? undefined : match[2]);
    else if (withValue.has(name)) {
      index += 1;
      flags.set(name, words[index]?.value);
    } else flags.set(name, '');
  }
  return { flags, packages };
}

/** What `go` does; `moduleName`: the module of the `go.mod` that holds for a folder. */
export function goDeed(command: RunCommand, moduleName: (folder: string) => string | undefined): Deed | undefined {
  if (command.name !== 'go') return undefined;
  const verb = command.words[0]?.value;
  if (verb !== 'build' && verb !== 'install') return buildOnly;
  const line = readLine(command);
  const mode = line.flags.get('buildmode');
  if (mode !== undefined && !/^(?:exe|pie|default)$/.test(mode))
    return { kind: 'refused', reason: t('go builds something else than a program ({0})', mode) };
  const folder = line.flags.has('C') ? absolutePath(line.flags.get('C'), command.directory) : command.directory;
  if (folder === undefined) return { kind: 'unknown', name: 'go' };
  const names = line.packages.length === 0 ? ['.'] : line.packages;
  const programs = names.map((name) => programName(name, folder, moduleName));
  const known = programs.filter((name) => name !== undefined);
  if (verb === 'install') return installed(command, names, known);
  if (!line.flags.has('o')) {
    // Several packages are only checked, and `...` stands for any number.
    const [only] = known;
    const single = names.length === 1 || names.every((name) => name?.endsWith('.go') === true);
    return single && only !== undefined ? made([`${folder === '/' ? '' : folder}/${only}`]) : buildOnly;
  }
  const written = line.flags.get('o');
  const output = absolutePath(written, folder);
  if (output === undefined) return { kind: 'refused', reason: t('it is not known where go build writes its program') };
  if (output === '/dev/null') return buildOnly;
  const intoFolder = /\/\.?$|^\.{1,2}$/.test(written ?? '') || names.length > 1;
  if (!intoFolder || names.every((name) => name?.endsWith('.go') === true)) return made([output]);
  if (known.length < names.length)
    return { kind: 'refused', reason: t('it is not known which programs go build writes to {0}', output) };
  return made(known.map((name) => `${output === '/' ? '' : output}/${name}`));
}

function made(outputs: readonly string[]): BuildDeed {
  return { ...buildOnly, outputs };
}

function installed(command: RunCommand, names: readonly (string | undefined)[], known: readonly string[]): Deed {
  const path = command.environment.get('GOPATH') ?? '/go';
  const folder = command.environment.get('GOBIN') ?? `${path.split(':')[0] ?? '/go'}/bin`;
  // `./...` installs what is there: a program that is started from that folder is taken to come of it.
  return known.length < names.length
    ? { ...buildOnly, trees: [folder] }
    : made(known.map((name) => `${folder}/${name}`));
}

/** Name of the program that a package becomes: the last part of its import path, without a version. */
function programName(
  name: string | undefined,
  folder: string,
  moduleName: (folder: string) => string | undefined,
): string | undefined {
  if (name === undefined || name.includes('...')) return undefined;
  if (name.endsWith('.go')) return (name.split('/').at(-1) ?? '').replace(/\.go$/, '');
  const local = name === '.' || /^\.{0,2}\//.test(name);
  const place = local ? absolutePath(name, folder) : undefined;
  if (local && (place === undefined || place === absolutePath('.', folder))) return lastPart(moduleName(folder));
  if (place !== undefined && moduleName(place) !== undefined) return lastPart(moduleName(place));
  return lastPart(name);
}

function lastPart(path: string | undefined): string | undefined {
  const parts = (path ?? '')
    .replace(/@.*$/, '')
    .split('/')
    .filter((part) => part !== '' && part !== '.');
  const last = parts.at(-1);
  const name = last !== undefined && /^v\d+$/.test(last) && parts.length > 1 ? parts.at(-2) : last;
  return name;
}

/** Modules whose packages call C libraries. */
const cModules =
  /^(?:github\.com\/(?:mattn\/go-(?:sqlite3|oci8|gtk)|confluentinc\/confluent-kafka-go|libgit2\/git2go|h2non\/bimg|davidbyttow\/govips|gographics\/imagick|godror\/godror|DataDog\/zstd|google\/gopacket|tecbot\/gorocksdb|linxGnu\/grocksdb|miekg\/pkcs11|chai2010\/webp|otiai10\/gosseract|pebbe\/zmq4|lxc\/go-lxc|ibm-messaging\/mq-golang|ibmdb\/go_ibm_db|wasmerio\/wasmer-go|bytecodealliance\/wasmtime-go|marcboeker\/go-duckdb|go-gl\/|veandco\/go-sdl2|hajimehoshi\/|gotk3\/|tensorflow\/tensorflow|yuin\/gopher-lua-c|shirou\/gopsutil-c|coreos\/go-systemd\/.*sdjournal|karalabe\/hid|gen2brain\/|faiface\/)|fyne\.io\/|gocv\.io\/|gopkg\.in\/(?:confluentinc|Graylog2\/go-c))/;

/** The first module among the requirements of a `go.mod` that needs cgo. */
export function cModuleOf(manifest: string): string | undefined {
  for (const line of manifest.split('\n')) {
    const name = /^\s*(?:require\s+)?([\w./~-]+\.[\w./~-]+)\s+v\d/.exec(line)?.[1];
    if (name !== undefined && cModules.test(name) && !/\/\/\s*indirect/.test(line)) return name;
  }
  return undefined;
}
