/** Cache keys of all steps: a chain from the base image up, with the contents that COPY, ADD and bind mounts read. */
import { mountInputs } from '../build/mount-inputs';
import type {
  BuildGraph,
  BuildStage,
  BuildStep,
  CopyOperation,
  CopyOrigin,
  ExecuteOperation,
  ResolvedSource,
} from '../build/types';
import { selectionDigest } from '../context/select';
import { copySelection, mountSelection } from '../context/selection';
import type { ContextFacts, DigestScheme, Selection } from '../context/types';
import type { Dockerfile } from '../dockerfile/types';
import { sha256Hex } from '../sha256';
import type { Canonical } from './normalise';
import { copyParts, executeParts, makeDirectoryParts, namedContext, remoteIdentity } from './normalise';
import { stepInputs } from './step-inputs';
import type { BuildOptions, KeyGap, StepKeys } from './types';

/** What stands for the contents of a selection in keys, where their digest alone does not tell what a build reads or has read. */
export type ContentsStandIn =
  /** The contents are known now; a past build may have read these or others: the open key leaves them out. */
  | { readonly kind: 'open' }
  /**
   * The builder may not notice what changed, so its digest may be another one: the open key has that one, or leaves the contents out where
   * none is given.
   */
  | { readonly kind: 'unnoticed'; readonly paths: readonly string[]; readonly digest?: string }
  /** Nothing tells what was read. */
  | { readonly kind: 'unseen'; readonly paths: readonly string[] };

/** What stands for an image in keys. */
export interface ImageToken {
  /** The same text for the same layers, as far as that is known. */
  readonly layers: string;
  /** Nobody can tell whether it is the image that it was. */
  readonly doubtful?: true;
}

export interface KeySurroundings {
  readonly context: ContextFacts;
  readonly scheme: DigestScheme;
  /** What stands for an image in keys. */
  readonly image: (reference: string) => ImageToken;
  /** Value of the build argument SOURCE_DATE_EPOCH. */
  readonly epoch: string | undefined;
  /** What the builder is given beyond target, arguments and platform. */
  readonly options: BuildOptions;
  /** Nobody knows what it is given: a network that the client sets for all RUN may be the one that an instruction asks for. */
  readonly optionsUnknown?: true;
  /** The image that reads the Dockerfile, see `frontendOf`; absent: what is built into the builder. */
  readonly frontend?: string | undefined;
  /** Undefined where the digest of the contents is all there is to say. */
  readonly standIn?: (selection: Selection) => ContentsStandIn | undefined;
  /** Why what is thought of a step is not what the builder was told, localised: its key can't be made. Undefined: nothing speaks against it. */
  readonly distrust?: (stage: number, step: number) => string | undefined;
}

/** Keys by stage and step index. Steps that make no layer have none. */
export interface GraphKeys {
  of(stage: number, step: number): StepKeys | undefined;
  /** Some contents are not known yet. */
  readonly pending: boolean;
}

/** A key as it grows along a chain. */
interface Link {
  readonly key: string | null;
  readonly openKey: string | null;
  readonly gap?: KeyGap;
}

function digest(value: Canonical): string {
  return sha256Hex(JSON.stringify(value));
}

type RemoteSource = Extract<ResolvedSource, { readonly kind: 'url' | 'git' }>;

/** Stands in open keys for contents that some build may have seen otherwise. */
const openContents = 'contents of the build context';

function known(token: string): Link {
  return { key: token, openKey: token };
}

function imageLink(image: ImageToken, reference: string, suffix: string): Link {
  const token = `image ${image.layers}${suffix}`;
  if (image.doubtful !== true) return known(token);
  return { key: null, openKey: token, gap: { kind: 'base', reference } };
}

/** What is read of a result: only a build can tell whether it is the same as before, wherever it lies. */
function outputLink(end: Link, paths: readonly string[]): Link {
  const gap = end.gap === undefined ? {} : { gap: end.gap };
  return { key: end.key === null ? null : digest(['output', end.key, paths]), openKey: 'output', ...gap };
}

/** Of several gaps the one that leaves most open: what is still read, then what can't be read, then what is remote. */
function graver(gaps: readonly KeyGap[]): KeyGap | undefined {
  return (
    gaps.find((gap) => gap.kind === 'pending') ??
    gaps.find((gap) => gap.kind === 'unreadable') ??
    gaps.find((gap) => gap.kind === 'unseen') ??
    gaps.find((gap) => gap.kind === 'unlike') ??
    gaps.find((gap) => gap.kind === 'base') ??
    gaps.find((gap) => gap.kind === 'remote')
  );
}

