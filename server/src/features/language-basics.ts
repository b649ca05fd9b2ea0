/**
 * The ordinary language features of Dockerfiles, as `dockerfile-language-service` gives them: completion, signature
 * help, formatting, highlights, rename, links, symbols, folding, definition, semantic tokens. One table holds them all.
 */
import {
  BulkRegistration,
  type BulkUnregistration,
  type CancellationToken,
  type ClientCapabilities,
  CompletionRequest,
  CompletionResolveRequest,
  type Connection,
  DefinitionRequest,
  DocumentFormattingRequest,
  DocumentHighlightRequest,
  DocumentLinkRequest,
  DocumentLinkResolveRequest,
  DocumentOnTypeFormattingRequest,
  DocumentRangeFormattingRequest,
  DocumentSymbolRequest,
  FoldingRangeRequest,
  PrepareRenameRequest,
  type ProtocolRequestType,
  RenameRequest,
  SemanticTokensRegistrationType,
  SemanticTokensRequest,
  type ServerCapabilities,
  SignatureHelpRequest,
} from 'vscode-languageserver';
import type { AnalysedDocument } from './analysed-document';
import { guarded, type LogChannel } from './guard';
import { type LanguageService, stagesGoInCircles } from './language-service';
import { SemanticTokenCache } from './semantic-tokens';
import { baseImageCompletions } from './tag-completion';

/** What the table needs of the server. */
export interface BasicsSurroundings {
  readonly log: LogChannel;
  readonly service: () => LanguageService;
  /**
   * The document when language basics are on for it and the text is of a size they can cope with; undefined otherwise.
   */
  readonly document: (uri: string) => Promise<AnalysedDocument | undefined>;
}

interface Basic {
  readonly method: string;
  /** Whether the client takes registration while the server runs. */
  readonly dynamic: (capabilities: ClientCapabilities) => boolean | undefined;
  /** Capability for clients that don't. */
  readonly capability: ServerCapabilities;
  readonly addTo: (registrations: BulkRegistration) => void;
  readonly listen: (connection: Connection, surroundings: BasicsSurroundings) => void;
}

const documentSelector = [{ language: 'dockerfile' }];
const completionOptions = { triggerCharacters: ['=', ' ', '$', '-', ':'], resolveProvider: true };
const signatureOptions = { triggerCharacters: ['-', '[', ',', '"', ' ', '='] };
const onTypeOptions = { firstTriggerCharacter: '\\', moreTriggerCharacter: ['`'] };
const tokenOptions = {
  // In the order of the service's own table; the numbers it gives are positions in it.
  legend: {
    tokenTypes: [
      ...['keyword', 'comment', 'parameter', 'property', 'namespace', 'class'],
      ...['macro', 'string', 'variable', 'operator', 'modifier'],
    ],
    tokenModifiers: ['declaration', 'definition', 'deprecated'],
  },
  full: true,
};

type Parameters = { readonly textDocument: { readonly uri: string } };

/** A request about one document: answered with null where the basics are off. */
function answered<Params extends Parameters, Result, Partial, Failure, Options>(
  type: ProtocolRequestType<Params, Result | null, Partial, Failure, Options>,
  run: (
    service: LanguageService,
    document: AnalysedDocument,
    params: Params,
    token: CancellationToken,
  ) => Result | null | PromiseLike<Result | null>,
): Basic['listen'] {
  return (connection, { log, service, document }) => {
    connection.onRequest(
      type.method,
      (params: Params, token: CancellationToken): Promise<unknown> =>
        guarded<Result | null>(log, `${type.method} of ${params.textDocument.uri}`, null, token, async () => {
          const found = await document(params.textDocument.uri);
          return found === undefined || token.isCancellationRequested ? null : run(service(), found, params, token);
        }),
    );
  };
}

