/** The status-bar item: what the target comes to. */
import * as vscode from 'vscode';
import type { Report } from '../../server/src/report/types';
import { formatBytes, formatEstimate } from '../../server/src/size/format';
import type { ActiveDockerfile } from './active-dockerfile';

export class StatusBar implements vscode.Disposable {
  private readonly active: ActiveDockerfile;
  private readonly item: vscode.StatusBarItem;
  private readonly disposables: vscode.Disposable[];

  constructor(active: ActiveDockerfile) {
    this.active = active;
    this.item = vscode.window.createStatusBarItem('strata.total', vscode.StatusBarAlignment.Right, 101);
    this.item.name = vscode.l10n.t('Strata: size of the image');
    this.item.command = 'strata.showLayers';
    this.disposables = [
      this.item,
      active.onDidChange(() => this.update()),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration('strata.statusBar')) this.update();
      }),
    ];
    this.update();
  }

  /** The text shown, without its icon; empty while the item is hidden. */
  get text(): string {
    const report = this.visibleReport();
    return report === undefined ? '' : totalText(report);
  }

  dispose(): void {
    for (const each of this.disposables) each.dispose();
  }

  private update(): void {
    const report = this.visibleReport();
    if (report === undefined) {
      this.item.hide();
      return;
    }
    this.item.text = `$(layers) ${totalText(report)}`;
    this.item.tooltip = new vscode.MarkdownString(totalTooltip(report));
    this.item.accessibilityInformation = { label: vscode.l10n.t('Image: {0}', totalText(report)) };
    this.item.show();
  }

  private visibleReport(): Report | undefined {
    const { uri, result, focused } = this.active;
    const enabled = vscode.workspace.getConfiguration('strata', uri ?? null).get<boolean>('statusBar.enabled', true);
    return enabled && focused ? result?.report : undefined;
  }
}

/** `1.24 GB · 12 layers`. */
export function totalText(report: Report): string {
  const { size, layers } = report.image;
  return [
    formatEstimate(size),
    ...(layers === null ? [] : [layers === 1 ? vscode.l10n.t('1 layer') : vscode.l10n.t('{0} layers', layers)]),
  ].join(' · ');
}

function totalTooltip(report: Report): string {
  const target = report.stages.find((stage) => stage.target);
  const built = report.stages.filter((stage) => stage.built).flatMap((stage) => stage.steps);
  const layers = built.filter((step) => step.produces === 'layer');
  const cached = layers.filter((step) => step.cache.status === 'cached').length;
  const judged = layers.some((step) => step.cache.status !== 'no record' && step.cache.status !== 'pending');
  const { wasted } = report.image;
  const rows: readonly (readonly [string, string] | undefined)[] = [
    report.stages.length < 2 || target === undefined
      ? undefined
      : [vscode.l10n.t('Target'), target.name ?? vscode.l10n.t('Stage {0}', target.index)],
    target === undefined
      ? undefined
      : [vscode.l10n.t('Base'), `${target.base.image} · ${formatEstimate(target.base.size)}`],
    judged ? [vscode.l10n.t('Cache'), vscode.l10n.t('{0} of {1} layers reused', cached, layers.length)] : undefined,
    (wasted.bytes ?? 0) > 0 ? [vscode.l10n.t('Wasted'), formatEstimate(wasted)] : undefined,
    report.contextSize === null
      ? undefined
      : [
          vscode.l10n.t('Build context'),
          vscode.l10n.t('{0}, {1} files', formatBytes(report.contextSize.bytes), report.contextSize.files),
        ],
    report.baseline.label === '' ? undefined : [vscode.l10n.t('Compared with'), report.baseline.label],
    [vscode.l10n.t('Platform'), report.platform],
  ];
  const table = rows
    .filter((row) => row !== undefined)
    .map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`);
  return [`**${totalText(report)}**`, '', '| | |', '|---|---|', ...table].join('\n');
}
