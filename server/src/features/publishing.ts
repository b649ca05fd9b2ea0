/** Tells the client what is new about a document: diagnostics, that the report changed, and to ask for hints again. */
import { CodeLensRefreshRequest, type Connection } from 'vscode-languageserver';
import { methods, type ReportChanged } from '../protocol';
import { baselineInWords } from '../report/words';
import type { AnalysedDocument } from './analysed-document';
import type { ClientAbilities } from './client-abilities';
import { diagnostics } from './diagnostics';
import { type LogChannel, logOnce } from './guard';
import { type LanguageService, serviceDiagnostics } from './language-service';

export interface PublishingSurroundings {
  readonly connection: Connection;
  readonly log: LogChannel;
  readonly abilities: ClientAbilities;
  readonly service: () => LanguageService;
  readonly analysed: (uri: string) => Promise<AnalysedDocument | undefined>;
  readonly basics: (document: AnalysedDocument) => boolean;
  /** Called when a document's diagnostics have been worked out, for what they lack to be fetched. */
  readonly worked: (uri: string) => Promise<void>;
}

export class Publishing {
  private readonly surroundings: PublishingSurroundings;
  /** What the client was last told, by document, so that it hears only of what is new. */
  private readonly told = new Map<string, { readonly document: AnalysedDocument; readonly diagnostics: string }>();

  constructor(surroundings: PublishingSurroundings) {
    this.surroundings = surroundings;
  }

  /**
   * Publishes a document's state. After facts arrived the client is asked to fetch hints and lenses again; after an
   * edit it does so by itself.
   */
  async publish(uri: string, causes: { readonly facts: boolean }): Promise<void> {
    const { connection, log, analysed } = this.surroundings;
    try {
      const document = await analysed(uri);
      if (document === undefined) return;
      const before = this.told.get(uri);
      if (before?.document === document) return;
      if (before !== undefined) this.noteBuild(before.document, document);
      const sameText = before?.document.version === document.version;
      const found = diagnostics(document, this.surroundings.basics(document) ? this.fromService(document) : []);
      const now = { document, diagnostics: JSON.stringify(found) };
      this.told.set(uri, now);
      await this.surroundings.worked(uri);
      if (!sameText || before.diagnostics !== now.diagnostics) {
        await connection.sendDiagnostics({ uri, version: document.version, diagnostics: found });
      }
      // Facts that arrive often change nothing that anybody sees; then the client need not ask for anything again.
      if (sameText && shown(before.document) === shown(document)) return;
      await connection.sendNotification(methods.reportChanged, {
        uri,
        documentVersion: document.version,
      } satisfies ReportChanged);
      if (causes.facts) this.refresh();
    } catch (error) {
      logOnce(log, `publishing ${uri}`, error);
    }
  }

  /** Has the client ask again for hints and lenses of all documents. */
  refresh(): void {
    const { connection, abilities, log } = this.surroundings;
    const asked = [
      ...(abilities.refreshHints ? [connection.languages.inlayHint.refresh()] : []),
      ...(abilities.refreshLenses ? [connection.sendRequest(CodeLensRefreshRequest.type)] : []),
    ];
    for (const each of asked) each.catch((error: unknown) => logOnce(log, 'asking the client to refresh', error));
  }

  /** Takes a document's diagnostics back, when it is closed. */
  async withdraw(uri: string): Promise<void> {
    this.told.delete(uri);
    await this.surroundings.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  /** A line in the log when there is another newest build to compare with. */
  private noteBuild(before: AnalysedDocument, { uri, report: { baseline } }: AnalysedDocument): void {
    const known = before.report.baseline;
    if (baseline.kind !== 'engine' && baseline.kind !== 'record') return;
    if (known.kind === 'pending' || (known.kind === baseline.kind && known.at === baseline.at)) return;
    this.surroundings.log.info(`${uri}: a build was noticed; compared with ${baselineInWords(baseline)} from now on`);
  }

  private fromService(document: AnalysedDocument) {
    try {
      return serviceDiagnostics(this.surroundings.service(), document);
    } catch (error) {
      logOnce(this.surroundings.log, `language service on ${document.uri}`, error);
      return [];
    }
  }
}

/** What people can see of a report, to compare; without the effects of refactorings, each of which takes an analysis. */
function shown({ report }: AnalysedDocument): string {
  return JSON.stringify({ ...report, refactorings: report.refactorings.map(({ id, edits }) => ({ id, edits })) });
}
