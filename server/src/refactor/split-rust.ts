/**
 * Split the Dockerfile of a Rust program: the compiler stays in the builder stage, dependencies are compiled before the sources are copied.
 *
 *     FROM rust:1.80-bookworm                    FROM rust:1.80-bookworm AS builder
 *     WORKDIR /app                               WORKDIR /app
 *     COPY . .                                   COPY Cargo.toml Cargo.lock ./
 *     RUN cargo build --release                  # Dependencies are compiled on their own, …
 *     CMD ["./target/release/board"]      →      RUN mkdir src && echo 'fn main() {}' > src/main.rs && cargo build --release && rm -r src
 *                                                COPY . .
 *                                                RUN touch src/main.rs && cargo build --release
 *
 *                                                FROM debian:bookworm-slim
 *                                                WORKDIR /app
 *                                                COPY --from=builder /app/target/release/board /app/target/release/board
 *                                                CMD ["./target/release/board"]
 */
import type { BuildStep } from '../build/types';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import type { CompiledReading } from './compiled-reading';
import { runtimeLibraries } from './runtime-libraries';
import { distributionBase } from './split-base';
import { type Choice, type CompiledFacts, compiledRule } from './split-compiled';
import { isBasicProgram } from './split-deeds';
import { absolutePath, type CopiedPath, cleanFolder, contextPathOf, isOfficial } from './split-stage';
import { buildOnly, type Deed, type SingleStage } from './split-types';
import type { RefactoringRule } from './types';

export const splitRust: RefactoringRule = compiledRule({
  id: 'split-rust',
  known: (reference) => isOfficial(reference, 'rust'),
  deeds: (single, copied) => (command) => rustDeed(command, (folder) => textOf(single, copied, folder, 'Cargo.toml')),
  isSource: (name) =>
    /\.rs$|^(?:Cargo\.(?:toml|lock)|rust-toolchain(?:\.toml)?|rustfmt\.toml|clippy\.toml|deny\.toml|\.rustfmt\.toml)$/.test(
      name,
    ) || /^(?:target|\.cargo|vendor|benches)$/.test(name),
  isBuildVariable: (name) => /^(?:CARGO_\w+|RUSTFLAGS|RUSTC_\w+|RUSTUP_\w+|SQLX_OFFLINE)$/.test(name),
  builderTexts: dependenciesFirst,
  choose,
});

function textOf(single: SingleStage, copied: readonly CopiedPath[], folder: string, name: string): string | undefined {
  const source = contextPathOf(`${folder === '/' ? '' : folder}/${name}`, copied);
  const text = source === undefined ? undefined : single.context.readContextFile(source);
  return text === 'pending' ? undefined : text;
}

function rustDeed(command: RunCommand, manifestOf: (folder: string) => string | undefined): Deed | undefined {
  const { name = '', directory } = command;
  if (name === 'rustup' || name === 'rustfmt') return buildOnly;
  if (name !== 'cargo') return undefined;
  const plain = command.words.map(({ value, text }) => value ?? text);
  const verb = plain.find((word) => !/^[-+]/.test(word));
  if (verb === 'build' || verb === 'b' || verb === 'rustc') return { ...buildOnly, unnamed: true };
  if (verb !== 'install') return buildOnly;
  const value = (option: string): string | undefined => {
    const index = plain.indexOf(option);
    return index < 0 ? plain.find((word) => word.startsWith(`${option}=`))?.slice(option.length + 1) : plain[index + 1];
  };
  const root = value('--root');
  if (root !== undefined) {
    const folder = absolutePath(root, directory);
    return folder === undefined || folder === '/'
      ? { kind: 'refused', reason: t('it is not known where {0} installs its files', 'cargo') }
      : { ...buildOnly, outputs: [], trees: [folder] };
  }
  const path = value('--path');
  // A tool from the registry, such as cargo-chef, leaves nothing that the program needs.
  if (path === undefined) return buildOnly;
  const place = absolutePath(path, directory);
  const manifest = place === undefined ? undefined : manifestOf(place);
  const names = manifest === undefined ? [] : programsOf(manifest);
  if (names.length === 0) return { kind: 'refused', reason: t('it is not known which programs cargo installs') };
  const home = command.environment.get('CARGO_HOME') ?? '/usr/local/cargo';
  return { ...buildOnly, outputs: names.map((program) => `${home}/bin/${program}`) };
}

