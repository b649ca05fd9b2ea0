/**
 * Split the Dockerfile of a Go program into a builder stage and an image that holds the program alone.
 *
 *     FROM golang:1.23                        FROM golang:1.23 AS builder
 *     WORKDIR /src                            # Without cgo the program needs no C library.
 *     COPY . .                                ENV CGO_ENABLED=0
 *     RUN go build -o /server ./cmd/server    WORKDIR /src
 *     EXPOSE 8080                      →      COPY . .
 *     CMD ["/server"]                         RUN go build -o /server ./cmd/server
 *                                             # An empty folder for temporary files, which an empty image lacks.
 *                                             RUN mkdir -p /runtime && mkdir -m 1777 /runtime/tmp
 *
 *                                             FROM scratch
 *                                             WORKDIR /src
 *                                             COPY --from=builder /server /server
 *                                             # Certificates for TLS, time zones and …
 *                                             COPY --from=builder /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
 *                                             COPY --from=builder /usr/share/zoneinfo /usr/share/zoneinfo
 *                                             COPY --from=builder /runtime /
 *                                             EXPOSE 8080
 *                                             CMD ["/server"]
 *
 * A program that needs the C library, a shell or packages gets the slim image of the same distribution instead.
 */
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import type { CarriedGroup } from './compiled-carrying';
import { cModuleOf, goDeed } from './go-commands';
import { distributionBase, emptyBase } from './split-base';
import { type Choice, type CompiledFacts, compiledRule } from './split-compiled';
import { isBasicProgram } from './split-deeds';
import { type CopiedPath, contextPathOf, isOfficial } from './split-stage';
import type { Deed, SingleStage } from './split-types';
import type { RefactoringRule } from './types';

export const splitGo: RefactoringRule = compiledRule({
  id: 'split-go',
  known: (reference) => isOfficial(reference, 'golang'),
  deeds: (single, copied) => (command) => deed(command, single, copied),
  isSource: (name) => /(?:\.go|\.s|\.c|\.h|\.proto|^go\.(?:mod|sum|work|work\.sum))$/.test(name) || name === 'vendor',
  isBuildVariable: (name) =>
    /^(?:GO111MODULE|GOOS|GOARCH|GOARM|GOAMD64|CGO_\w+|GOPROXY|GOSUMDB|GONOSUMDB|GONOSUMCHECK|GOFLAGS|GOPRIVATE|GONOPROXY|GOPATH|GOBIN|GOCACHE|GOMODCACHE|GOROOT|GOTOOLCHAIN|GOEXPERIMENT|GOINSECURE|GOVERSION)$/.test(
      name,
    ),
  choose,
});

/** Programs that write sources, check them or build: they leave nothing that a container needs. */
const tools =
  /^(?:gofmt|golangci-lint|golint|staticcheck|swag|templ|sqlc|mockgen|stringer|wire|protoc|buf|ko|garble|gotestsum|ginkgo|goimports|govulncheck|gqlgen|ent|oapi-codegen|strip|upx)$/;

function deed(command: RunCommand, single: SingleStage, copied: readonly CopiedPath[]): Deed | undefined {
  if (command.name !== undefined && tools.test(command.name))
    return { kind: 'build', outputs: [], trees: [], unnamed: false };
  return goDeed(command, (folder) => moduleOf(single, copied, folder));
}

function manifestOf(single: SingleStage, copied: readonly CopiedPath[], folder: string): string | undefined {
  const source = contextPathOf(`${folder === '/' ? '' : folder}/go.mod`, copied);
  const text = source === undefined ? undefined : single.context.readContextFile(source);
  return text === 'pending' ? undefined : text;
}

function moduleOf(single: SingleStage, copied: readonly CopiedPath[], folder: string): string | undefined {
  return /^\s*module\s+"?([^\s"]+)/m.exec(manifestOf(single, copied, folder) ?? '')?.[1];
}

function choose(facts: CompiledFacts): Choice | string {
  const { reading, carrying } = facts;
  const foreign = carrying.foreign.find((name) => !isBasicProgram(name.split('/').at(-1) ?? ''));
  if (foreign === 'go' || foreign === 'air')
    return t('the container compiles the program when it starts ({0})', foreign);
  const c = whyC(facts);
  // Certificates and time zones are files that can be carried over.
  const packages = facts.packages.filter((name) => !/^(?:ca-certificates|tzdata)$/.test(name));
  const [wanted] = packages;
  const shell =
    facts.needsShell ??
    (carrying.foreign.length > 0 ? t('the container runs {0}', carrying.foreign[0] ?? '') : undefined);
  const why = c ?? shell ?? (wanted === undefined ? undefined : t('it installs {0}', wanted));
  if (foreign !== undefined && !packages.includes(foreign))
    return t('the container runs {0}, which the runtime stage would not have', foreign);
  return why === undefined ? alone(facts) : onDistribution(facts, reading.single, why, c === undefined);
}

