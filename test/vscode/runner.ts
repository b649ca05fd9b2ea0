/**
 * The test runner inside the extension host: `describe`, `it`, hooks, results on the console. Small on purpose: mocha
 * would have to be bundled, and its global state does not survive two bundles.
 */

type Body = () => void | Promise<void>;

interface Test {
  readonly name: string;
  readonly body: Body;
  readonly before: readonly Body[];
  readonly after: readonly Body[];
}

interface Scope {
  readonly names: readonly string[];
  readonly before: Body[];
  readonly after: Body[];
}

const tests: Test[] = [];
let scope: Scope = { names: [], before: [], after: [] };

/** Groups tests; hooks inside hold for the group only. */
export function describe(name: string, define: () => void): void {
  const outer = scope;
  scope = { names: [...outer.names, name], before: [...outer.before], after: [...outer.after] };
  define();
  scope = outer;
}

/** Runs before each test of the group that is defined after it. */
export function beforeEach(body: Body): void {
  scope.before.push(body);
}

/** Runs after each test of the group that is defined after it, also after one that failed. */
export function afterEach(body: Body): void {
  scope.after.push(body);
}

/** Defines a test. */
export function it(name: string, body: Body): void {
  tests.push({ name: [...scope.names, name].join(' › '), body, before: [...scope.before], after: [...scope.after] });
}

/** A test that has not ended after this many milliseconds has failed; a real editor on a busy machine is slow. */
const timeLimit = 150_000;

async function withTimeLimit(body: Body): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${timeLimit / 1000} s`)), timeLimit);
  });
  try {
    await Promise.race([Promise.resolve(body()), limit]);
  } finally {
    clearTimeout(timer);
  }
}

async function runTest(test: Test): Promise<Error | undefined> {
  let failure: Error | undefined;
  const attempt = async (body: Body): Promise<void> => {
    try {
      await withTimeLimit(body);
    } catch (error) {
      failure ??= error instanceof Error ? error : new Error(String(error));
    }
  };
  for (const hook of test.before) if (!failure) await attempt(hook);
  if (!failure) await attempt(test.body);
  for (const hook of test.after) await attempt(hook);
  return failure;
}

export interface Selection {
  /** Texts of which a test's name must hold one; empty: every test. */
  readonly only: readonly string[];
  /** Texts of which a test's name must hold none. */
  readonly except: readonly string[];
}

function isSelected({ name }: Test, { only, except }: Selection): boolean {
  return (only.length === 0 || only.some((text) => name.includes(text))) && !except.some((text) => name.includes(text));
}

/**
 * Runs the selected tests and prints each result and the counts `N passed, N failed`.
 * @param mark put before each line, to tell the results from what the editor itself logs
 * @throws when a test failed or none ran
 */
export async function runTests(selection: Selection, mark: string): Promise<void> {
  const print = (text: string): void => console.log(text.replace(/^/gm, mark));
  let passed = 0;
  let failed = 0;
  for (const test of tests.filter((each) => isSelected(each, selection))) {
    const started = performance.now();
    const failure = await runTest(test);
    const time = `${Math.round(performance.now() - started)} ms`;
    if (failure) {
      failed += 1;
      print(`✖ ${test.name} (${time})\n${(failure.stack ?? failure.message).replace(/^/gm, '    ')}`);
    } else {
      passed += 1;
      print(`✔ ${test.name} (${time})`);
    }
  }
  print(`${passed} passed, ${failed} failed`);
  if (failed > 0) throw new Error(`${failed} tests failed`);
  if (passed === 0) throw new Error('no test ran');
}
