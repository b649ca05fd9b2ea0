/**
 * Packages that an index does not hold: of another release, where the name has another number, or of another publisher. The figures of a
 * package of like name stand in; else what the publisher's package is known to take; else what packages of its kind take.
 */
import { t } from '../localize';
import type { Spread } from './byte-range';
import type { DistributionIndex } from './types';

export type StandIn =
  /** Another package of the index, with what it needs. */
  | { readonly kind: 'similar'; readonly name: string }
  /** Bytes with what it needs. */
  | { readonly kind: 'range'; readonly spread: Spread; readonly source: string };

/**
 * How many times as much a package of like name takes: 1,338 packages of Debian 11 against those that Debian 12 has under like names, nine
 * in ten.
 */
export const similarApart: Spread = { low: 0.41, middle: 0.9, high: 3.25 };

const numbered: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^php\d+(?:\.\d+)?(-.+)?$/, ['php$1', 'php-common']],
  [/^libapache2-mod-php.*$/, ['libapache2-mod-php']],
  [/^(?:openjdk-\d+|java-\d+|temurin-\d+|zulu-?\d+|adoptopenjdk-\d+)-(j[dr]k.*)$/, ['openjdk-17-$1', 'default-$1']],
  [/^oracle-java\d+-installer$/, ['default-jdk']],
  [/^python(?:3|2|2\.7|3\.\d+)?(-.+)?$/, ['python3$1']],
  [/^libpython(?:2\.7|3\.\d+)?(-.+)?$/, ['libpython3$1']],
  [/^postgresql(-client|-contrib|-server-dev)?-\d+$/, ['postgresql$1', 'postgresql']],
  [/^libssl1\..*$/, ['libssl3', 'libssl3t64']],
  [/^libgl1-mesa-glx$/, ['libgl1']],
  [/^(?:mysql-(client|server)(?:-core)?(?:-\d.*)?)$/, ['default-mysql-$1']],
  [/^libmysqlclient-dev$/, ['default-libmysqlclient-dev']],
  [/^libappindicator1$/, ['libayatana-appindicator1']],
  [/^libncurses5(-dev)?$/, ['libncurses$1', 'libncurses6']],
  [/^libreadline6$/, ['libreadline8', 'libreadline8t64']],
  [/^netcat$/, ['netcat-openbsd']],
  [/^(iptables)-persistent$/, ['$1']],
  [/^chromium-browser$/, ['chromium']],
  [/^firefox$/, ['firefox-esr']],
  [/^docker-engine$/, ['docker.io']],
  [/^ttf-(.+)$/, ['fonts-$1']],
  [/^linux-(headers|image)-.*$/, ['linux-$1-amd64']],
  [/^qemu-kvm$/, ['qemu-system-x86']],
  [/^libav-tools$/, ['ffmpeg']],
  [/^virtualenv$/, ['python3-virtualenv']],
  [/^software-properties-common$/, ['python3-apt']],
];

/** Names that a package of this name may have in another release. */
function candidates(name: string, index: DistributionIndex): readonly string[] {
  const made: string[] = [];
  for (const [pattern, names] of numbered)
    if (pattern.test(name)) made.push(...names.map((other) => name.replace(pattern, other)));
  made.push(`${name}t64`, name.replace(/t64$/, ''));
  // `gcc-9`, `clang-11`, `ruby2.7-dev`, `lua5.1`: the package that depends on the default version.
  made.push(name.replace(/-\d+(?:\.\d+)*(?=-|$)/, ''), name.replace(/\d+(?:\.\d+)*(?=-|$)/, ''));
  const library = /^(lib.+?)[-.\d]*\d(?:t64|[a-z])?$/.exec(name)?.[1];
  if (library !== undefined) {
    // A library is what its headers need: `libicu67` is what `libicu-dev` brings.
    for (const headers of [`${library}-dev`, `${library.replace(/-[^-]*$/, '')}-dev`])
      for (const needed of index.find(headers)?.depends.flat() ?? [])
        if (needed.startsWith(library) && !needed.endsWith('-dev')) made.push(needed);
  }
  const dev = /^(lib.+?)[-.\d]*\d-dev$/.exec(name)?.[1];
  if (dev !== undefined) made.push(`${dev}-dev`);
  return made;
}

const mega = (low: number, middle: number, high: number): Spread => ({
  low: low * 1e6,
  middle: middle * 1e6,
  high: high * 1e6,
});

