/**
 * What an image's labels, environment and history say of its operating system. Images carry `/etc/os-release`, but
 * reading it takes a container; these traces are what official images leave in their configuration.
 */

export type PackageManager = 'apt' | 'apk' | 'dnf' | 'microdnf' | 'yum' | 'tdnf' | 'none';

export interface ImageTraces {
  readonly environment: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

const debianReleases: Readonly<Record<string, string>> = {
  buster: '10',
  bullseye: '11',
  bookworm: '12',
  trixie: '13',
  forky: '14',
};

/**
 * A name such as `Debian GNU/Linux 12 (bookworm)`, `Alpine Linux v3.20` or `Ubuntu 24.04`; undefined without a trace.
 * Read from: debuerreotype's `# debian.sh … 'bookworm'`, Alpine's `ADD alpine-minirootfs-3.20.3-…`, and the labels
 * `org.opencontainers.image.ref.name` and `.version` of Ubuntu and the Red Hat family.
 */
export function operatingSystemOf(
  traces: ImageTraces,
  history: readonly { readonly createdBy: string }[],
): string | undefined {
  for (const { createdBy } of history) {
    const debian = /# debian\.sh\b.*'([a-z]+)'/.exec(createdBy)?.[1];
    if (debian !== undefined) {
      const release = debianReleases[debian];
      return release === undefined ? `Debian GNU/Linux (${debian})` : `Debian GNU/Linux ${release} (${debian})`;
    }
    const alpine = /alpine-minirootfs-(\d+\.\d+)/.exec(createdBy)?.[1];
    if (alpine !== undefined) return `Alpine Linux v${alpine}`;
  }
  const { labels } = traces;
  const version = labels['org.opencontainers.image.version'];
  if (labels['org.opencontainers.image.ref.name'] === 'ubuntu') return version ? `Ubuntu ${version}` : 'Ubuntu';
  if (/^ubi\d/.test(labels.name?.split('/').at(-1) ?? '') && labels.vendor === 'Red Hat, Inc.') {
    return `Red Hat Enterprise Linux${labels.version ? ` ${labels.version}` : ''}`;
  }
  for (const [name, pattern] of labelled) {
    if (Object.entries(labels).some(([key, value]) => /(?:^|\.)(?:name|title)$/.test(key) && pattern.test(value))) {
      return name;
    }
  }
  return undefined;
}

const labelled: readonly (readonly [string, RegExp])[] = [
  ['Fedora Linux', /^fedora\b/i],
  ['CentOS', /^centos\b/i],
  ['Rocky Linux', /^rocky ?linux\b/i],
  ['AlmaLinux', /^alma ?linux\b/i],
  ['Oracle Linux', /^oracle ?linux\b/i],
];

/** The package manager that systems of this name come with; undefined when the name is not one of them. */
export function packageManagerOf(os: string | undefined, reference = ''): PackageManager | undefined {
  if (os === undefined) return undefined;
  if (/^(?:Debian|Ubuntu)/.test(os)) return /(?:^|\/)distroless\//.test(reference) ? 'none' : 'apt';
  if (os.startsWith('Alpine')) return 'apk';
  if (os.startsWith('Red Hat') && /minimal/.test(reference)) return 'microdnf';
  if (/^(?:Fedora|Red Hat|Rocky|AlmaLinux|Oracle)/.test(os)) return 'dnf';
  if (os.startsWith('CentOS')) return /stream/i.test(`${os} ${reference}`) ? 'dnf' : 'yum';
  return undefined;
}