/** Why the program needs the C library, localised; undefined when it does not, or nothing tells so. */
function whyC({ reading }: CompiledFacts): string | undefined {
  const { single, steps, copied } = reading;
  const builds = steps
    .flatMap(({ commands }) => commands)
    .filter(({ command }) => command.name === 'go' && /^(?:build|install)$/.test(command.words[0]?.value ?? ''));
  const texts = builds.map(({ command }) => command.words.map(({ text, value }) => value ?? text).join(' '));
  if (texts.length > 0 && texts.every((text) => /-extldflags[ =]['"]?-static/.test(text))) return undefined;
  const settings = builds.map(({ command }) => command.environment.get('CGO_ENABLED'));
  if (settings.length > 0 && settings.every((value) => value === '0')) return undefined;
  if (settings.some((value) => value === '1')) return t('cgo is turned on');
  for (const { command } of builds) {
    const manifest = manifestOf(single, copied, command.directory ?? '/');
    const name = manifest === undefined ? undefined : cModuleOf(manifest);
    if (name !== undefined) return t('{0} needs cgo', name);
  }
  const compiler = steps
    .flatMap(({ commands }) => commands)
    .flatMap(({ deed: { ...done } }) => (done.kind === 'system' ? done.names : []))
    .find((name) => /^(?:gcc|g\+\+|build-essential|build-base|musl-dev|clang)$|-dev$/.test(name));
  return compiler === undefined ? undefined : t('{0} is installed, as if for cgo', compiler);
}

/** CGO_ENABLED=0 is written already. */
function saysCgo({ reading }: CompiledFacts): boolean {
  const builds = reading.steps
    .flatMap(({ commands }) => commands)
    .filter(({ command }) => command.name === 'go' && /^(?:build|install)$/.test(command.words[0]?.value ?? ''));
  return builds.every(({ command }) => command.environment.has('CGO_ENABLED'));
}

const noCgo = 'ENV CGO_ENABLED=0';

function certificates({ system }: SingleStage, users: boolean): CarriedGroup {
  const file = (source: string, directory = false) => ({ source, target: source, directory });
  const zones =
    system.distribution === 'alpine' ? file('/usr/local/go/lib/time/zoneinfo.zip') : file('/usr/share/zoneinfo', true);
  return {
    comment: t(
      '# Certificates for TLS and time zones, which an empty image lacks; leave out what the program does not use.',
    ),
    paths: [
      file('/etc/ssl/certs/ca-certificates.crt'),
      zones,
      ...(users ? [file('/etc/passwd'), file('/etc/group')] : []),
    ],
  };
}

function alone(facts: CompiledFacts): Choice {
  const { single } = facts.reading;
  const named = single.stage.steps.some(
    ({ instruction, operation, state }) =>
      (instruction.keyword === 'USER' && !/^\d+(?::\d+)?$/.test(instruction.words[0]?.text ?? '')) ||
      (operation.kind === 'copy' && operation.owner !== undefined && !/^\d+(?::\d+)?$/.test(operation.owner)) ||
      /^[a-z]/i.test(state.user),
  );
  const root = single.stage.finalState.user || 'root';
  return {
    base: emptyBase,
    head: saysCgo(facts)
      ? []
      : [t('# Without cgo the program needs no C library, so it runs on an empty image.'), noCgo],
    tail: [
      t('# A folder for temporary files, which an empty image lacks.'),
      ...(/^(?:root|0)(?::|$)/.test(root) ? [] : ['USER root']),
      'RUN mkdir -p /runtime && mkdir -m 1777 /runtime/tmp',
    ],
    extra: [
      certificates(single, facts.users || named),
      { paths: [{ source: '/runtime', target: '/', directory: true }] },
    ],
    cautions: [
      t('The image holds the program and the files named, and nothing else: no shell, no other programs.'),
      ...(saysCgo(facts) ? [] : [t('Without cgo, names of hosts and users are looked up by Go itself.')]),
    ],
  };
}

function onDistribution(facts: CompiledFacts, single: SingleStage, why: string, pure: boolean): Choice | string {
  const base = distributionBase(single);
  if (base === undefined)
    return t(
      '{0}, and it is not known which release of the distribution {1} is made from',
      why,
      single.from.image.text,
    );
  const installed = facts.packages.includes('ca-certificates');
  const file = '/etc/ssl/certs/ca-certificates.crt';
  return {
    base,
    head:
      pure && !saysCgo(facts)
        ? [t('# Without cgo the program needs no C library, so it runs on any image.'), noCgo]
        : [],
    tail: [],
    extra: installed
      ? []
      : [
          {
            comment: t('# Certificates for TLS, which the image lacks.'),
            paths: [{ source: file, target: file, directory: false }],
          },
        ],
    cautions: [
      t('The runtime stage stands on {0}, because {1}.', base.written, why),
      t('It has no Go, no compilers, git or curl.'),
    ],
  };
}