/** Packages that publishers offer from repositories of their own: between their smallest and largest releases of the last years. */
const published: readonly (readonly [RegExp, Spread])[] = [
  [/^nodejs$/, mega(60, 150, 240)],
  [/^yarn$/, mega(3, 5.4, 12)],
  [
    /^(?:google-chrome-(?:stable|beta|unstable)|microsoft-edge-stable|brave-browser|opera-stable|vivaldi-stable)$/,
    mega(170, 400, 800),
  ],
  [/^docker-ce$/, mega(90, 320, 520)],
  [/^docker-ce-cli$/, mega(35, 110, 260)],
  [/^containerd\.io$/, mega(60, 115, 160)],
  [/^docker-(?:buildx|compose)-plugin$/, mega(20, 65, 110)],
  [/^(?:kubectl|kubelet|kubeadm|helm|vault|terraform|packer|nomad|consul)$/, mega(25, 80, 420)],
  [/^(?:gh|k6|doctl|caddy|trivy|syft|grype|cosign|minikube)$/, mega(15, 50, 160)],
  [/^(?:google-cloud-(?:sdk|cli)|azure-cli)$/, mega(250, 700, 1_500)],
  [/^powershell(?:-preview|-lts)?$/, mega(130, 180, 260)],
  [/^dotnet-sdk-.*$/, mega(200, 450, 900)],
  [/^(?:dotnet|aspnetcore)-runtime(?:-deps)?-.*$/, mega(1, 90, 260)],
  [/^mongodb(?:-org)?(?:-.*)?$/, mega(25, 200, 900)],
  [/^(?:elasticsearch|kibana|logstash)(?:-oss)?$/, mega(250, 700, 1_500)],
  [/^(?:msodbcsql\d*|mssql-tools\d*)$/, mega(0.5, 5, 120)],
  [
    /^(?:code|code-insiders|spotify-client|skypeforlinux|slack-desktop|signal-desktop|atom|teams|discord)$/,
    mega(130, 350, 900),
  ],
  [/^steam(?:-launcher)?$/, mega(5, 60, 900)],
  [/^(?:cuda|libcudnn|libnccl|libnvinfer|tensorrt)(?:[-\d].*)?$/, mega(2, 600, 6_000)],
  [/^(?:virtualbox|vagrant)(?:-.*)?$/, mega(100, 250, 500)],
  [/^bazel(?:-.*)?$/, mega(35, 60, 400)],
  [/^(?:esl-)?erlang(?:-.*)?$/, mega(10, 120, 500)],
  [
    /^(?:newrelic|datadog|filebeat|metricbeat|td-agent|fluent-bit|telegraf|influxdb2?|grafana)(?:-.*)?$/,
    mega(15, 160, 900),
  ],
];

/**
 * With what they need and a bare image has not: packages of Debian 12, drawn at random from all of the kind, nine in ten (a language that is
 * there already makes the low end).
 */
const kinds: readonly (readonly [RegExp, Spread])[] = [
  [/-(?:doc|docs|dbg|dbgsym)$/, mega(0.01, 0.5, 87)],
  [/^lib.*-perl$/, mega(0.02, 2, 86)],
  [/-dev$/, mega(0.03, 12, 670)],
  [/^(?:python3?|ruby)-/, mega(0.03, 10, 640)],
  [/^(?:fonts|ttf)-/, mega(0.04, 0.8, 25)],
  [/^lib/, mega(0.02, 1.3, 260)],
];
const others = mega(0.05, 20, 550);
const kindSource = (): string => t('as nine in ten packages of its kind in Debian 12 take with what they need');

/** Longer than any package's: no name to look for others like it. */
const longestName = 100;
/** Names of one command that are looked into; the rest of a list that long is nonsense. */
export const mostAbsent = 1_000;

/**
 * What stands in for a package that the index does not hold.
 */
export function standInFor(name: string, index: DistributionIndex): StandIn {
  if (name.length > longestName) return { kind: 'range', spread: others, source: kindSource() };
  const known = published.find(([pattern]) => pattern.test(name))?.[1];
  if (known !== undefined)
    return { kind: 'range', spread: known, source: t('as releases of {0} of the last years take', name) };
  for (const candidate of candidates(name, index))
    if (candidate !== name && (index.find(candidate) !== undefined || index.providers(candidate).length > 0))
      return { kind: 'similar', name: candidate };
  const spread = kinds.find(([pattern]) => pattern.test(name))?.[1] ?? others;
  return { kind: 'range', spread, source: kindSource() };
}

/** A range of a whole set, in bytes: what a name that is known in the container only may stand for. */
export const anyPackages: Spread = mega(0.05, 25, 700);
