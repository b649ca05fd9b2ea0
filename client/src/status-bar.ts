/** The status-bar items: what the target comes to, and what its next build runs again. */
import * as vscode from 'vscode';
import type { Report } from '../../server/src/report/types';
import {
  baselineInWords,
  costInBrief,
  costInWords,
  expectedInWords,
  rebuildInWords,
} from '../../server/src/report/words';
import { formatBytes, formatEstimate } from '../../server/src/size/format';
import type { ActiveDockerfile } from './active-dockerfile';

/** Causes that the tooltip lists before it only counts them. */
const listedCauses = 5;

export class StatusBar implements vscode.Disposable {
  private readonly active: ActiveDockerfile;
  private readonly item: vscode.StatusBarItem;
  private readonly rebuild: vscode.StatusBarItem;
  private readonly disposables: vscode.Disposable[];
  /** What the second item says, and of which Dockerfile: it stays while the answer is being looked up, so that nothing jumps. */
  private said: { readonly uri: string; readonly text: string } | undefined;

  constructor(active: ActiveDockerfile) {
    this.active = active;
    this.item = vscode.window.createStatusBarItem('strata.total', vscode.StatusBarAlignment.Right, 101);
    this.item.name = vscode.l10n.t('Strata: size of the image');
    this.item.command = 'strata.showLayers';
    this.rebuild = vscode.window.createStatusBarItem('strata.rebuild', vscode.StatusBarAlignment.Right, 100.9);
    this.rebuild.name = vscode.l10n.t('Strata: what the next build runs again');
    this.disposables = [
      this.item,
      this.rebuild,
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

  /** The second item's text, without its icon; empty while it is hidden. */
  get rebuildText(): string {
    return this.visibleReport() === undefined ? '' : (this.said?.text ?? '');
  }

  dispose(): void {
    for (const each of this.disposables) each.dispose();
  }

  private update(): void {
    const report = this.visibleReport();
    this.updateRebuild(report);
    if (report === undefined) {
      this.item.hide();
      return;
    }
    this.item.text = `$(layers) ${totalText(report)}`;
    this.item.tooltip = new vscode.MarkdownString(totalTooltip(report));
    this.item.accessibilityInformation = { label: vscode.l10n.t('Image: {0}', totalText(report)) };
    this.item.show();
  }

  private updateRebuild(report: Report | undefined): void {
    const uri = this.active.uri?.toString() ?? '';
    if (report !== undefined && isPending(report) && this.said?.uri === uri) {
      this.rebuild.show();
      return;
    }
    const text = report === undefined ? undefined : nextBuildText(report);
    if (report === undefined || text === undefined) {
      if (report !== undefined) this.said = undefined;
      this.rebuild.hide();
      return;
    }
    this.said = { uri, text };
    const first = report.stages.flatMap((stage) => stage.steps).find(({ cache }) => cache.cost !== undefined);
    this.rebuild.text = `$(${report.rebuild === undefined ? 'pass' : 'sync'}) ${text}`;
    this.rebuild.tooltip = new vscode.MarkdownString(nextBuildTooltip(report));
    this.rebuild.accessibilityInformation = { label: vscode.l10n.t('Next build: {0}', text) };
    this.rebuild.command = {
      command: 'strata.showLayers',
      title: vscode.l10n.t('Show in the layer tree'),
      arguments: [this.active.uri, ...(first === undefined ? [] : [first.line])],
    };
    this.rebuild.show();
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

function isPending(report: Report): boolean {
  return (
    report.baseline.kind === 'pending' ||
    report.stages.some((stage) => stage.steps.some(({ cache }) => cache.status === 'pending'))
  );
}

/** `3 of 9 steps run again, ~42 s`; undefined where nothing is known. */
export function nextBuildText(report: Report): string | undefined {
  const steps = rebuildInWords(report);
  const cost = report.rebuild === undefined ? undefined : costInBrief(report.rebuild);
  return steps === undefined || cost === undefined ? steps : `${steps}, ${cost}`;
}

function nextBuildTooltip(report: Report): string {
  const causes = report.stages.flatMap((stage) => stage.steps.filter(({ cache }) => cache.cost !== undefined));
  const listed = causes.slice(0, listedCauses);
  const more = causes.length - listed.length;
  return [
    `**${vscode.l10n.t('Next build')}**: ${rebuildInWords(report) ?? ''}${
      report.rebuild === undefined ? '' : `, ${costInWords(report.rebuild)}`
    }`,
    [
      ...listed.map(({ line, cache }) => `- ${vscode.l10n.t('In line {0}: {1}', line, plainMarkdown(cache.reason))}`),
      ...(more > 0 ? [`- ${vscode.l10n.t('and {0} more', more)}`] : []),
    ].join('\n'),
    ...(report.forecast === undefined ? [] : [plainMarkdown(expectedInWords(report.forecast))]),
    plainMarkdown(vscode.l10n.t('Compared with: {0}.', baselineInWords(report.baseline))),
  ]
    .filter((paragraph) => paragraph !== '')
    .join('\n\n');
}

function plainMarkdown(text: string): string {
  return text.replace(/[\\*_[\]<>#|]/g, '\\$&');
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
    report.baseline.label === '' ? undefined : [vscode.l10n.t('Compared with'), baselineInWords(report.baseline)],
    [vscode.l10n.t('Platform'), report.platform],
  ];
  const table = rows
    .filter((row) => row !== undefined)
    .map(([name, value]) => `| ${name} | ${value.replaceAll('|', '\\|')} |`);
  return [`**${totalText(report)}**`, '', '| | |', '|---|---|', ...table].join('\n');
}
