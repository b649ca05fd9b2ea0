/**
 * One HTTP/2 session over a connection that is there already, for connect-node's transports. Its own `Http2SessionManager`
 * opens connections itself and never ends its loop (no event is handled any more) when one closes while it is waited for.
 */
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionRequestOptions,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { Code, ConnectError } from '@connectrpc/connect';

const pingInterval = 30_000;
const pingDeadline = 5_000;

export class Http2Session {
  /** For the header of requests; nobody is looked up by it. */
  readonly authority = 'http://docker';
  readonly #session: ClientHttp2Session;
  readonly #ping: NodeJS.Timeout;
  #failure: Error | undefined;

  constructor(socket: Duplex) {
    this.#session = connect(this.authority, { createConnection: () => socket });
    this.#session.on('error', (error: Error) => {
      this.#failure ??= error;
    });
    // An engine that hangs or is cut off without a word must not be waited on for ever.
    this.#ping = setInterval(() => this.#check(), pingInterval);
    this.#ping.unref();
    this.#session.once('close', () => clearInterval(this.#ping));
  }

  /** Opens a stream; rejects when the connection has ended, which then stays so. */
  async request(
    method: string,
    path: string,
    headers: OutgoingHttpHeaders,
    options: Omit<ClientSessionRequestOptions, 'signal'>,
  ): Promise<ClientHttp2Stream> {
    if (this.#session.closed || this.#session.destroyed) throw this.#gone();
    return this.#session.request({ ...headers, ':method': method, ':path': path }, options);
  }

  /** Transports tell what arrives; pings go out at all times here. */
  notifyResponseByteRead(): void {
    return;
  }

  /** Ends the connection and every stream. */
  close(): void {
    clearInterval(this.#ping);
    this.#session.destroy(undefined, constants.NGHTTP2_CANCEL);
  }

  #check(): void {
    const late = setTimeout(() => this.#session.destroy(this.#gone(), constants.NGHTTP2_CANCEL), pingDeadline);
    late.unref();
    const sent = !this.#session.destroyed && this.#session.ping(() => clearTimeout(late));
    if (!sent) clearTimeout(late);
  }

  #gone(): Error {
    return new ConnectError(this.#failure?.message ?? 'the connection has ended', Code.Unavailable);
  }
}
