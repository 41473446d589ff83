/** Which class and assembly a result belongs to: <TestDefinitions> says it, before the results or after them. */
import type { ReportSink } from "../model/format.ts";
import { type CaseResult, MAX_NAME, type SuiteNode } from "../model/test.ts";
import { assemblyName, splitTestName } from "./dotnet.ts";
import { HeldCases } from "./held-cases.ts";
import { cut, own } from "./text.ts";
import type { XmlAttributes } from "./xml.ts";

interface Definition {
  assembly: string | undefined;
  className: string | undefined;
}
/** Definitions that are kept; results of others go without their class. */
const MAX_DEFINITIONS = 300_000;
/** Of an id, as results and definitions are compared. */
export const MAX_ID = 100;

const FRAMEWORKS: readonly (readonly [RegExp, string])[] = [
  [/nunit/i, "NUnit"],
  [/xunit/i, "xUnit.net"],
  [/mstest|UnitTestAdapter/i, "MSTest"],
];

export class TrxTests {
  readonly #sink: ReportSink;
  readonly #definitions = new Map<string, Definition>();
  readonly #assemblies = new Map<
    string | undefined,
    { node: SuiteNode | undefined; classes: Map<string, SuiteNode> }
  >();
  readonly #suites = new Map<SuiteNode, number | undefined>();
  readonly #held = new HeldCases<string | undefined>((result, testId) => this.#emit(result, testId));
  /** Ids of the results that are held: once there are results, other definitions are of no use. */
  readonly #wanted = new Set<string>();
  #current: Definition | undefined;
  #complete = false;
  framework: string | undefined;

  constructor(sink: ReportSink) {
    this.#sink = sink;
  }

  /** A <UnitTest> or its like. */
  define(attributes: XmlAttributes): void {
    const id = attributes.get("id");
    const storage = attributes.get("storage");
    const isLate = this.#held.count > 0 && !this.#complete;
    if (
      id === undefined ||
      this.#definitions.size >= MAX_DEFINITIONS ||
      (isLate && !this.#wanted.has(cut(id, MAX_ID)))
    ) {
      this.#current = undefined;
      return;
    }
    this.#current = {
      assembly: storage === undefined || storage === "" ? undefined : assemblyName(storage),
      className: undefined,
    };
    this.#definitions.set(own(cut(id, MAX_ID)), this.#current);
  }

  /** `codeBase` keeps the case of letters that `storage` has lost. */
  method(attributes: XmlAttributes): void {
    const adapter = attributes.get("adapterTypeName");
    if (adapter !== undefined) this.framework ??= FRAMEWORKS.find(([pattern]) => pattern.test(adapter))?.[1];
    if (this.#current === undefined) return;
    const codeBase = attributes.get("codeBase");
    if (codeBase !== undefined && codeBase !== "") this.#current.assembly = assemblyName(codeBase);
    const className = attributes.get("className");
    // MSTest of Visual Studio 2010 appends the assembly: "Shop.Tests.Basket, Shop.Tests, Version=1.0.0.0, …".
    if (className !== undefined && className !== "")
      this.#current.className = own(cut(/^[^,[\]]+(?=,)/.exec(className)?.[0] ?? className, MAX_NAME));
  }

  /** The definitions are complete, so nothing has to wait. */
  defined(): void {
    this.#complete = true;
    this.#current = undefined;
    this.#held.flush();
    this.#wanted.clear();
  }

  add(result: CaseResult, testId: string | undefined): void {
    if (this.#complete) {
      this.#emit(result, testId);
      return;
    }
    const { released } = this.#held;
    this.#held.add(result, testId);
    if (this.#held.released !== released) this.#wanted.clear();
    else if (testId !== undefined) this.#wanted.add(own(testId));
  }

  finish(): void {
    this.#held.flush();
    if (this.#held.released > 0)
      this.#sink.warn({
        code: "LIMIT",
        message: `${this.#held.released} results stand too far before their definitions and have no class from there`,
      });
    for (const [suite, durationSeconds] of this.#suites) this.#sink.suite(suite, { durationSeconds });
  }

  /** The run's own name is made of user, machine and time; the assembly says more, when it is one. */
  get onlyAssembly(): string | undefined {
    const names = [...this.#assemblies.keys()];
    return names.length === 1 ? names[0] : undefined;
  }

  #emit(result: CaseResult, testId: string | undefined): void {
    const definition = testId === undefined ? undefined : this.#definitions.get(testId);
    const className = definition?.className;
    const suite = this.#suiteOf(definition);
    if (suite !== undefined && (!this.#suites.has(suite) || result.durationSeconds !== undefined)) {
      const before = this.#suites.get(suite);
      const seconds = result.durationSeconds;
      this.#suites.set(suite, seconds === undefined ? before : (before ?? 0) + seconds);
    }
    const { name } = result;
    if (className === undefined) this.#sink.case({ ...result, suite, ...splitTestName(name) });
    else {
      const repeats = name.startsWith(`${className}.`) && name.length > className.length + 1;
      this.#sink.case({ ...result, suite, className, name: repeats ? name.slice(className.length + 1) : name });
    }
  }

  #suiteOf(definition: Definition | undefined): SuiteNode | undefined {
    if (definition === undefined) return undefined;
    const { assembly: name, className } = definition;
    let assembly = this.#assemblies.get(name);
    if (assembly === undefined) {
      assembly = { node: name === undefined ? undefined : { name }, classes: new Map() };
      this.#assemblies.set(name, assembly);
    }
    if (className === undefined) return assembly.node;
    let suite = assembly.classes.get(className);
    if (suite === undefined) {
      suite = { name: className, parent: assembly.node };
      assembly.classes.set(className, suite);
    }
    return suite;
  }
}
