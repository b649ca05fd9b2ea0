/**
 * When to tell the client that something is new. Edits and facts come in bursts; the client hears of each burst once,
 * after it has gone quiet, so that nothing flickers while somebody types.
 */

/** Quiet time in milliseconds before the client is told. */
export interface Delays {
  /** After an edit: longer than the pause between two keystrokes. */
  readonly edit: number;
  /** After facts arrived: only as long as facts that belong together take. */
  readonly facts: number;
  /** The longest a burst may put it off. */
  readonly longest: number;
}

export const defaultDelays: Delays = { edit: 200, facts: 40, longest: 1500 };

export type Cause = 'edit' | 'facts';

interface Pending {
  timer: NodeJS.Timeout;
  readonly since: number;
  /** Facts that arrived make the client ask again for hints; after an edit it does so by itself. */
  facts: boolean;
}

export class Refresher {
  private readonly pending = new Map<string, Pending>();
  private readonly delays: Delays;
  private readonly publish: (uri: string, causes: { readonly facts: boolean }) => void;

  constructor(publish: (uri: string, causes: { readonly facts: boolean }) => void, delays: Delays = defaultDelays) {
    this.publish = publish;
    this.delays = delays;
  }

  /** Notes that a document changed or that something became known about it. */
  note(uri: string, cause: Cause): void {
    const before = this.pending.get(uri);
    if (before !== undefined) clearTimeout(before.timer);
    const now = Date.now();
    const since = before?.since ?? now;
    const facts = cause === 'facts' || before?.facts === true;
    const wanted = cause === 'edit' ? this.delays.edit : this.delays.facts;
    const delay = Math.max(0, Math.min(wanted, since + this.delays.longest - now));
    const timer = setTimeout(() => {
      this.pending.delete(uri);
      this.publish(uri, { facts });
    }, delay);
    this.pending.set(uri, { timer, since, facts });
  }

  /** Forgets a document that was closed. */
  forget(uri: string): void {
    const before = this.pending.get(uri);
    if (before !== undefined) clearTimeout(before.timer);
    this.pending.delete(uri);
  }

  dispose(): void {
    for (const uri of [...this.pending.keys()]) this.forget(uri);
  }
}
