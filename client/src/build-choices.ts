/** Target and build arguments, chosen from a list and kept in the folder's settings. */
import * as vscode from 'vscode';
import type { Report } from '../../server/src/report/types';
import { formatEstimate } from '../../server/src/size/format';
import { declaredArguments } from './declared-arguments';

/** Lets the user choose the stage to build, or takes the one named. */
export async function selectTarget(uri: vscode.Uri, report: Report, named?: string): Promise<void> {
  if (named !== undefined) {
    await keep(uri, 'target', named);
    return;
  }
  const { stages } = report;
  const last = stages.at(-1);
  const items = stages.map((stage) => ({
    label: stage.name ?? vscode.l10n.t('Stage {0}', stage.index),
    description: [formatEstimate(stage.size), ...(stage.target ? [vscode.l10n.t('current target')] : [])].join(' · '),
    detail: vscode.l10n.t('line {0}, from {1}', stage.line, stage.base.image),
    // The last stage is what a build without --target makes, so choosing it needs no setting.
    value: stage === last ? undefined : (stage.name ?? String(stage.index)),
  }));
  const chosen = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Strata: stage to build'),
    placeHolder: vscode.l10n.t('Sizes, layers and cache are shown for the image of this stage.'),
    matchOnDetail: true,
  });
  if (chosen !== undefined) await keep(uri, 'target', chosen.value);
}

/** Lets the user give a build argument a value, or take it back. */
export async function setBuildArgument(document: vscode.TextDocument): Promise<void> {
  const { uri } = document;
  const configuration = vscode.workspace.getConfiguration('strata', uri);
  const set: Readonly<Record<string, string>> = configuration.get<Record<string, string>>('buildArgs', {});
  const declared = declaredArguments(document.getText());
  const names = [...new Set([...declared.keys(), ...Object.keys(set)])];
  const other = { label: vscode.l10n.t('$(add) Another argument…'), description: '', name: undefined };
  const items = names.map((name) => ({ label: name, description: describe(set[name], declared.get(name)), name }));
  const chosen = await vscode.window.showQuickPick([...items, other], {
    title: vscode.l10n.t('Strata: build argument'),
    placeHolder: vscode.l10n.t('As with docker build --build-arg NAME=VALUE'),
  });
  if (chosen === undefined) return;
  const name = chosen.name ?? (await askForName());
  if (name === undefined) return;
  const value = await vscode.window.showInputBox({
    title: vscode.l10n.t('Strata: value of {0}', name),
    prompt: vscode.l10n.t('Leave it empty to take the value back.'),
    value: set[name] ?? '',
  });
  if (value === undefined) return;
  const { [name]: _before, ...others } = set;
  const next = value === '' ? others : { ...others, [name]: value };
  await keep(uri, 'buildArgs', Object.keys(next).length === 0 ? undefined : next);
}

function describe(value: string | undefined, fallback: string | undefined): string {
  if (value !== undefined) return vscode.l10n.t('set to {0}', value);
  return fallback === undefined ? vscode.l10n.t('no value') : vscode.l10n.t('default {0}', fallback);
}

async function askForName(): Promise<string | undefined> {
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Strata: name of the build argument'),
    validateInput: (text) =>
      /^[A-Za-z_]\w*$/.test(text) ? undefined : vscode.l10n.t('A name has letters, digits and underscores.'),
  });
}

/** Writes a setting where it holds for this Dockerfile and no further; undefined removes it. */
async function keep(uri: vscode.Uri, setting: string, value: unknown): Promise<void> {
  const folder = vscode.workspace.getWorkspaceFolder(uri);
  if (folder === undefined) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('Open the folder of this Dockerfile first: the choice is kept in its settings.'),
    );
    return;
  }
  await vscode.workspace
    .getConfiguration('strata', uri)
    .update(setting, value, vscode.ConfigurationTarget.WorkspaceFolder);
}
