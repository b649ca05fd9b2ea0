/** The open documents with their sessions, settings and places: what every request starts from. */
import type { Connection, TextDocuments } from 'vscode-languageserver';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Settings } from '../protocol';
import type { AnalysisInputs } from '../report/facts';
import type { AnalysedDocument } from './analysed-document';
import { type LogChannel, logOnce } from './guard';
import { inputsOf, type Place, placeOf } from './place';
import { type Analyse, type FactsSource, Session } from './session';
import { defaultSettings, settingsFrom } from './settings';

export interface WorkspaceSurroundings<Source extends FactsSource> {
  readonly connection: Connection;
  readonly documents: TextDocuments<TextDocument>;
  readonly log: LogChannel;
  /** The client answers `workspace/configuration`. */
  readonly asksConfiguration: boolean;
  readonly analyse: Analyse;
  readonly openFacts: (place: Place, inputs: AnalysisInputs, settings: Settings) => Source;
  readonly factsChanged: (uri: string) => void;
  /** Called with the build context of a document whenever it has been settled, and the folders of the workspace. */
  readonly contextSettled: (uri: string, context: string | undefined, folders: readonly string[]) => void;
}

interface Opened<Source extends FactsSource> {
  readonly session: Session<Source>;
  /** Resolves when the settings have arrived. */
  ready: Promise<void>;
  /** Grows with every question for settings, so that a late answer to an older question is dropped. */
  asked: number;
}

export class Workspace<Source extends FactsSource> {
  private readonly opened = new Map<string, Opened<Source>>();
  private readonly surroundings: WorkspaceSurroundings<Source>;
  /** Settings that a client pushes because it can't be asked. */
  private pushed: Settings = defaultSettings;
  private folders: readonly string[];

  constructor(surroundings: WorkspaceSurroundings<Source>, folders: readonly string[]) {
    this.surroundings = surroundings;
    this.folders = folders;
  }

  /** Begins or continues a session for the document as it is now. */
  update(document: TextDocument): void {
    const known = this.opened.get(document.uri);
    if (known !== undefined) {
      known.session.update(document.getText(), document.version);
      return;
    }
    const { analyse, openFacts, factsChanged } = this.surroundings;
    const place = () => placeOf(document.uri, this.folders);
    const session = new Session<Source>(document.uri, document.getText(), document.version, {
      analyse,
      inputs: (settings) => inputsOf(place(), settings),
      openFacts: (inputs, settings) => openFacts(place(), inputs, settings),
      factsChanged: () => factsChanged(document.uri),
    });
    const opened: Opened<Source> = { session, ready: Promise.resolve(), asked: 0 };
    this.opened.set(document.uri, opened);
    opened.ready = this.configure(opened);
  }

  close(uri: string): void {
    this.opened.get(uri)?.session.dispose();
    this.opened.delete(uri);
  }

  /**
   * The newest text of the document with its report; undefined for a document that is not open. Rejects with what the
   * analysis throws.
   */
  async analysed(uri: string): Promise<AnalysedDocument | undefined> {
    return (await this.session(uri))?.analysed();
  }

  /** The session once its settings have arrived. */
  async session(uri: string): Promise<Session<Source> | undefined> {
    const opened = this.opened.get(uri);
    if (opened === undefined) return undefined;
    await opened.ready;
    return this.opened.get(uri)?.session;
  }

  /** Absolute path of an open document's build context; undefined where it has none. */
  contextPath(uri: string): string | undefined {
    const path = this.opened.get(uri)?.session.inputs?.contextPath;
    return path === '' ? undefined : path;
  }

  /** URIs of the open documents. */
  get uris(): readonly string[] {
    return [...this.opened.keys()];
  }

  /** Asks for all settings again; resolves when every session has them. */
  async reconfigure(pushed?: unknown): Promise<void> {
    if (pushed !== undefined) this.pushed = settingsFrom(pushed);
    const all = [...this.opened.values()];
    for (const opened of all) opened.ready = this.configure(opened);
    await Promise.all(all.map(({ ready }) => ready));
  }

  /** Takes other workspace folders; contexts that settings name relative to a folder move with it. */
  async setFolders(folders: readonly string[]): Promise<void> {
    this.folders = folders;
    await this.reconfigure();
  }

  /**
   * Tells every session which paths were created, changed or deleted. The folder of a build context itself stands for
   * everything in it: that is how a client asks to have it looked at again.
   */
  fileEvents(paths: readonly string[]): void {
    for (const { session } of this.opened.values()) {
      if (paths.includes(session.inputs?.contextPath ?? '')) session.source?.recheck();
      session.source?.fileEvents(paths);
    }
  }

  /** Has every context looked at again, for clients that tell of no file events. */
  recheck(): void {
    for (const { session } of this.opened.values()) session.source?.recheck();
  }

  /** Settings of a scope; without one, those that hold for the whole window. */
  async settings(uri: string | undefined): Promise<Settings> {
    const { asksConfiguration, connection, log } = this.surroundings;
    if (!asksConfiguration) return this.pushed;
    try {
      const scope = uri === undefined ? {} : { scopeUri: uri };
      return settingsFrom(await connection.workspace.getConfiguration({ ...scope, section: 'strata' }));
    } catch (error) {
      logOnce(log, `settings of ${uri ?? 'the window'}`, error);
      return defaultSettings;
    }
  }

  dispose(): void {
    for (const uri of this.uris) this.close(uri);
  }

  private async configure(opened: Opened<Source>): Promise<void> {
    opened.asked += 1;
    const { asked, session } = opened;
    const settings = await this.settings(session.uri);
    if (opened.asked !== asked || this.opened.get(session.uri) !== opened) return;
    try {
      session.configure(settings);
      this.surroundings.contextSettled(session.uri, this.contextPath(session.uri), this.folders);
    } catch (error) {
      logOnce(this.surroundings.log, `facts about ${session.uri}`, error);
    }
  }
}
