/** A server on a Unix socket (a named pipe on Windows) that answers as a test says. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createRawServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface FakeServer {
  readonly socket: string;
  close(): Promise<void>;
}

/** Answers HTTP requests. */
export function fakeEngine(listener: RequestListener): Promise<FakeServer> {
  return serve(createServer(listener));
}

/** Hands over each connection as it is: to stay silent, or to talk something else than HTTP. */
export function rawServer(onConnection: (socket: Socket) => void): Promise<FakeServer> {
  return serve(createRawServer(onConnection));
}

/** Answers by path, the version prefix taken off; 404 for what is not listed. */
export function answers(table: Readonly<Record<string, unknown>>): RequestListener {
  return (request, response) => {
    const path = (request.url ?? '').replace(/^\/v[\d.]+/, '');
    const value = table[path] ?? table[path.split('?')[0] ?? ''];
    response.setHeader('Content-Type', 'application/json');
    response.statusCode = value === undefined ? 404 : 200;
    response.end(JSON.stringify(value ?? { message: 'no such thing' }));
  };
}

/** Listens on a socket of its own until closed. */
export async function serve(server: Server): Promise<FakeServer> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-engine-'));
  const socket = process.platform === 'win32' ? `\\\\.\\pipe\\strata-${randomUUID()}` : join(folder, 'engine.sock');
  const connections = new Set<Socket>();
  server.on('connection', (connection) => {
    connections.add(connection);
    connection.on('error', () => connection.destroy());
    connection.once('close', () => connections.delete(connection));
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  return {
    socket,
    async close() {
      for (const connection of connections) connection.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
