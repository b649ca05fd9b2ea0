import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as oniguruma from 'vscode-oniguruma';
import * as textmate from 'vscode-textmate';

const root = new URL('../../../', import.meta.url);

/** Where each grammar lies, from the repository's root. The shell and Dockerfile grammars stand in for the editor's own. */
const paths: Readonly<Record<string, string>> = {
  'source.dockerfile': 'test/fixtures/syntaxes/dockerfile.tmLanguage.json',
  'source.shell': 'test/fixtures/syntaxes/shell.tmLanguage.json',
  'strata.dockerfile.shell': 'syntaxes/dockerfile-shell.injection.tmLanguage.json',
  'source.dockerignore': 'syntaxes/dockerignore.tmLanguage.json',
};

async function engine(): Promise<textmate.IOnigLib> {
  const wasm = await readFile(createRequire(import.meta.url).resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm);
  return {
    createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
    createOnigString: (text) => new oniguruma.OnigString(text),
  };
}

let registry: textmate.Registry | undefined;

function grammars(): textmate.Registry {
  registry ??= new textmate.Registry({
    onigLib: engine(),
    async loadGrammar(scopeName) {
      const path = paths[scopeName];
      if (path === undefined) return null;
      return textmate.parseRawGrammar(await readFile(new URL(path, root), 'utf8'), path);
    },
    getInjections: (scopeName) => (scopeName === 'source.dockerfile' ? ['strata.dockerfile.shell'] : []),
  });
  return registry;
}

/** One token: its text and its scopes from the outermost to the innermost. */
export interface Token {
  readonly text: string;
  readonly scopes: readonly string[];
}

/** The tokens of each line of `text`, as the editor's tokenizer makes them. Throws when the grammar is missing. */
export async function tokenize(scopeName: string, text: string): Promise<readonly (readonly Token[])[]> {
  const grammar = await grammars().loadGrammar(scopeName);
  if (grammar === null) throw new Error(`no grammar for ${scopeName}`);
  let state = textmate.INITIAL;
  return text.split('\n').map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    return tokens.map((token) => ({ text: line.slice(token.startIndex, token.endIndex), scopes: token.scopes }));
  });
}
