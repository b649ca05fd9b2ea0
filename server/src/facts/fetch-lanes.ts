/** How many requests are under way at once, and which hosts are left alone for a while. */
import { unlessAborted } from './listeners';
import type { Clock } from './ports';

const perHost = 12;
const inAll = 24;
const mostHosts = 1_000;

interface Waiting {
  readonly host: string;
  readonly go: () => void;
}

export class FetchLanes {
  readonly #clock: Clock;
  readonly #busy = new Map<string, number>();
  readonly #waiting: Waiting[] = [];
  readonly #rests = new Map<string, { readonly until: number; readonly reason: string }>();
  #running = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Why a host is left alone now; undefined when it may be asked. */
  restOf(host: string): string | undefined {
    const rest = this.#rests.get(host);
    if (rest === undefined) return undefined;
    if (rest.until > this.#clock.now()) return rest.reason;
    this.#rests.delete(host);
    return undefined;
  }

  /** Leaves a host alone for so many milliseconds: whoever waits for it learns the reason instead. */
  rest(host: string, milliseconds: number, reason: string): void {
    this.#rests.set(host, { until: this.#clock.now() + milliseconds, reason });
    for (const oldest of this.#rests.keys()) if (this.#rests.size > mostHosts) this.#rests.delete(oldest);
  }

  /** Does the work when there is room for the host. Rejects with the signal's reason when it is aborted first. */
  async run<Value>(host: string, work: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
    if (!this.#hasRoom(host)) {
      let entry: Waiting | undefined;
      const turn = new Promise<void>((resolve) => {
        entry = { host, go: resolve };
        this.#waiting.push(entry);
      });
      try {
        await unlessAborted(turn, signal);
      } catch (error) {
        const index = entry === undefined ? -1 : this.#waiting.indexOf(entry);
        if (index >= 0) this.#waiting.splice(index, 1);
        else this.#release(host);
        throw error;
      }
    } else this.#take(host);
    try {
      return await work();
    } finally {
      this.#release(host);
    }
  }

  #hasRoom(host: string): boolean {
    return this.#running < inAll && (this.#busy.get(host) ?? 0) < perHost;
  }

  #take(host: string): void {
    this.#running += 1;
    this.#busy.set(host, (this.#busy.get(host) ?? 0) + 1);
  }

  #release(host: string): void {
    this.#running -= 1;
    const left = (this.#busy.get(host) ?? 1) - 1;
    if (left > 0) this.#busy.set(host, left);
    else this.#busy.delete(host);
    const index = this.#waiting.findIndex((each) => this.#hasRoom(each.host));
    const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (next === undefined) return;
    this.#take(next.host);
    next.go();
  }
}
