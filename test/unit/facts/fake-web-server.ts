/** A web server on loopback that answers as a test says. */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeWebServer {
  /** `http://127.0.0.1:PORT`. */
  readonly url: string;
  readonly host: string;
  /** What came in, in order: `GET /path`. */
  readonly seen: string[];
  readonly requests: IncomingMessage[];
  close(): Promise<void>;
}

/** Listens on a free port until closed. */
export async function fakeWebServer(answer: RequestListener): Promise<FakeWebServer> {
  const seen: string[] = [];
  const requests: IncomingMessage[] = [];
  const server: Server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    requests.push(request);
    answer(request, response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    seen,
    requests,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
