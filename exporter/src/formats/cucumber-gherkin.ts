/** What messages tell of features and scenarios before they run; forgotten when a scenario has been reported. */
import { MAX_NAME } from "../model/test.ts";
import { arrayField, field, isObject, type JsonObject, numberField, objectField, stringField } from "./json.ts";
import { cut, own, plain } from "./text.ts";

interface Pickle {
  readonly name: string;
  readonly uri: string | undefined;
  readonly line: number | undefined;
  readonly astNodeIds: readonly string[];
  readonly steps: ReadonlyMap<string, string>;
}

interface TestCase {
  readonly pickleId: string;
  readonly steps: ReadonlyMap<
    string,
    { readonly pickleStepId?: string | undefined; readonly hookId?: string | undefined }
  >;
}

export interface Scenario {
  readonly name: string;
  readonly line: number | undefined;
  /** Names of the suites. */
  readonly path: readonly string[];
  readonly rule: string | undefined;
  readonly file: string | undefined;
}

const name = (text: string): string => own(cut(plain(text).trim(), MAX_NAME));

export class CucumberGherkin {
  readonly #features = new Map<string, string>();
  /** Lines of scenarios and rows of examples, and the rules that scenarios are in, by node. */
  readonly #lines = new Map<string, number>();
  readonly #rules = new Map<string, string>();
  readonly #pickles = new Map<string, Pickle>();
  readonly #cases = new Map<string, TestCase>();
  readonly #hooks = new Map<string, string>();

  document(value: JsonObject): void {
    const feature = objectField(value, "feature");
    if (feature === undefined) return;
    this.#features.set(own(stringField(value, "uri") ?? ""), name(stringField(feature, "name") ?? ""));
    this.#children(feature, undefined);
  }

  #children(parent: JsonObject, rule: string | undefined): void {
    for (const child of objects(parent, "children")) {
      const inner = objectField(child, "rule");
      if (inner !== undefined && rule === undefined) this.#children(inner, name(stringField(inner, "name") ?? ""));
      const scenario = objectField(child, "scenario");
      if (scenario === undefined) continue;
      this.#node(scenario);
      const id = stringField(scenario, "id");
      if (id !== undefined && rule !== undefined && rule !== "") this.#rules.set(own(id), rule);
      for (const examples of objects(scenario, "examples"))
        for (const row of objects(examples, "tableBody")) this.#node(row);
    }
  }

  #node(node: JsonObject): void {
    const id = stringField(node, "id");
    const line = numberField(objectField(node, "location") ?? {}, "line");
    if (id !== undefined && line !== undefined && line > 0) this.#lines.set(own(id), line);
  }

  pickle(value: JsonObject): void {
    const id = stringField(value, "id");
    if (id === undefined) return;
    const steps = new Map<string, string>();
    for (const step of objects(value, "steps")) {
      const stepId = stringField(step, "id");
      if (stepId !== undefined) steps.set(own(stepId), name(stringField(step, "text") ?? ""));
    }
    const uri = stringField(value, "uri");
    const line = numberField(objectField(value, "location") ?? {}, "line");
    this.#pickles.set(own(id), {
      name: name(stringField(value, "name") ?? ""),
      uri: uri === undefined || uri === "" ? undefined : name(uri),
      line: line !== undefined && line > 0 ? line : undefined,
      astNodeIds: (arrayField(value, "astNodeIds") ?? []).filter((node) => typeof node === "string").map(own),
      steps,
    });
  }

  hook(value: JsonObject): void {
    const id = stringField(value, "id");
    const kind = stringField(value, "name") ?? stringField(value, "type") ?? "hook";
    if (id !== undefined) this.#hooks.set(own(id), name(kind));
  }

  testCase(value: JsonObject): void {
    const id = stringField(value, "id");
    if (id === undefined) return;
    const steps = new Map<string, { pickleStepId: string | undefined; hookId: string | undefined }>();
    for (const step of objects(value, "testSteps")) {
      const stepId = stringField(step, "id");
      if (stepId !== undefined)
        steps.set(own(stepId), { pickleStepId: idField(step, "pickleStepId"), hookId: idField(step, "hookId") });
    }
    this.#cases.set(own(id), { pickleId: own(stringField(value, "pickleId") ?? ""), steps });
  }

  step(testCaseId: string, testStepId: string | undefined): { readonly name: string; readonly isHook: boolean } {
    const testCase = this.#cases.get(testCaseId);
    const step = testCase?.steps.get(testStepId ?? "");
    if (step?.hookId !== undefined) return { name: this.#hooks.get(step.hookId) ?? "hook", isHook: true };
    const pickle = testCase === undefined ? undefined : this.#pickles.get(testCase.pickleId);
    return { name: pickle?.steps.get(step?.pickleStepId ?? "") ?? "", isHook: false };
  }

  scenario(testCaseId: string): Scenario {
    const pickle = this.#pickles.get(this.#cases.get(testCaseId)?.pickleId ?? "");
    if (pickle === undefined) return { name: "(unnamed)", line: undefined, path: [], rule: undefined, file: undefined };
    const nodes = pickle.astNodeIds;
    const feature = this.#features.get(pickle.uri ?? "") || pickle.uri;
    return {
      name: pickle.name === "" ? "(unnamed)" : pickle.name,
      line: pickle.line ?? this.#lines.get(nodes.at(-1) ?? ""),
      path: feature === undefined ? [] : [feature],
      rule: this.#rules.get(nodes[0] ?? ""),
      file: pickle.uri,
    };
  }

  /** A scenario that is not run again. */
  forget(testCaseId: string): void {
    this.#pickles.delete(this.#cases.get(testCaseId)?.pickleId ?? "");
    this.#cases.delete(testCaseId);
  }
}

function idField(object: JsonObject, key: string): string | undefined {
  const id = field(object, key);
  return typeof id === "string" && id !== "" ? own(id) : undefined;
}

function objects(parent: JsonObject, key: string): readonly JsonObject[] {
  return (arrayField(parent, key) ?? []).filter(isObject);
}
