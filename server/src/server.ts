/** The language server: takes messages, asks the features, and never dies of one bad document. */
// Before what is to be kept.
import './facts/compiled-code';
import { basename, resolve } from 'node:path';
import {
  type Connection,
  DidChangeConfigurationNotification,
  DidChangeWatchedFilesNotification,
  type InitializeParams,
  type InitializeResult,
  ProposedFeatures,
  type ServerCapabilities,
  TextDocumentSyncKind,
  TextDocuments,
} from 'vscode-languageserver';
import { createConnection } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { FactsHost } from './facts/host';
import type { AnalysedDocument } from './features/analysed-document';
import { clientAbilities, initializationOptions } from './features/client-abilities';
import { ContextWatchers } from './features/context-watchers';
import { fixAllKind } from './features/fix-all-action';
import { describeError, type LogChannel, logOnce } from './features/guard';
import { BasicsRegistration, listenForBasics, staticBasics } from './features/language-basics';
import { languageServiceFor, longestText } from './features/language-service';
import { readBundle } from './features/locale';
import { filePathOf } from './features/place';
import { Publishing } from './features/publishing';
import { recordState } from './features/record';
import { watchRecords } from './features/record-watch';
import { Refresher } from './features/refresher';
import { listenForRequests } from './features/requests';
import { openFacts } from './features/server-facts';
import { isIgnoreFile, surroundingFiles } from './features/surrounding-files';
import { Workspace } from './features/workspace';
import { setLanguageBundle } from './localize';
import type { Settings } from './protocol';
import { analyse } from './report/analyse';

const capabilities: ServerCapabilities = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
  inlayHintProvider: { resolveProvider: true },
  hoverProvider: true,
  codeLensProvider: { resolveProvider: false },
  codeActionProvider: {
    codeActionKinds: ['quickfix', 'refactor.rewrite', 'refactor.extract', fixAllKind],
    resolveProvider: true,
  },
  workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
};

/**
 * Serves the connection that the command line names (`--stdio`, `--node-ipc`, `--socket=…`) until the client says
 * `exit` or hangs up.
 */
export function startServer(): void {
  const connection = createConnection(ProposedFeatures.all);
  const log: LogChannel = connection.console;
  // An error outside of any request is a fault of ours; the log gets it and the server goes on.
  process.on('uncaughtException', (error) => log.error(`unexpected: ${describeError(error)}`));
  process.on('unhandledRejection', (error) => log.error(`unexpected: ${describeError(error)}`));
  serve(connection, log);
  connection.listen();
}

function serve(connection: Connection, log: LogChannel): void {
  const documents = new TextDocuments(TextDocument);
  connection.onInitialize((params): InitializeResult => {
    const options = initializationOptions(params);
    setLanguageBundle(readBundle(options.locale, [resolve(__dirname, '../l10n'), resolve(__dirname, '../../l10n')]));
    begin(connection, documents, log, params);
    return {
      capabilities: { ...capabilities, ...staticBasics(params.capabilities) },
      serverInfo: { name: 'strata' },
    };
  });
  documents.listen(connection);
}

