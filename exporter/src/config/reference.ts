/** The reference of the configuration, from its schema: a Markdown table and a JSON Schema. Pure. */
import { expectation, type SchemaNode, schemaRoot } from "./describe.ts";

/** A name, not an address: the schema is published as docs/config.schema.json and printed by `config schema`. */
export const SCHEMA_ID = "urn:plumbline:config.schema";

/** JSON Schema, draft 2020-12, of what a user may write. */
export function configJsonSchema(): object {
  const { $schema, ...rest } = schemaRoot() as SchemaNode & { $schema?: string };
  return {
    $schema: $schema ?? "https://json-schema.org/draft/2020-12/schema",
    $id: SCHEMA_ID,
    title: "Plumbline configuration",
    ...rest,
  };
}

interface Row {
  readonly key: string;
  readonly type: string;
  readonly fallback: string;
  readonly description: string;
}

/** Markdown table of every key: key, type, default, description. */
export function configReference(): string {
  const lines = rowsOf(schemaRoot(), "", {}).map(
    (row) => `| \`${row.key}\` | ${cell(row.type)} | ${row.fallback} | ${cell(row.description)} |`,
  );
  return ["| Key | Type | Default | Description |", "|---|---|---|---|", ...lines, ""].join("\n");
}

/** Markdown table of the keys at the top, for those who look for a place to begin. */
export function configOverview(): string {
  const lines = rowsOf(schemaRoot(), "", {})
    .filter(({ key }) => !/[.[]/.test(key))
    .map(({ key, type, fallback, description }) => {
      const shown = type === "section" || type === "list of mappings" ? "" : fallback;
      return `| \`${key}\` | ${shown} | ${cell(description)} |`;
    });
  return ["| Key | Default | What it holds |", "|---|---|---|", ...lines, ""].join("\n");
}

/** `inherited`: the default of the section around, which wins where the section is left out as a whole. */
function rowsOf(node: SchemaNode, prefix: string, inherited: Readonly<Record<string, unknown>>): Row[] {
  return Object.entries(node.properties ?? {}).flatMap(([name, child]): Row[] => {
    const key = prefix === "" ? name : `${prefix}.${name}`;
    const description = child.description ?? "";
    const value = inherited[name] ?? child.default;
    if (child.properties !== undefined) {
      const section = (value ?? {}) as Record<string, unknown>;
      return [{ key, type: "section", fallback: "", description }, ...rowsOf(child, key, section)];
    }
    const fallback = value !== undefined ? inCode(value) : (node.required ?? []).includes(name) ? "required" : "none";
    return [
      { key, type: typeText(child), fallback, description },
      ...(child.items === undefined ? [] : rowsOf(child.items, `${key}[]`, {})),
    ];
  });
}

function typeText(node: SchemaNode): string {
  const { items } = node;
  if (items === undefined) return expectation(node).replace(/^an? /, "");
  return `list of ${items.properties === undefined ? (items.type === "string" ? "texts" : "numbers") : "mappings"}`;
}

const inCode = (value: unknown): string => `\`${cell(JSON.stringify(value))}\``;

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