const basics: readonly Basic[] = [
  {
    method: CompletionRequest.method,
    dynamic: ({ textDocument }) => textDocument?.completion?.dynamicRegistration,
    capability: { completionProvider: completionOptions },
    addTo: (registrations) => registrations.add(CompletionRequest.type, { documentSelector, ...completionOptions }),
    listen: (connection, surroundings) => {
      answered(
        CompletionRequest.type,
        (service, document, { position }) =>
          // The service would ask Docker Hub for tags; what is shipped answers at once and without a network.
          baseImageCompletions(document, position) ??
          (stagesGoInCircles(document.text) ? null : service.computeCompletionItems(document.text, position)),
      )(connection, surroundings);
      connection.onRequest(CompletionResolveRequest.type, (item, token) =>
        guarded(surroundings.log, CompletionResolveRequest.method, item, token, () =>
          surroundings.service().resolveCompletionItem(item),
        ),
      );
    },
  },
  {
    method: SignatureHelpRequest.method,
    dynamic: ({ textDocument }) => textDocument?.signatureHelp?.dynamicRegistration,
    capability: { signatureHelpProvider: signatureOptions },
    addTo: (registrations) => registrations.add(SignatureHelpRequest.type, { documentSelector, ...signatureOptions }),
    listen: answered(SignatureHelpRequest.type, (service, { text }, { position }) =>
      service.computeSignatureHelp(text, position),
    ),
  },
  {
    method: DocumentFormattingRequest.method,
    dynamic: ({ textDocument }) => textDocument?.formatting?.dynamicRegistration,
    capability: { documentFormattingProvider: true },
    addTo: (registrations) => registrations.add(DocumentFormattingRequest.type, { documentSelector }),
    listen: answered(DocumentFormattingRequest.type, (service, { text }, { options }) => service.format(text, options)),
  },
  {
    method: DocumentRangeFormattingRequest.method,
    dynamic: ({ textDocument }) => textDocument?.rangeFormatting?.dynamicRegistration,
    capability: { documentRangeFormattingProvider: true },
    addTo: (registrations) => registrations.add(DocumentRangeFormattingRequest.type, { documentSelector }),
    listen: answered(DocumentRangeFormattingRequest.type, (service, { text }, { range, options }) =>
      service.formatRange(text, range, options),
    ),
  },
  {
    method: DocumentOnTypeFormattingRequest.method,
    dynamic: ({ textDocument }) => textDocument?.onTypeFormatting?.dynamicRegistration,
    capability: { documentOnTypeFormattingProvider: onTypeOptions },
    addTo: (registrations) =>
      registrations.add(DocumentOnTypeFormattingRequest.type, { documentSelector, ...onTypeOptions }),
    listen: answered(DocumentOnTypeFormattingRequest.type, (service, { text }, { position, ch, options }) =>
      service.formatOnType(text, position, ch, options),
    ),
  },
  {
    method: DocumentHighlightRequest.method,
    dynamic: ({ textDocument }) => textDocument?.documentHighlight?.dynamicRegistration,
    capability: { documentHighlightProvider: true },
    addTo: (registrations) => registrations.add(DocumentHighlightRequest.type, { documentSelector }),
    listen: answered(DocumentHighlightRequest.type, (service, { text }, { position }) =>
      service.computeHighlightRanges(text, position),
    ),
  },
  {
    method: DefinitionRequest.method,
    dynamic: ({ textDocument }) => textDocument?.definition?.dynamicRegistration,
    capability: { definitionProvider: true },
    addTo: (registrations) => registrations.add(DefinitionRequest.type, { documentSelector }),
    listen: answered(DefinitionRequest.type, (service, { text }, { textDocument, position }) =>
      service.computeDefinition(textDocument, text, position),
    ),
  },
  {
    method: RenameRequest.method,
    dynamic: ({ textDocument }) => textDocument?.rename?.dynamicRegistration,
    capability: { renameProvider: { prepareProvider: true } },
    addTo: (registrations) => registrations.add(RenameRequest.type, { documentSelector, prepareProvider: true }),
    listen: (connection, surroundings) => {
      answered(RenameRequest.type, (service, { uri, version, text }, { textDocument, position, newName }) => ({
        documentChanges: [
          { textDocument: { uri, version }, edits: service.computeRename(textDocument, text, position, newName) },
        ],
      }))(connection, surroundings);
      answered(PrepareRenameRequest.type, (service, { text }, { position }) => service.prepareRename(text, position))(
        connection,
        surroundings,
      );
    },
  },
  {
    method: DocumentLinkRequest.method,
    dynamic: ({ textDocument }) => textDocument?.documentLink?.dynamicRegistration,
    capability: { documentLinkProvider: { resolveProvider: true } },
    addTo: (registrations) => registrations.add(DocumentLinkRequest.type, { documentSelector, resolveProvider: true }),
    listen: (connection, surroundings) => {
      answered(DocumentLinkRequest.type, (service, { text }) => service.computeLinks(text))(connection, surroundings);
      connection.onRequest(DocumentLinkResolveRequest.type, (link, token) =>
        guarded(surroundings.log, DocumentLinkResolveRequest.method, link, token, () =>
          surroundings.service().resolveLink(link),
        ),
      );
    },
  },
  {
    method: DocumentSymbolRequest.method,
    dynamic: ({ textDocument }) => textDocument?.documentSymbol?.dynamicRegistration,
    capability: { documentSymbolProvider: true },
    addTo: (registrations) => registrations.add(DocumentSymbolRequest.type, { documentSelector }),
    listen: answered(DocumentSymbolRequest.type, (service, { text }, { textDocument }) =>
      service.computeSymbols(textDocument, text),
    ),
  },
  {
    method: FoldingRangeRequest.method,
    dynamic: ({ textDocument }) => textDocument?.foldingRange?.dynamicRegistration,
    capability: { foldingRangeProvider: true },
    addTo: (registrations) => registrations.add(FoldingRangeRequest.type, { documentSelector }),
    listen: answered(FoldingRangeRequest.type, (service, { text }) => service.computeFoldingRanges(text)),
  },
  {
    method: SemanticTokensRegistrationType.method,
    dynamic: ({ textDocument }) => textDocument?.semanticTokens?.dynamicRegistration,
    capability: { semanticTokensProvider: tokenOptions },
    addTo: (registrations) =>
      registrations.add(SemanticTokensRegistrationType.type, { documentSelector, ...tokenOptions }),
    listen: (connection, surroundings) => {
      const cache = new SemanticTokenCache({
        computeSemanticTokens: (text) => surroundings.service().computeSemanticTokens(text),
      });
      answered(SemanticTokensRequest.type, (_service, document) => cache.tokensOf(document))(connection, surroundings);
    },
  },
];