/** All that needs to know the client: made once, when it has introduced itself. */
function begin(
  connection: Connection,
  documents: TextDocuments<TextDocument>,
  log: LogChannel,
  params: InitializeParams,
): void {
  const options = initializationOptions(params);
  const abilities = clientAbilities(params);
  const service = languageServiceFor(params.capabilities);

  const refresher = new Refresher((uri, causes) => void publishing.publish(uri, causes));
  const watchers = new ContextWatchers(connection, (error) => logOnce(log, 'watching a build context', error));
  const workspace = new Workspace<FactsHost>(
    {
      connection,
      documents,
      log,
      asksConfiguration: abilities.configuration,
      analyse,
      openFacts: (place, inputs, settings) => openFacts({ place, inputs, settings, options, log }),
      factsChanged: (uri) => refresher.note(uri, 'facts'),
      contextSettled: (uri, context, folders) => {
        if (options.trusted && abilities.watchedFiles && abilities.relativePatterns) {
          watchers.watch(uri, context, folders);
        }
      },
    },
    (params.workspaceFolders ?? []).map(({ uri }) => uri),
  );
  const basicsWanted = (settings: Settings) =>
    settings.languageFeatures === 'on' || (settings.languageFeatures === 'auto' && !options.otherDockerExtension);
  const basics = (document: AnalysedDocument) => basicsWanted(document.settings) && document.text.length <= longestText;
  const analysed = (uri: string) => workspace.analysed(uri);
  const worked = async (uri: string) => (await workspace.session(uri))?.requestAll();
  const publishing = new Publishing({ connection, log, abilities, service, analysed, basics, worked });
  const registration = new BasicsRegistration(connection, params.capabilities);

  listenForRequests(connection, {
    log,
    abilities,
    service,
    analysed,
    basics,
    files: (uri) => surroundingFiles(documents, () => workspace.contextPath(uri)),
    record: async (uri) => recordState(await workspace.session(uri)),
  });
  listenForBasics(connection, {
    log,
    service,
    document: async (uri) => {
      const document = await analysed(uri);
      return document !== undefined && basics(document) ? document : undefined;
    },
  });

  documents.onDidChangeContent(({ document }) => {
    if (isIgnoreFile(document.uri)) return;
    workspace.update(document);
    refresher.note(document.uri, 'edit');
  });
  documents.onDidSave(({ document }) => {
    const path = filePathOf(document.uri);
    if (!abilities.watchedFiles) workspace.recheck();
    else if (path !== undefined) workspace.fileEvents([path]);
  });
  documents.onDidClose(({ document: { uri } }) => {
    if (isIgnoreFile(uri)) return;
    refresher.forget(uri);
    workspace.close(uri);
    watchers.forget(uri);
    void publishing.withdraw(uri);
  });

  const settingsChanged = async (pushed?: unknown) => {
    await workspace.reconfigure(pushed);
    await registration.set(basicsWanted(await workspace.settings(undefined)));
    publishing.refresh();
    for (const uri of workspace.uris) refresher.note(uri, 'facts');
  };
  const inBackground = (what: string, work: Promise<unknown>) => {
    work.catch((error: unknown) => logOnce(log, what, error));
  };
  connection.onDidChangeConfiguration(({ settings }) => {
    inBackground('taking new settings', settingsChanged(abilities.configuration ? undefined : strataSection(settings)));
  });
  connection.onDidChangeWatchedFiles(({ changes }) => {
    workspace.fileEvents(changes.map(({ uri }) => filePathOf(uri)).filter((path) => path !== undefined));
  });
  connection.onInitialized(() => {
    inBackground('registering the language features', settingsChanged());
    if (abilities.configurationChanges) {
      inBackground(
        'asking for changes of settings',
        connection.client.register(DidChangeConfigurationNotification.type, { section: 'strata' }),
      );
    }
    if (abilities.watchedFiles) {
      inBackground(
        'asking for file events',
        connection.client.register(DidChangeWatchedFilesNotification.type, { watchers: [{ globPattern: '**/*' }] }),
      );
    }
    if (abilities.workspaceFolders) {
      connection.workspace.onDidChangeWorkspaceFolders(() => {
        inBackground(
          'taking new workspace folders',
          connection.workspace
            .getWorkspaceFolders()
            .then((folders) => workspace.setFolders((folders ?? []).map(({ uri }) => uri))),
        );
      });
    }
  });
  const records = options.trusted
    ? watchRecords(options.storagePath, (path) => workspace.fileEvents([path]), log)
    : undefined;
  connection.onShutdown(() => {
    records?.dispose();
    refresher.dispose();
    workspace.dispose();
  });
}

function strataSection(settings: unknown): unknown {
  return typeof settings === 'object' && settings !== null && 'strata' in settings ? settings.strata : {};
}

// Started as a program of its own (`node dist/server.js --stdio`), not as part of `strata lsp`.
if (/^server\.(js|ts)$/.test(basename(process.argv[1] ?? ''))) startServer();
