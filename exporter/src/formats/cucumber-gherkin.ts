/**
 * What messages tell of features and scenarios before they run. A file is forgotten when all of its scenarios have become pickles and the
 * next file comes, a pickle when its scenario has been reported.
 */
import { MAX_NAME } from "../model/test.ts";
import { arrayField, field, isObject, type JsonObject, numberField, objectField, stringField } from "./json.ts";
import { OpenMap } from "./open-map.ts";
import { cut, plain } from "./text.ts";

/** A feature's file, until its scenarios have become pickles. */
interface Document {
  readonly uri: string;
  readonly feature: string;
  readonly nodes: string[];
  /** Scenarios and rows of examples that have not become pickles yet. */
  left: number;
}

/** A scenario, or a row of its examples. */
interface Node {
  readonly document: Document;
  readonly line: number | undefined;
  readonly rule: string | undefined;
  /** It has become one, or never will: a scenario with examples. */
  isPickle: boolean;
}

interface Pickle {
  readonly name: string;
  readonly uri: string | undefined;
  readonly line: number | undefined;
  readonly nodes: readonly string[];
  /** What only its file says of it. */
  feature: string | undefined;
  nodeLine: number | undefined;
  rule: string | undefined;
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

const name = (text: string): string => cut(plain(text).trim(), MAX_NAME);

export class CucumberGherkin {
  readonly #documents = new OpenMap<string, Document>();
  readonly #nodes = new OpenMap<string, Node>();
  /** All of their scenarios are pickles. */
  #complete: Document[] = [];
  readonly #pickles = new OpenMap<string, Pickle>();
  readonly #cases = new OpenMap<string, TestCase>();
  readonly #hooks = new Map<string, string>();

  document(value: JsonObject): void {
    const feature = objectField(value, "feature");
    if (feature === undefined) return;
    this.#forgetComplete();
    const uri = stringField(value, "uri") ?? "";
    const document: Document = { uri, feature: name(stringField(feature, "name") ?? ""), nodes: [], left: 0 };
    this.#documents.set(uri, document);
    this.#children(document, feature, undefined);
    if (document.left === 0) this.#complete.push(document);
  }

  #forgetComplete(): void {
    for (const document of this.#complete) {
      for (const id of document.nodes) if (this.#nodes.get(id)?.document === document) this.#nodes.delete(id);
      if (this.#documents.get(document.uri) === document) this.#documents.delete(document.uri);
    }
    this.#complete = [];
  }

  #children(document: Document, parent: JsonObject, rule: string | undefined): void {
    for (const child of objects(parent, "children")) {
      const inner = objectField(child, "rule");
      if (inner !== undefined && rule === undefined)
        this.#children(document, inner, name(stringField(inner, "name") ?? ""));
      const scenario = objectField(child, "scenario");
      if (scenario === undefined) continue;
      const examples = objects(scenario, "examples");
      this.#node(document, scenario, rule, examples.length === 0);
      for (const table of examples) for (const row of objects(table, "tableBody")) this.#node(document, row, "", true);
    }
  }

  #node(document: Document, node: JsonObject, rule: string | undefined, becomesPickle: boolean): void {
    const id = stringField(node, "id");
    if (id === undefined) return;
    const line = lineOf(node);
    this.#nodes.set(id, { document, line, rule: rule === "" ? undefined : rule, isPickle: !becomesPickle });
    document.nodes.push(id);
    if (becomesPickle) document.left++;
  }

  pickle(value: JsonObject): void {
    const id = stringField(value, "id");
    if (id === undefined) return;
    const steps = new Map<string, string>();
    for (const step of objects(value, "steps")) {
      const stepId = stringField(step, "id");
      if (stepId !== undefined) steps.set(stepId, name(stringField(step, "text") ?? ""));
    }
    const uri = stringField(value, "uri");
    const pickle: Pickle = {
      name: name(stringField(value, "name") ?? ""),
      uri: uri === undefined || uri === "" ? undefined : name(uri),
      line: lineOf(value),
      nodes: (arrayField(value, "astNodeIds") ?? []).filter((node) => typeof node === "string"),
      feature: undefined,
      nodeLine: undefined,
      rule: undefined,
      steps,
    };
    this.#pickles.set(id, pickle);
    this.#findWritten(pickle);
    const last = this.#nodes.get(pickle.nodes.at(-1) ?? "");
    if (last === undefined || last.isPickle) return;
    last.isPickle = true;
    if (--last.document.left === 0) this.#complete.push(last.document);
  }

  /** As far as the file has been told of. */
  #findWritten(pickle: Pickle): void {
    pickle.feature ??= this.#documents.get(pickle.uri ?? "")?.feature;
    pickle.nodeLine ??= this.#nodes.get(pickle.nodes.at(-1) ?? "")?.line;
    pickle.rule ??= this.#nodes.get(pickle.nodes[0] ?? "")?.rule;
  }

  hook(value: JsonObject): void {
    const id = stringField(value, "id");
    const kind = stringField(value, "name") ?? stringField(value, "type") ?? "hook";
    if (id !== undefined) this.#hooks.set(id, name(kind));
  }

  testCase(value: JsonObject): void {
    const id = stringField(value, "id");
    if (id === undefined) return;
    const steps = new Map<string, { pickleStepId: string | undefined; hookId: string | undefined }>();
    for (const step of objects(value, "testSteps")) {
      const stepId = stringField(step, "id");
      if (stepId !== undefined)
        steps.set(stepId, { pickleStepId: idField(step, "pickleStepId"), hookId: idField(step, "hookId") });
    }
    this.#cases.set(id, { pickleId: stringField(value, "pickleId") ?? "", steps });
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
    this.#findWritten(pickle);
    const feature = pickle.feature || pickle.uri;
    return {
      name: pickle.name === "" ? "(unnamed)" : pickle.name,
      line: pickle.line ?? pickle.nodeLine,
      path: feature === undefined ? [] : [feature],
      rule: pickle.rule,
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
  return typeof id === "string" && id !== "" ? id : undefined;
}

function lineOf(object: JsonObject): number | undefined {
  const line = numberField(objectField(object, "location") ?? {}, "line");
  return line !== undefined && line > 0 ? line : undefined;
}

function objects(parent: JsonObject, key: string): readonly JsonObject[] {
  return (arrayField(parent, key) ?? []).filter(isObject);
}
