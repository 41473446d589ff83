/** The OpenAPI 3.1 document, made from the same route objects and schemas that answer requests. */
import { z } from "zod";
import { ERROR_CODES, type ErrorCode } from "../errors.ts";
import type { ApiRoute } from "./api.ts";
import { envelope, problem } from "./schemas.ts";

type Json = Record<string, unknown>;

/** What any route may answer. */
const COMMON_ERRORS: readonly ErrorCode[] = ["REQUEST_INVALID", "UNAUTHORIZED", "INTERNAL"];

export function openApiDocument(
  routes: readonly ApiRoute[],
  { version, prefix }: { version: string; prefix: string },
): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const route of routes) {
    const path = `/api/v1${route.path}`;
    paths[path] = { ...paths[path], [route.method]: operation(route, schemas) };
  }
  schemaOf(problem, schemas);
  return {
    openapi: "3.1.0",
    info: {
      title: "Plumbline",
      version,
      description: "Test reports in; runs, aggregations and metrics out. Times are UTC.",
      license: { name: "Apache-2.0", identifier: "Apache-2.0" },
    },
    servers: [{ url: prefix === "" ? "/" : prefix }],
    security: [{}, { basic: [] }],
    paths,
    components: { schemas, securitySchemes: { basic: { type: "http", scheme: "basic" } } },
  };
}

function operation(route: ApiRoute, schemas: Json): Json {
  const responses: Record<string, Json> = {};
  if (route.kind === "query") {
    responses["200"] = { description: "Success.", content: jsonContent(envelope(route.data), schemas) };
  } else {
    for (const [status, { description, schema }] of Object.entries(route.responses)) {
      responses[status] = { description, content: jsonContent(schema, schemas) };
    }
  }
  const byStatus = Map.groupBy([...COMMON_ERRORS, ...route.errors], (code) => String(ERROR_CODES[code].http));
  for (const [status, codes] of byStatus) {
    responses[status] = {
      description: codes.map((code) => `${code}: ${ERROR_CODES[code].title}.`).join(" "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    };
  }
  return {
    operationId: route.operationId,
    summary: route.summary,
    ...(route.description !== undefined && { description: route.description }),
    parameters: [...pathParameters(route), ...queryParameters(route)],
    ...requestBody(route, schemas),
    responses,
  };
}

function pathParameters(route: ApiRoute): Json[] {
  return [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    description: route.params?.[name!] ?? "",
    schema: { type: "string" },
  }));
}

function queryParameters(route: ApiRoute): Json[] {
  if (route.query === undefined) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(route.query, { io: "input" });
  return Object.entries(properties).map(([name, property]) => {
    const { description, ...schema } = property as Json;
    return { name, in: "query", required: required.includes(name), description: description ?? "", schema };
  });
}

function requestBody(route: ApiRoute, schemas: Json): Json {
  if (route.kind === "raw") {
    if (Object.keys(route.requestTypes).length === 0) return {};
    return { requestBody: { required: true, content: route.requestTypes } };
  }
  if (route.body === undefined) return {};
  const required = !route.body.safeParse({}).success;
  return { requestBody: { required, content: jsonContent(route.body, schemas, "input") } };
}

function jsonContent(schema: z.ZodType, schemas: Json, io: "input" | "output" = "output"): Json {
  return { "application/json": { schema: schemaOf(schema, schemas, io) } };
}

/** The schema with its named parts moved to components/schemas. */
function schemaOf(schema: z.ZodType, schemas: Json, io: "input" | "output" = "output"): Json {
  const { $schema: _, $defs, ...own } = z.toJSONSchema(schema, { io, target: "draft-2020-12" }) as Json;
  for (const [name, part] of Object.entries(($defs ?? {}) as Json)) schemas[name] = relocate(part);
  return relocate(own) as Json;
}

function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      key === "$ref" && typeof child === "string"
        ? child.replace("#/$defs/", "#/components/schemas/")
        : relocate(child),
    ]),
  );
}
