/**
 * Split the Dockerfile of a Java program: the JDK and the build system stay in the builder stage, the runtime stage has the JRE.
 *
 *     FROM maven:3.9-eclipse-temurin-21               FROM maven:3.9-eclipse-temurin-21 AS builder
 *     WORKDIR /app                                    WORKDIR /app
 *     COPY . .                                        COPY . .
 *     RUN mvn -q package                       →      RUN mvn -q package
 *     CMD ["java", "-jar", "target/app.jar"]
 *                                                     FROM eclipse-temurin:21-jre
 *                                                     WORKDIR /app
 *                                                     COPY --from=builder /app/target/app.jar /app/target/app.jar
 *                                                     CMD ["java", "-jar", "target/app.jar"]
 */
import type { ImageReference } from '../images/reference';
import { t } from '../localize';
import type { RunCommand } from '../shell/types';
import type { StartCall } from './container-start';
import type { RuntimeBase } from './split-base';
import { type Choice, type CompiledFacts, compiledRule } from './split-compiled';
import { isBasicProgram } from './split-deeds';
import { absolutePath, isOfficial } from './split-stage';
import { buildOnly, type Deed, type SingleStage } from './split-types';
import type { RefactoringRule } from './types';

export const splitJava: RefactoringRule = compiledRule({
  id: 'split-java',
  known,
  deeds: () => javaDeed,
  isSource: (name) =>
    /\.(?:java|kt|kts|scala|groovy|class)$|^(?:pom\.xml|build\.gradle|settings\.gradle|gradle\.properties|mvnw|mvnw\.cmd|gradlew|gradlew\.bat|build\.xml|lombok\.config)$/.test(
      name,
    ) || /^(?:src|gradle|\.mvn|\.gradle|target|build|buildSrc|out|bin)$/.test(name),
  isBuildVariable: (name) => /^(?:MAVEN_\w+|GRADLE_\w+|M2_HOME)$/.test(name),
  artifactsOf,
  choose,
});

function known(reference: ImageReference): boolean {
  return ['eclipse-temurin', 'maven', 'gradle', 'openjdk'].some((name) => isOfficial(reference, name));
}

function javaDeed(command: RunCommand): Deed | undefined {
  const { name = '' } = command;
  const plain = command.words.map(({ value, text }) => value ?? text);
  if (/^(?:mvn|mvnw|mvnd|gradle|gradlew|ant|sbt)$/.test(name)) {
    const prepares =
      plain.some((word) => /^dependency:|^dependencies$/.test(word)) || plain.every((word) => word.startsWith('-'));
    return prepares ? buildOnly : { ...buildOnly, unnamed: true };
  }
  if (/^(?:javadoc|kotlinc|javap|jdeps)$/.test(name)) return buildOnly;
  if (name === 'jlink' || name === 'native-image' || name === 'jpackage')
    return { kind: 'refused', reason: t('{0} makes a runtime of its own', name) };
  if (name === 'javac') {
    const option = plain.indexOf('-d');
    const folder = absolutePath(command.words[option + 1]?.value, command.directory);
    return option < 0 || folder === undefined
      ? { kind: 'refused', reason: t('it is not known where {0} writes its program', 'javac') }
      : { ...buildOnly, trees: [folder] };
  }
  if (name === 'jar') {
    const separate = plain.findIndex((word) => /^(?:-f|--file)$/.test(word));
    const joined = plain.find((word) => word.startsWith('--file='))?.slice(7);
    const old = /^-?c[a-zA-Z]*f/.test(plain[0] ?? '') ? command.words[1]?.value : undefined;
    const output = absolutePath(
      joined ?? (separate >= 0 ? command.words[separate + 1]?.value : old),
      command.directory,
    );
    return output === undefined ? buildOnly : { ...buildOnly, outputs: [output] };
  }
  return undefined;
}

/** What `java` loads: the archive, or the folders and archives of the class path. */
function artifactsOf({ program, words }: StartCall): readonly string[] | undefined {
  if (!/(?:^|\/)java$/.test(program)) return undefined;
  const archive = words[words.indexOf('-jar') + 1];
  if (words.includes('-jar') && archive !== undefined) return [archive];
  const option = words.findIndex((word) => /^(?:-cp|-classpath|--class-path)$/.test(word));
  const path = option < 0 ? '.' : (words[option + 1] ?? '.');
  return path.split(':').filter((part) => part !== '');
}

function choose({ reading, carrying, packages }: CompiledFacts): Choice | string {
  const { single } = reading;
  const base = runtimeBase(single);
  if (base === undefined)
    return t('it is not known which image has the Java runtime of {0} alone', single.from.image.text);
  const lost = carrying.foreign.find((name) => !isBasicProgram(name) && !packages.includes(name));
  if (lost !== undefined) return t('the container runs {0}, which the runtime stage would not have', lost);
  return {
    base,
    head: [],
    tail: [],
    extra: [],
    cautions: [
      t('The image has the Java runtime without compiler and tools ({0}).', base.written),
      t('Of what the build makes, only {0} is carried over.', carrying.programs.join(', ')),
    ],
  };
}

/** The JRE of the same version: `21-jdk-alpine` → `21-jre-alpine`; Maven's and Gradle's images name the version in the tag. */
function runtimeBase({ reference, from }: SingleStage): RuntimeBase | undefined {
  const { tag = '', digest } = reference;
  if (digest !== undefined) return undefined;
  const named = (image: string, written = image): RuntimeBase => ({
    written,
    expanded: image,
    shell: true,
    same: false,
  });
  if (isOfficial(reference, 'eclipse-temurin')) {
    const written = from.image.text;
    if (!/-jdk(?:-|$)/.test(tag) || !/-jdk(?:-|$)/.test(written)) return undefined;
    return named(`eclipse-temurin:${tag.replace(/-jdk(?=-|$)/, '-jre')}`, written.replace(/-jdk(?=-|$)/, '-jre'));
  }
  const version =
    /(?:eclipse-temurin-|openjdk-|jdk-?)(\d+)/.exec(tag)?.[1] ??
    (isOfficial(reference, 'openjdk') ? /^(\d+)/.exec(tag)?.[1] : undefined);
  if (version === undefined || /corretto|sapmachine|graal|semeru|ibm|windows/.test(tag)) return undefined;
  return named(`eclipse-temurin:${version}-jre${tag.includes('alpine') ? '-alpine' : ''}`);
}
