/** The text of an application in two stages. */
import type { FromInstruction } from '../dockerfile/types';
import { t } from '../localize';
import type { Edit } from '../report/types';
import type { DocumentText } from './document';
import type { StepRole } from './node-roles';
import { runtimeRoles, type SplitPlan } from './split-node-plan';
import { builderName, StageText } from './split-text';

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
  private readonly stage: StageText;
  private readonly plan: SplitPlan;
  private readonly lineEnd: string;

  constructor(document: DocumentText, from: FromInstruction, plan: SplitPlan) {
    this.stage = new StageText(document, from, plan.roles.roles);
    this.plan = plan;
    this.lineEnd = document.lineEnd;
  }

  builderStage(): string {
    const { stage } = this;
    const { roles } = this.plan.roles;
    const { manifestsFirst, prune } = this.plan;
    let text = stage.builderFrom();
    for (const [index, role] of roles.entries()) {
      if (!role.builder) continue;
      if (index === manifestsFirst?.copyAll) {
        const files = manifestsFirst.files.join(' ');
        const flags = stage.flagsOf(role.step.instruction);
        text += `${stage.blanksBefore(index)}${stage.keyword('COPY')} ${flags}${files} ./`;
        continue;
      }
      text += stage.gap(index) + stage.textOf(role);
      if (index === manifestsFirst?.install) {
        const moved = roles[manifestsFirst.copyAll];
        if (moved) text += stage.withoutBlankLines(stage.gap(manifestsFirst.copyAll)) + stage.textOf(moved);
      }
    }
    if (prune === undefined) return text;
    return `${text}${this.userForPrune()}${this.lineEnd}${stage.keyword('RUN')} ${prune}`;
  }

  runtimeStage(): string {
    const { stage, plan } = this;
    const { before, after } = runtimeRoles(plan.roles);
    const carried = plan.carried.map(
      ({ source, destination }) =>
        `${stage.keyword('COPY')} --from=${builderName} ${this.ownerFlag()}${source} ${this.destination(destination, before)}`,
    );
    const start = plan.standalone?.start;
    const environment = start === undefined ? [] : [`${stage.keyword('ENV')} ${start.environment}`];
    const image = plan.keepsBase === undefined ? plan.base.runtime : stage.from.image.text;
    const above = [...stage.argumentsUsed([...before, ...after]), ...before];
    return [
      stage.runtimeFrom(image),
      ...above.map((role, index) => stage.runtimeLine(role, index === 0)),
      ...[this.comment(), ...carried, ...environment].map((line) => this.lineEnd + line),
      ...after.map((role) => stage.runtimeLine(this.started(role), false)),
    ].join('');
  }

  private comment(): string {
    const { plan } = this;
    if (plan.standalone !== undefined)
      return t('# The server that Next.js put together (output: "standalone"), and what browsers fetch from it.');
    return plan.whole
      ? t(
          '# All of {0}, as nothing says what of it the application reads; name single folders to carry less.',
          plan.roles.folder,
        )
      : t('# What "files" in package.json names, with the dependencies.');
  }

  /** The instruction that starts the server, where it starts otherwise in the runtime stage. */
  private started(role: StepRole): StepRole {
    const start = this.plan.standalone?.start;
    if (start?.step !== role.step) return role;
    const words = start.words.map((word) => JSON.stringify(word)).join(', ');
    return { ...role, runtimeText: `${this.stage.keyword(role.step.instruction.keyword)} [${words}]` };
  }

  /** Only who installed the dependencies may remove some of them. */
  private userForPrune(): string {
    const { roles, firstInstall, lastProject } = this.plan.roles;
    const installer = roles[firstInstall]?.step.state.user || 'root';
    const current = roles[lastProject]?.step.state.user || 'root';
    return installer === current ? '' : `${this.lineEnd}${this.stage.keyword('USER')} ${installer}`;
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
}
