/**
 * ADD that only copies becomes COPY.
 *
 *     ADD src /app/src   →   COPY src /app/src
 *
 * Both make the same layer where nothing is fetched and nothing is unpacked (dockerfile2llb/convert.go: dispatchCopy), so it is offered only
 * where every source is known to be no archive.
 */
import type { BuildStep, CopyOperation } from '../build/types';
import { selectSources } from '../context/select';
import { copySelection } from '../context/selection';
import { t } from '../localize';
import { offered } from './effect';
import type { Offers, RefactorContext, RefactoringRule } from './types';

const id = 'add-to-copy';

/** Flags that COPY does not know. */
const ofAddOnly = new Set(['checksum', 'keep-git-dir', 'unpack']);

export const addToCopy: RefactoringRule = { id, offer, inFixAll: () => true };

function offer(context: RefactorContext): Offers {
  const steps = context.graph.stages.flatMap((stage) => stage.steps);
  const refactorings = steps.flatMap((step) => {
    const { instruction, operation } = step;
    if (instruction.keyword !== 'ADD' || !isOwnCopy(step) || operation.kind !== 'copy') return [];
    // Another build argument may name an address or an archive.
    if (instruction.sources.some((source) => source.kind === 'word' && source.word.text.includes('$'))) return [];
    if (!onlyCopies(context, operation) || instruction.flags.some(({ name }) => ofAddOnly.has(name))) return [];
    const line = instruction.range.start.line + 1;
    return [
      offered(
        context,
        {
          id: `${id}:${line}`,
          title: t('Use COPY: nothing is fetched or unpacked here'),
          kind: 'refactor.rewrite',
          line,
          endLine: instruction.range.end.line + 1,
          changesBehaviour: false,
          edits: [{ range: instruction.keywordRange, newText: inCaseOf(context, instruction.keywordRange, 'COPY') }],
        },
        t('The step runs once more; after that it is reused as before.'),
      ),
    ];
  });
  return { refactorings, refusals: [] };
}

function isOwnCopy({ origin, operation }: BuildStep): boolean {
  return origin.kind === 'own' && operation.kind === 'copy' && operation.add;
}

/** Addresses and archives make the difference. */
function onlyCopies({ context }: RefactorContext, operation: CopyOperation): boolean {
  if (operation.checksum !== undefined || operation.keepGitDirectory || operation.unpackRemote) return false;
  if (operation.sources.some(({ kind }) => kind === 'url' || kind === 'git')) return false;
  if (operation.sources.every(({ kind }) => kind === 'heredoc')) return true;
  if (context.state !== 'ready') return false;
  const { snapshot } = context;
  const match = selectSources(snapshot, copySelection(operation));
  if (match.missing.length > 0 || match.badPatterns.length > 0) return false;
  return match.roots.every(
    ({ entry }) =>
      entry.type === 'directory' ||
      (entry.type === 'file' && (!operation.unpack || snapshot.archive(entry.path)?.kind === 'not-an-archive')),
  );
}

/** The keyword as the file writes keywords: in small letters where this one is. */
function inCaseOf(
  { dockerfile }: RefactorContext,
  range: BuildStep['instruction']['keywordRange'],
  keyword: string,
): string {
  const line = dockerfile.text.split(/\r\n|\n|\r/)[range.start.line] ?? '';
  const written = line.slice(range.start.character, range.end.character);
  return written === written.toLowerCase() ? keyword.toLowerCase() : keyword;
}
