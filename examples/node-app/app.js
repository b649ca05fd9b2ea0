import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createServer } from 'node:http'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import mime from 'mime'
import { departures } from './src/departures.js'

const root = join(dirname(fileURLToPath(import.meta.url)), 'dist')
const port = Number(process.env.PORT ?? 3000)

const server = createServer(async (request, response) => {
  const path = new URL(request.url ?? '/', 'http://localhost').pathname
  if (path === '/api/departures') {
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(departures(new Date())))
    return
  }
  const file = join(root, normalize(path === '/' ? '/index.html' : path))
  const found = file.startsWith(root) ? await stat(file).catch(() => undefined) : undefined
  if (!found?.isFile()) {
    response.statusCode = 404
    response.end('Not found\n')
    return
  }
  response.setHeader('content-type', mime.getType(file) ?? 'application/octet-stream')
  createReadStream(file).pipe(response)
})

server.listen(port, () => console.log(`Harbour board on port ${port}`))

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => server.close())
}