/** Takes requests for all basics. They are answered with null while the basics are off for a document. */
export function listenForBasics(connection: Connection, surroundings: BasicsSurroundings): void {
  for (const basic of basics) basic.listen(connection, surroundings);
}

/** Capabilities to announce at once, for what the client can't take later. */
export function staticBasics(client: ClientCapabilities): ServerCapabilities {
  return Object.assign({}, ...basics.filter(({ dynamic }) => dynamic(client) !== true).map((each) => each.capability));
}

/**
 * Registers and unregisters the basics with the client while the server runs, so that an editor with another Docker
 * extension never sees a second formatter.
 */
export class BasicsRegistration {
  private readonly connection: Connection;
  private readonly client: ClientCapabilities;
  private wanted = false;
  private registered: BulkUnregistration | undefined;
  private working: Promise<void> = Promise.resolve();

  constructor(connection: Connection, client: ClientCapabilities) {
    this.connection = connection;
    this.client = client;
  }

  /** Has the basics on or off from now on. Rejects when the client refuses. */
  set(on: boolean): Promise<void> {
    this.wanted = on;
    this.working = this.working.then(() => this.settle());
    return this.working;
  }

  private async settle(): Promise<void> {
    if (this.wanted && this.registered === undefined) {
      const registrations = BulkRegistration.create();
      const taken = basics.filter(({ dynamic }) => dynamic(this.client) === true);
      for (const basic of taken) basic.addTo(registrations);
      if (taken.length > 0) this.registered = await this.connection.client.register(registrations);
    } else if (!this.wanted && this.registered !== undefined) {
      this.registered.dispose();
      this.registered = undefined;
    }
  }
}