/** Names of the programs of a package: those of `[[bin]]`, else that of the package. */
function programsOf(manifest: string): string[] {
  const sections = manifest.split(/^\s*\[/m);
  const nameIn = (section: string): string | undefined => /^\s*name\s*=\s*"([\w-]+)"/m.exec(section)?.[1];
  const own = sections.filter((section) => section.startsWith('[bin]]')).flatMap((section) => nameIn(section) ?? []);
  const whole = sections
    .filter((section) => section.startsWith('package]'))
    .flatMap((section) => nameIn(section) ?? []);
  return own.length > 0 ? own : whole;
}

/** Crates that link to libraries of the distribution, and the development package that these come with. */
const libraries: Readonly<Record<string, string>> = {
  'openssl-sys': 'libssl-dev',
  'pq-sys': 'libpq-dev',
  'mysqlclient-sys': 'default-libmysqlclient-dev',
  'libsqlite3-sys': 'libsqlite3-dev',
  'curl-sys': 'libcurl4-openssl-dev',
  'libudev-sys': 'libudev-dev',
  'alsa-sys': 'libasound2-dev',
  'libdbus-sys': 'libdbus-1-dev',
  'libusb1-sys': 'libusb-1.0-0-dev',
  'zmq-sys': 'libzmq3-dev',
};
/** Crates of that kind that need nothing at run time: built along, or for other systems. */
const harmless =
  /^(?:windows|winapi|js|web|linux-raw|core-foundation|security-framework|schannel|zstd|lz4|bzip2|lzma|libz|libz-ng|brotli|libgit2|libssh2|libmimalloc|tikv-jemalloc|jemalloc|inotify|fsevent|kqueue|rdkafka|librocksdb|onig|libnghttp2|clang|ring|aws-lc|aws-lc-fips|secp256k1|blst|snappy|libwebp|mozjpeg|libdav1d|ittapi|prost|errno-dragonfly|objc|wasm-bindgen|wasi|android|ndk|coreaudio|mach|io-kit|system-configuration|libfuzzer|protobuf|sqlite-wasm)(?:-\w+)*-sys(?:-\w+)?$/;

/** Packages that the program loads libraries of; a string says why they are not known, localised. */
function librariesOf({ single, copied, steps }: CompiledReading): readonly string[] | string {
  const folder = cleanFolder(
    steps.flatMap(({ commands }) => commands).find(({ command }) => command.name === 'cargo')?.command.directory ?? '/',
  );
  const lock = textOf(single, copied, folder, 'Cargo.lock');
  const manifest = textOf(single, copied, folder, 'Cargo.toml');
  if (lock === undefined) {
    const alone =
      manifest !== undefined && !/^\s*\[(?:workspace|(?:target\..*\.)?(?:build-)?dependencies\b)/m.test(manifest);
    return alone ? [] : t('there is no Cargo.lock that tells which libraries the program loads');
  }
  const names = [...lock.matchAll(/^name = "([\w-]+)"/gm)].map((match) => match[1] ?? '');
  const found: string[] = [];
  for (const name of names) {
    if (!/-sys$/.test(name) || harmless.test(name)) continue;
    if (name === 'openssl-sys' && names.includes('openssl-src')) continue;
    const development = libraries[name];
    const known = development === undefined ? undefined : runtimeLibraries(development, single.system);
    if (known === undefined) return t('it is not known which packages hold the libraries that go with {0}', name);
    found.push(...known);
  }
  return found;
}

function choose(facts: CompiledFacts): Choice | string {
  const { reading, carrying, packages } = facts;
  const { single } = reading;
  const base = distributionBase(single);
  if (base === undefined)
    return t('it is not known which release of the distribution {0} is made from', single.from.image.text);
  const lost = carrying.foreign.find(
    (name) => !isBasicProgram(name.split('/').at(-1) ?? '') && !packages.includes(name),
  );
  if (lost !== undefined) return t('the container runs {0}, which the runtime stage would not have', lost);
  const alpine = single.system.distribution === 'alpine';
  const loaded = alpine ? [] : librariesOf(reading);
  if (typeof loaded === 'string') return loaded;
  const file = '/etc/ssl/certs/ca-certificates.crt';
  return {
    base,
    head: [],
    tail: [],
    extra: packages.includes('ca-certificates')
      ? []
      : [
          {
            comment: t('# Certificates for TLS, which the image lacks.'),
            paths: [{ source: file, target: file, directory: false }],
          },
        ],
    packages: [...new Set(loaded)].filter((name) => !packages.includes(name)),
    cautions: [
      t('The runtime stage stands on {0}: it has no Rust, no compilers, git or curl.', base.written),
      t('Of what the build makes, only {0} is carried over.', carrying.programs.join(', ')),
    ],
  };
}

/** One crate with `src/main.rs` that is copied as a whole and built right after: its dependencies are compiled first. */
function dependenciesFirst(reading: CompiledReading): ReadonlyMap<BuildStep, readonly string[]> {
  const { single, copied, steps } = reading;
  const texts = new Map<BuildStep, readonly string[]>();
  const build = steps.find(({ commands }) => commands.some(({ command }) => command.name === 'cargo'));
  const [only, ...others] = build?.commands ?? [];
  const copies = copied.filter(({ step }) => build !== undefined && step.index < build.step.index);
  const [copy, ...before] = copies;
  if (build === undefined || only === undefined || others.length > 0 || copy === undefined || before.length > 0)
    return texts;
  const folder = cleanFolder(build.step.state.workdir);
  const { instruction, operation } = build.step;
  if (operation.kind !== 'execute' || operation.mounts.length > 0 || operation.command.form !== 'shell') return texts;
  if (instruction.heredocs.length > 0 || instruction.comments.length > 0 || copy.step.instruction.comments.length > 0)
    return texts;
  const words = operation.command.script.trim();
  if (!/^cargo build(?: (?:--release|-r|--locked|--frozen|--offline|--all-features))*$/.test(words)) return texts;
  if (copy.target !== folder || copy.source !== '' || copy.step.instruction.flags.length > 0) return texts;
  if (cleanFolder(copy.step.state.workdir) !== folder) return texts;
  const manifest = textOf(single, copied, folder, 'Cargo.toml');
  const has = (path: string): boolean => single.snapshot.entry(path) !== undefined;
  const plain =
    manifest !== undefined &&
    /^\s*\[dependencies\]/m.test(manifest) &&
    !/^\s*\[(?:workspace|lib|patch|\[bin|\[example|\[bench|\[test)|\bpath\s*=|^\s*build\s*=/m.test(manifest) &&
    has('Cargo.lock') &&
    has('src/main.rs') &&
    !has('src/lib.rs') &&
    !has('build.rs') &&
    !has('.cargo');
  if (!plain) return texts;
  texts.set(copy.step, ['COPY Cargo.toml Cargo.lock ./']);
  texts.set(build.step, [
    t('# Dependencies are compiled on their own, and anew only when Cargo.toml or Cargo.lock change.'),
    `RUN mkdir src && echo 'fn main() {}' > src/main.rs && ${words} && rm -r src`,
    'COPY . .',
    `RUN touch src/main.rs && ${words}`,
  ]);
  return texts;
}
