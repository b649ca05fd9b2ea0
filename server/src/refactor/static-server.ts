/** Servers that only hand out files: what they serve, where they listen, and what they answer for a path that is not there. */
import { type NodeManifest, scriptOf } from './node-project';
import { type Call, scriptCalls, scriptName } from './node-startup';

export interface StaticServer {
  /** `serve`, `http-server`, `vite preview`. */
  readonly name: string;
  /** As written, or the server's default. */
  readonly folder: string;
  readonly port: number;
  /** `index.html` is the answer for paths that are not there. */
  readonly single: boolean;
}

/** A string says what of a static server is not known: `port`, `folder`. */
export type ServerReading = StaticServer | 'port' | 'folder' | undefined;

/** The static server that a command starts, scripts of the manifest followed; undefined for any other. */
export function staticServer(
  call: Call,
  manifest: NodeManifest | undefined,
  configuration: string | undefined,
  environmentPort: string | undefined,
  depth = 3,
): ServerReading {
  const { program, words } = call;
  if (/^(?:npx|pnpx|bunx)$/.test(program)) {
    const start = words.findIndex((word) => !word.startsWith('-'));
    const inner = words[start]?.replace(/(?!^)@[^/]*$/, '');
    return inner === undefined || depth === 0
      ? undefined
      : staticServer(
          { program: inner, words: words.slice(start + 1) },
          manifest,
          configuration,
          environmentPort,
          depth - 1,
        );
  }
  const plain = words.filter((word) => !word.startsWith('-'));
  const script = scriptName(program, plain[0], plain[1]);
  const text = script === undefined ? undefined : scriptOf(manifest, script);
  if (text !== undefined && depth > 0) {
    const calls = scriptCalls(text);
    const [only] = calls;
    if (only === undefined || calls.length > 1) return undefined;
    const separator = words.indexOf('--');
    const added = separator < 0 ? [] : words.slice(separator + 1);
    return staticServer(
      { program: only.program, words: [...only.words, ...added] },
      manifest,
      configuration,
      environmentPort,
      depth - 1,
    );
  }
  switch (program.split('/').at(-1)) {
    case 'serve':
      return serve(words, environmentPort);
    case 'http-server':
      return httpServer(words, environmentPort);
    case 'vite':
      return plain[0] === 'preview' ? vitePreview(words, configuration) : undefined;
    default:
      return undefined;
  }
}

interface Options {
  readonly values: ReadonlyMap<string, string>;
  readonly flags: ReadonlySet<string>;
  readonly rest: readonly string[];
}

function read(words: readonly string[], withValue: RegExp): Options {
  const values = new Map<string, string>();
  const flags = new Set<string>();
  const rest: string[] = [];
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const equals = /^(--[\w-]+)=(.*)$/.exec(word);
    if (equals !== null) values.set(equals[1] ?? '', equals[2] ?? '');
    else if (withValue.test(word) && words[index + 1]?.startsWith('-') !== true) {
      index += 1;
      values.set(word, words[index] ?? '');
    } else if (word.startsWith('-')) flags.add(word);
    else rest.push(word);
  }
  return { values, flags, rest };
}

const number = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{2,5}$/.test(text) ? Number(text) : undefined;

/** vercel/serve: `serve [-s] [-l 3000] folder`. */
function serve(words: readonly string[], environmentPort: string | undefined): ServerReading {
  const { values, flags, rest } = read(words, /^(?:-l|--listen|-p|--port|-c|--config|--ssl-\w+)$/);
  if (values.has('-c') || values.has('--config')) return 'folder';
  const [folder] = rest;
  if (folder === undefined || rest.length > 1) return 'folder';
  const listen =
    values.get('-l') ?? values.get('--listen') ?? values.get('-p') ?? values.get('--port') ?? environmentPort ?? '3000';
  const port = number(listen.replace(/^tcp:\/\/[\w.]*:/, ''));
  return port === undefined
    ? 'port'
    : { name: 'serve', folder, port, single: flags.has('-s') || flags.has('--single') };
}

/** http-party/http-server: `http-server [path] [-p 8080]`. */
function httpServer(words: readonly string[], environmentPort: string | undefined): ServerReading {
  const { values, rest } = read(
    words,
    /^(?:-p|--port|-a|-c|-t|-e|--ext|-P|--proxy|-U|--username|--password|-C|--cert|-K|--key|-r|--robots)$/,
  );
  if (['-P', '--proxy', '--username', '-C', '--cert'].some((option) => values.has(option))) return 'folder';
  const [folder] = rest;
  if (folder === undefined || rest.length > 1) return 'folder';
  const port = number(values.get('-p') ?? values.get('--port') ?? environmentPort ?? '8080');
  return port === undefined ? 'port' : { name: 'http-server', folder, port, single: false };
}

/** `vite preview`: the folder that `vite build` writes, `index.html` for what is not there. */
function vitePreview(words: readonly string[], configuration: string | undefined): ServerReading {
  const { values } = read(words, /^(?:--port|--outDir|--host|-c|--config|--base|-m|--mode|-l|--logLevel)$/);
  const told = /\boutDir\s*:\s*(?:(['"`])([\w./-]+)\1|(\S))/.exec(configuration ?? '');
  if (told?.[3] !== undefined || values.has('-c') || values.has('--config') || values.has('--base')) return 'folder';
  if (/\bbase\s*:/.test(configuration ?? '')) return 'folder';
  const inPreview = /\bpreview\s*:\s*\{[^}]*\bport\s*:\s*(\w+)/.exec(configuration ?? '')?.[1];
  const port = number(values.get('--port') ?? inPreview ?? '4173');
  if (port === undefined) return 'port';
  return { name: 'vite preview', folder: values.get('--outDir') ?? told?.[2] ?? 'dist', port, single: true };
}
