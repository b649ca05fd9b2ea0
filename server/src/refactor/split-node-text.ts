/** The text of an application in two stages. */
import type { FromInstruction, Instruction } from '../dockerfile/types';
import { t } from '../localize';
import type { Edit } from '../report/types';
import type { DocumentText } from './document';
import type { StepRole } from './node-roles';
import { runtimeRoles, type SplitPlan } from './split-node-plan';

export const builderName = 'builder';

/** One edit from FROM to the end of the last instruction. */
export function splitEdit(document: DocumentText, from: FromInstruction, plan: SplitPlan): Edit {
  const writer = new Writer(document, from, plan);
  const { roles } = plan.roles;
  const last = roles.at(-1)?.step.instruction ?? from;
  return {
    range: { start: from.range.start, end: last.range.end },
    newText: `${writer.builderStage()}${document.lineEnd}${document.lineEnd}${writer.runtimeStage()}`,
  };
}

class Writer {
  private readonly document: DocumentText;
  private readonly from: FromInstruction;
  private readonly plan: SplitPlan;
  private readonly lineEnd: string;

  constructor(document: DocumentText, from: FromInstruction, plan: SplitPlan) {
    this.document = document;
    this.from = from;
    this.plan = plan;
    this.lineEnd = document.lineEnd;
  }

  builderStage(): string {
    const { roles } = this.plan.roles;
    const { manifestsFirst, prune } = this.plan;
    let text = this.builderFrom();
    for (const [index, role] of roles.entries()) {
      if (!role.builder) continue;
      if (index === manifestsFirst?.copyAll) {
        const files = manifestsFirst.files.join(' ');
        text += `${this.blanksBefore(index)}${this.keyword('COPY')} ${this.flagsOf(role.step.instruction)}${files} ./`;
        continue;
      }
      text += this.gap(index) + this.textOf(role);
      if (index === manifestsFirst?.install) {
        const moved = roles[manifestsFirst.copyAll];
        if (moved) text += this.withoutBlankLines(this.gap(manifestsFirst.copyAll)) + this.textOf(moved);
      }
    }
    if (prune === undefined) return text;
    return `${text}${this.userForPrune()}${this.lineEnd}${this.keyword('RUN')} ${prune}`;
  }

  runtimeStage(): string {
    const { before, after } = runtimeRoles(this.plan.roles);
    const carried = this.plan.carried.map(
      ({ source, destination }) =>
        `${this.keyword('COPY')} --from=${builderName} ${this.ownerFlag()}${source} ${this.destination(destination, before)}`,
    );
    const comment = this.plan.whole
      ? t(
          '# All of {0}, as nothing says what of it the application reads; name single folders to carry less.',
          this.plan.roles.folder,
        )
      : t('# What "files" in package.json names, with the dependencies.');
    const used = this.argumentsUsed([...before, ...after]);
    let text = this.runtimeFrom();
    for (const role of [...used, ...before]) text += this.runtimeText(role, text);
    text += [comment, ...carried].map((line) => this.lineEnd + line).join('');
    for (const role of after) text += this.runtimeText(role, text);
    return text;
  }

  /** Only who installed the dependencies may remove some of them. */
  private userForPrune(): string {
    const { roles, firstInstall, lastProject } = this.plan.roles;
    const installer = roles[firstInstall]?.step.state.user || 'root';
    const current = roles[lastProject]?.step.state.user || 'root';
    return installer === current ? '' : `${this.lineEnd}${this.keyword('USER')} ${installer}`;
  }

  private keyword(word: string): string {
    const written = this.document.slice(this.from.keywordRange);
    return written === written.toLowerCase() ? word.toLowerCase() : word;
  }

  private builderFrom(): string {
    const { document, from } = this;
    if (!from.name) return `${document.slice(from.range)} ${this.keyword('AS')} ${builderName}`;
    return document.slice({ start: from.range.start, end: from.name.range.start }) + builderName;
  }

  private runtimeFrom(): string {
    const { from, plan } = this;
    const platform = from.platform ? `${this.document.slice(from.platform.range)} ` : '';
    const image = plan.keepsBase === undefined ? plan.base.runtime : from.image.text;
    const name =
      from.name && from.name.text.toLowerCase() !== builderName ? ` ${this.keyword('AS')} ${from.name.text}` : '';
    return `${this.keyword('FROM')} ${platform}${image}${name}`;
  }

  /** A relative destination counts from the WORKDIR that the runtime stage has at that place. */
  private destination(path: string, before: readonly StepRole[]): string {
    const workdir = before.findLast(({ step }) => step.instruction.keyword === 'WORKDIR');
    const { folder, roles } = this.plan.roles;
    const place = workdir ? roles[roles.indexOf(workdir) + 1]?.step.state.workdir.replace(/(?!^)\/+$/, '') : undefined;
    return place === folder ? path : path.replace(/^\.\/?/, `${folder}/`);
  }

  private ownerFlag(): string {
    const { owner } = this.plan.roles;
    return owner === undefined ? '' : `--chown=${owner} `;
  }

  private textOf(role: StepRole): string {
    return this.document.slice(role.step.instruction.range);
  }

  private flagsOf(instruction: Instruction): string {
    return instruction.flags.map((flag) => `${this.document.slice(flag.range)} `).join('');
  }

  /** Line ends, blank lines and comments between an instruction and the one above it. */
  private gap(index: number): string {
    const { roles } = this.plan.roles;
    const above = index === 0 ? this.from : roles[index - 1]?.step.instruction;
    const below = roles[index]?.step.instruction;
    return above && below ? this.document.slice({ start: above.range.end, end: below.range.start }) : this.lineEnd;
  }

  private blanksBefore(index: number): string {
    const gap = this.gap(index);
    return gap.trim() === '' ? gap : this.lineEnd;
  }

  private withoutBlankLines(gap: string): string {
    return gap.trim() === '' ? this.lineEnd : gap.replace(/^(?:[ \t]*\r?\n)+/, this.lineEnd);
  }

  private runtimeText(role: StepRole, before: string): string {
    if (role.runtime === 'repeated') return this.lineEnd + this.textOf(role);
    const gap = this.gap(this.plan.roles.roles.indexOf(role));
    // Right under FROM no blank line is wanted.
    return (before === this.runtimeFrom() ? this.withoutBlankLines(gap) : gap) + this.textOf(role);
  }

  /** ARG instructions of the builder that the runtime stage's instructions mention. */
  private argumentsUsed(roles: readonly StepRole[]): StepRole[] {
    const text = roles
      .filter(({ step }) => step.instruction.keyword !== 'ARG')
      .map((role) => this.textOf(role))
      .join('\n');
    return this.plan.roles.roles
      .filter(({ step, runtime }) => {
        const { instruction } = step;
        if (instruction.keyword !== 'ARG' || runtime !== 'no') return false;
        return instruction.pairs.some(({ name }) => new RegExp(`\\$\\{?${name.text}\\b`).test(text));
      })
      .map((role) => ({ ...role, runtime: 'repeated' as const }));
  }
}
