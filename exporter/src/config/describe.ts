/**
 * Reads the configuration schema as JSON Schema, the one form that error messages, the reference table and the published
 * schema share.
 */
import { z } from "zod";
import { configSchema } from "./schema.ts";

/** The part of JSON Schema that our schema uses. */
export interface SchemaNode {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly required?: readonly string[];
  readonly items?: SchemaNode;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

export type ConfigPath = readonly (string | number)[];

let cached: SchemaNode | undefined;

/** What a user may write (`io: "input"`: keys with a default are optional). */
export function schemaRoot(): SchemaNode {
  cached ??= z.toJSONSchema(configSchema, { io: "input", target: "draft-2020-12" }) as SchemaNode;
  return cached;
}

/** The schema of one place; undefined where the path leaves the schema. */
export function schemaAt(path: ConfigPath): SchemaNode | undefined {
  let node: SchemaNode | undefined = schemaRoot();
  for (const step of path) {
    if (node === undefined) return undefined;
    if (typeof step === "number") node = node.items;
    else node = Object.hasOwn(node.properties ?? {}, step) ? node.properties?.[step] : undefined;
  }
  return node;
}

/** `gates[2].maxIncrease` */
export function formatPath(path: ConfigPath): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : `${i === 0 ? "" : "."}${step}`)).join("");
}

/** What belongs there, as words: `a ratio from 0 to 1`, `a whole number > 0`, `one of avg, min, max`. */
export function expectation(node: SchemaNode): string {
  if (node.enum !== undefined) return `one of ${node.enum.join(", ")}`;
  switch (node.type) {
    case "number":
    case "integer":
      return numberText(node);
    case "boolean":
      return "true or false";
    case "string":
      if (node.format === "uri") return "an http or https address";
      if (node.format === "email") return "a mail address such as team@example.org";
      return (node.minLength ?? 0) > 0 ? "a text that is not empty" : "a text";
    case "array":
      return (node.minItems ?? 0) > 0 ? "a list that is not empty" : "a list";
    default:
      return "a mapping (key: value)";
  }
}

function numberText(node: SchemaNode): string {
  const whole = node.type === "integer";
  const max = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum;
  if (!whole && node.minimum === 0 && max === 1) return "a ratio from 0 to 1";
  const bounds = [
    node.minimum === undefined || node.minimum === Number.MIN_SAFE_INTEGER ? "" : `>= ${node.minimum}`,
    node.exclusiveMinimum === undefined ? "" : `> ${node.exclusiveMinimum}`,
    max === undefined ? "" : `<= ${max}`,
    node.exclusiveMaximum === undefined ? "" : `< ${node.exclusiveMaximum}`,
  ].filter((text) => text !== "");
  return [whole ? "a whole number" : "a number", bounds.join(" and ")].filter((text) => text !== "").join(" ");
}