/** Joins what a step is with the links it stands on. */
function combine(parts: Canonical, links: readonly Link[], openParts: Canonical = parts): Link {
  const keys = links.map((link) => link.key);
  const openKeys = links.map((link) => link.openKey);
  const gap = graver(links.flatMap((link) => (link.gap === undefined ? [] : [link.gap])));
  return {
    key: keys.includes(null) ? null : digest([parts, keys]),
    openKey: openKeys.includes(null) ? null : digest([openParts, openKeys]),
    ...(gap === undefined ? {} : { gap }),
  };
}

class KeyChain implements GraphKeys {
  readonly #keys = new Map<string, StepKeys>();
  readonly #ends: Link[] = [];
  pending = false;

  constructor(
    private readonly graph: BuildGraph,
    private readonly around: KeySurroundings,
  ) {
    for (const stage of graph.stages) this.#ends.push(this.stage(stage));
  }

  of(stage: number, step: number): StepKeys | undefined {
    return this.#keys.get(`${stage}:${step}`);
  }

  private stage(stage: BuildStage): Link {
    let link = this.replaced(stage.name) ?? this.base(stage);
    if (stage.base.kind !== 'stage') link = this.readByFrontend(link);
    for (const step of stage.steps) {
      const made = this.step(step, link);
      if (made === undefined) continue;
      const unlike = this.around.distrust?.(stage.index, step.index);
      link = unlike === undefined ? made : { ...made, key: null, gap: { kind: 'unlike', reason: unlike } };
      this.#keys.set(`${stage.index}:${step.index}`, {
        stage: stage.index,
        step: step.index,
        ...link,
        inputs: () => stepInputs(step, this.graph.platform),
      });
    }
    return link;
  }

  private base(stage: BuildStage): Link {
    switch (stage.base.kind) {
      case 'scratch':
        return known('scratch');
      case 'image':
        return this.image(stage.base.reference, stage.base.platform);
      case 'stage':
        return this.end(stage.base.stage);
      case 'unresolved':
        return { key: null, openKey: null, gap: { kind: 'remote', what: stage.base.written } };
    }
  }

  /**
   * Another frontend may make other definitions of the same text. One of the Docker project is taken to make the same ones each time; what
   * anybody else's makes is not known.
   */
  private readByFrontend(base: Link): Link {
    const { frontend } = this.around;
    if (frontend === undefined || base.key === null) return base;
    if (!/^(docker\.io\/)?docker\/dockerfile(-upstream)?([:@]|$)/.test(frontend))
      return { ...base, key: null, gap: { kind: 'remote', what: frontend } };
    return { ...base, key: digest(['frontend', frontend, base.key]) };
  }

  private image(reference: string, platform: string | undefined): Link {
    const image = this.around.image(reference);
    return this.replaced(reference) ?? imageLink(image, reference, ` ${platform ?? this.graph.platform}`);
  }

  /** What the client gives for a stage or an image of this name; what is in it is not looked at. */
  private replaced(name: string | undefined): Link | undefined {
    const what = name === undefined ? undefined : namedContext(this.around.options, name);
    return what === undefined ? undefined : { key: null, openKey: `context ${what}`, gap: { kind: 'remote', what } };
  }

  private end(stage: number): Link {
    return this.#ends[stage] ?? { key: null, openKey: null };
  }

  private step(step: BuildStep, parent: Link): Link | undefined {
    const { operation } = step;
    switch (operation.kind) {
      case 'execute':
        return this.execute(operation, step, parent);
      case 'copy':
        return this.copy(operation, parent);
      case 'make-directory':
        return combine(makeDirectoryParts(operation, this.around.epoch), [parent]);
      case 'metadata':
      case 'nothing':
      case 'unknown':
        return undefined;
    }
  }

  private execute(operation: ExecuteOperation, step: BuildStep, parent: Link): Link {
    const inputs = mountInputs(operation);
    // A mount that shows what the step stands on makes that go by content, and the whole of it (exec.go: getMountDeps).
    const showsParent = inputs.some(({ origin }) => this.isSame(origin, parent));
    const rootfs = showsParent ? outputLink(parent, ['']) : parent;
    const read = inputs.flatMap(({ origin, sources }) =>
      this.isSame(origin, parent) ? [] : [this.contents(origin, mountSelection(sources))],
    );
    const { options, optionsUnknown } = this.around;
    const partsOf = (network: string) =>
      executeParts({ ...operation, network }, step.state, this.graph.platform, options);
    const parts = partsOf(operation.network);
    return combine(parts, [rootfs, ...read], optionsUnknown === true ? partsOf('default') : parts);
  }

  private copy(operation: CopyOperation, parent: Link): Link {
    const links: Link[] = [parent];
    const selection = copySelection(operation);
    // What is copied from the very result that it is copied to has no digest of its own, not even its path (ops/file.go: markInvalid).
    const same = selection.sources.length > 0 && this.isSame(operation.origin, parent);
    if (same) links.push(known('same input'));
    else if (selection.sources.length > 0) links.push(this.contents(operation.origin, selection));
    for (const source of operation.sources) {
      if (source.kind === 'url' || source.kind === 'git') links.push(this.remote(source, operation));
    }
    const combined = combine(copyParts(operation), links);
    // Whether --link counts depends on how the engine stores images, so it only ever enters the exact key.
    // With --chmod it never counts (convert.go: dispatchCopy).
    if (!operation.link || operation.mode !== undefined || combined.key === null) return combined;
    return { ...combined, key: digest(['link', combined.key]) };
  }

  /** What is fetched goes by content: it may be the same under another address, and with or without a checksum. */
  private remote(source: RemoteSource, operation: CopyOperation): Link {
    const identity = remoteIdentity(source, operation);
    return {
      key: identity === undefined ? null : digest(['remote', identity]),
      openKey: 'remote',
      gap: { kind: 'remote', what: source.url },
    };
  }

  private originEnd(origin: Exclude<CopyOrigin, { readonly kind: 'context' }>): Link {
    switch (origin.kind) {
      case 'stage':
        return this.end(origin.stage);
      case 'image':
        return this.image(origin.reference, undefined);
    }
  }

  /** What is read from there is the result that the step itself stands on. */
  private isSame(origin: CopyOrigin, parent: Link): boolean {
    if (origin.kind === 'context') return false;
    const end = this.originEnd(origin);
    return end === parent || (end.key !== null && end.key === parent.key);
  }

  /** What is read: by content from the build context; from another stage by that stage's key, since only a build can tell its output. */
  private contents(origin: CopyOrigin, selection: Selection): Link {
    if (origin.kind === 'context') return this.contextContents(selection);
    const paths = selection.sources.map((source) => source.path);
    return outputLink(this.originEnd(origin), paths);
  }

  private contextContents(selection: Selection): Link {
    const standIn = this.around.standIn?.(selection);
    if (standIn?.kind === 'unseen')
      return { key: null, openKey: openContents, gap: { kind: 'unseen', paths: standIn.paths } };
    const link = this.presentContents(selection);
    if (standIn === undefined || link.key === null) return link;
    if (standIn.kind === 'open') return { ...link, openKey: openContents };
    const openKey = standIn.digest === undefined ? openContents : `contents ${standIn.digest}`;
    return { key: null, openKey, gap: { kind: 'unseen', paths: standIn.paths } };
  }

  private presentContents(selection: Selection): Link {
    const { context, scheme } = this.around;
    if (context.state === 'pending') return this.pendingLink();
    if (context.state === 'unavailable') {
      return { key: null, openKey: null, gap: { kind: 'unreadable', reason: context.reason } };
    }
    const contents = selectionDigest(context.snapshot, selection, scheme);
    switch (contents.state) {
      case 'known':
        return known(`contents ${contents.digest}`);
      case 'pending':
        return this.pendingLink();
      case 'unavailable':
        return { key: null, openKey: null, gap: { kind: 'unreadable', reason: contents.reason } };
    }
  }

  private pendingLink(): Link {
    this.pending = true;
    return { key: null, openKey: null, gap: { kind: 'pending' } };
  }
}

/** The image that reads a Dockerfile: a build argument, or its `# syntax` line (frontend/dockerui/build.go, frontend/gateway). */
export function frontendOf(
  dockerfile: Dockerfile,
  buildArguments: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const directive = dockerfile.directives.find(({ name }) => name === 'syntax');
  const reference = buildArguments.BUILDKIT_SYNTAX ?? directive?.value;
  return reference === undefined || reference === '' ? undefined : (/^\S+/.exec(reference)?.[0] ?? reference);
}

/**
 * Keys of every step of the graph. Two steps have the same key exactly when the builder would find one's result for the other; the rules
 * are in docs/cache-model.md. A base image enters by its token, and by its configuration as far as the graph was made with it: keys can be
 * compared only where both graphs were made with the same knowledge.
 */
export function graphKeys(graph: BuildGraph, around: KeySurroundings): GraphKeys {
  return new KeyChain(graph, around);
}
