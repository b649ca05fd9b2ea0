import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { minify } from 'terser'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const output = join(root, 'dist')

await rm(output, { recursive: true, force: true })
await mkdir(output, { recursive: true })
await cp(join(root, 'public'), output, { recursive: true })

const source = await readFile(join(root, 'src', 'client.js'), 'utf8')
const { code } = await minify(source, { module: true })
if (code === undefined) throw new Error('src/client.js did not minify')
await writeFile(join(output, 'client.js'), code)

console.log(`dist/client.js: ${source.length} characters became ${code.length}`)
