/** BuildKit's control API behind a fake engine's `/grpc`, as a test says. */
import { createServer as createHttp1Server, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { ServiceImpl } from '@connectrpc/connect';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import { Content } from '../../../server/src/facts/buildkit-api/content_pb';
import { Control } from '../../../server/src/facts/buildkit-api/history_pb';
import { type FakeServer, serve } from './fake-engine-server';

export interface FakeBuilder {
  readonly control?: Partial<ServiceImpl<typeof Control>>;
  readonly content?: Partial<ServiceImpl<typeof Content>>;
  /** Instead of changing over to gRPC. */
  readonly onUpgrade?: (socket: Duplex) => void;
}

/** Answers the Engine API with the listener, and `/grpc` with the services; what they lack is unimplemented. */
export function fakeBuilder(listener: RequestListener, builder: FakeBuilder): Promise<FakeServer> {
  const grpc = createHttp2Server(
    connectNodeAdapter({
      routes(router) {
        router.service(Control, builder.control ?? {});
        router.service(Content, builder.content ?? {});
      },
    }),
  );
  const server = createHttp1Server(listener);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    if (builder.onUpgrade) {
      builder.onUpgrade(socket);
      return;
    }
    if (request.url !== '/grpc' || request.method !== 'POST' || request.headers.upgrade !== 'h2c') {
      socket.destroy();
      return;
    }
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    grpc.emit('connection', socket);
  });
  return serve(server);
}
