import { z } from "zod";
import type { ApiRoute, RawRoute } from "../api.ts";
import { openApiDocument } from "../openapi.ts";
import { answer } from "../problem.ts";

/** `routes` is called at the first request: the document describes this route too. */
export function openApiRoute(routes: () => readonly ApiRoute[], prefix: string): RawRoute {
  let text: string | undefined;
  return {
    kind: "raw",
    method: "get",
    path: "/openapi.json",
    operationId: "getOpenApi",
    summary: "This document.",
    errors: [],
    requestTypes: {},
    responses: { "200": { description: "OpenAPI 3.1.", schema: z.looseObject({ openapi: z.string() }) } },
    async handle({ request, response, deps }) {
      text ??= JSON.stringify(openApiDocument(routes(), { version: deps.version, prefix }));
      answer(request, response, 200, { "Content-Type": "application/json; charset=utf-8" }, text);
    },
  };
}
