/** Cache keys of all steps: a chain from the base image up, with the contents that COPY, ADD and bind mounts read. */
import type { BuildGraph, BuildStage, BuildStep, CopyOperation, CopyOrigin, ExecuteOperation } from '../build/types';
import { selectionDigest } from '../context/select';
import { bindSelection, copySelection } from '../context/selection';
import type { ContextFacts, DigestScheme, Selection } from '../context/types';
import { sha256Hex } from '../sha256';
import type { Canonical } from './normalise';
import { copyParts, executeParts, makeDirectoryParts, sortedMounts } from './normalise';
import { stepInputs } from './step-inputs';
import type { BuildOptions, KeyGap, StepKeys } from './types';

/** What stands for the contents of a selection in keys, where their digest alone does not tell what a build reads or has read. */
export type ContentsStandIn =
  /** The contents are known now; a past build may have read these or others: the open key leaves them out. */
  | { readonly kind: 'open' }
  /** The builder may still see what it saw before: the open key has that digest. */
  | { readonly kind: 'maybe'; readonly digest: string }
  /** Nothing tells what was read. */
  | { readonly kind: 'unseen'; readonly paths: readonly string[] };

export interface KeySurroundings {
  readonly context: ContextFacts;
  readonly scheme: DigestScheme;
  /** What stands for a base image in keys: the same text for the same image. */
  readonly imageToken: (reference: string) => string;
  /** Value of the build argument SOURCE_DATE_EPOCH. */
  readonly epoch: string | undefined;
  /** What the builder is given beyond target, arguments and platform. */
  readonly options: BuildOptions;
  /** Undefined where the digest of the contents is all there is to say. */
  readonly standIn?: (selection: Selection) => ContentsStandIn | undefined;
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

/** Stands in open keys for contents that some build may have seen otherwise. */
const openContents = 'contents of the build context';

function known(token: string): Link {
  return { key: token, openKey: token };
}

/** Of several gaps the one that leaves most open: what is still read, then what can't be read, then what is remote. */
function graver(gaps: readonly KeyGap[]): KeyGap | undefined {
  return (
    gaps.find((gap) => gap.kind === 'pending') ??
    gaps.find((gap) => gap.kind === 'unreadable') ??
    gaps.find((gap) => gap.kind === 'unseen') ??
    gaps.find((gap) => gap.kind === 'remote')
  );
}

/** Joins what a step is with the links it stands on. */
function combine(parts: Canonical, links: readonly Link[]): Link {
  const keys = links.map((link) => link.key);
  const openKeys = links.map((link) => link.openKey);
  const gap = graver(links.flatMap((link) => (link.gap === undefined ? [] : [link.gap])));
  return {
    key: keys.includes(null) ? null : digest([parts, keys]),
    openKey: openKeys.includes(null) ? null : digest([parts, openKeys]),
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
    let link = this.base(stage);
    for (const step of stage.steps) {
      const next = this.step(step, link);
      if (next === undefined) continue;
      link = next;
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
        return known(
          `image ${this.around.imageToken(stage.base.reference)} ${stage.base.platform ?? this.graph.platform}`,
        );
      case 'stage':
        return this.end(stage.base.stage);
      case 'unresolved':
        return { key: null, openKey: null, gap: { kind: 'remote', what: stage.base.written } };
    }
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
    const read = sortedMounts(operation).flatMap((mount): Link[] => {
      if (mount.origin.kind === 'none') return [];
      // A cache mount's origin has no content key: it counts by its own key (exec.go: getMountDeps).
      if (mount.type === 'cache') return [this.originEnd(mount.origin)];
      return [this.contents(mount.origin, bindSelection(mount.source))];
    });
    return combine(executeParts(operation, step.state, this.graph.platform, this.around.options), [parent, ...read]);
  }

  private copy(operation: CopyOperation, parent: Link): Link {
    const links: Link[] = [parent];
    const selection = copySelection(operation);
    if (selection.sources.length > 0) links.push(this.contents(operation.origin, selection));
    for (const source of operation.sources) {
      if (source.kind === 'url' || source.kind === 'git') links.push(this.remote(source.url, operation.checksum));
    }
    const combined = combine(copyParts(operation, this.around.epoch), links);
    // Whether --link counts depends on how the engine stores images, so it only ever enters the exact key.
    if (!operation.link || combined.key === null) return combined;
    return { ...combined, key: digest(['link', combined.key]) };
  }

  private remote(url: string, checksum: string | undefined): Link {
    const pinned = checksum ?? /#([0-9a-f]{40})(:|$)/.exec(url)?.[1];
    if (pinned !== undefined) return known(`remote ${pinned}`);
    return { key: null, openKey: `remote ${url.replace(/[?#].*$/, '')}`, gap: { kind: 'remote', what: url } };
  }

  private originEnd(origin: CopyOrigin): Link {
    switch (origin.kind) {
      case 'stage':
        return this.end(origin.stage);
      case 'image':
        return known(`image ${this.around.imageToken(origin.reference)}`);
      case 'context':
        return this.contents(origin, bindSelection(''));
    }
  }

  /** What is read: by content from the build context; from another stage by that stage's key, since only a build can tell its output. */
  private contents(origin: CopyOrigin, selection: Selection): Link {
    if (origin.kind === 'context') return this.contextContents(selection);
    const paths = selection.sources.map((source) => source.path);
    const end = this.originEnd(origin);
    const open = digest(['output', paths]);
    if (end.key === null) return { key: null, openKey: open, ...(end.gap === undefined ? {} : { gap: end.gap }) };
    return { key: digest(['output', end.key, paths]), openKey: open };
  }

  private contextContents(selection: Selection): Link {
    const standIn = this.around.standIn?.(selection);
    if (standIn?.kind === 'unseen')
      return { key: null, openKey: openContents, gap: { kind: 'unseen', paths: standIn.paths } };
    const link = this.presentContents(selection);
    if (standIn === undefined || link.key === null) return link;
    return { ...link, openKey: standIn.kind === 'open' ? openContents : `contents ${standIn.digest}` };
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

/**
 * Keys of every step of the graph. Two steps have the same key exactly when the builder would find one's result for the other; the rules
 * are in docs/cache-model.md. The graph has to be made without knowledge of base images, so that keys do not depend on what happened to be
 * known when they were made: the base enters by its token alone.
 */
export function graphKeys(graph: BuildGraph, around: KeySurroundings): GraphKeys {
  return new KeyChain(graph, around);
}
