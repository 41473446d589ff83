/** What a route of the API is: one object in one file of routes/, which the router and the OpenAPI document both read. */
import type { Request, Response } from "express";
import { z } from "zod";
import { AppError, type ErrorCode } from "../errors.ts";
import { RUN_STATUSES } from "../model/run.ts";
import type { Page, RunFilter } from "../model/store.ts";
import type { ServerDeps } from "./deps.ts";
import { parseTime, TIME_HELP } from "./time.ts";

type DeepReadonly<T> = T extends (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

export type Method = "get" | "post" | "delete";

interface RouteBase {
  readonly method: Method;
  /** Below /api/v1, in OpenAPI's spelling: `/runs/{id}`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string | undefined;
  /** What each `{name}` of the path is. */
  readonly params?: Readonly<Record<string, string>> | undefined;
  readonly query?: z.ZodObject | undefined;
  /** A JSON document. */
  readonly body?: z.ZodObject | undefined;
  /** Left out: a small one, 64 KiB. */
  readonly maxBodyBytes?: number | undefined;
  /** Codes a caller has to expect, beside those every route may give. */
  readonly errors: readonly ErrorCode[];
}

export interface RouteInput<Q, B> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
}

/** Answers 200 with `data` in the envelope. */
export interface QueryRoute extends RouteBase {
  readonly kind: "query";
  readonly data: z.ZodType;
  handle(deps: ServerDeps, input: RouteInput<never, never>): Promise<unknown>;
}

/** Reads and answers on its own; `responses` is for the document. */
export interface RawRoute extends RouteBase {
  readonly kind: "raw";
  readonly requestTypes: Readonly<Record<string, Record<string, unknown>>>;
  readonly responses: Readonly<Record<string, { readonly description: string; readonly schema: z.ZodType }>>;
  handle(context: RequestContext): Promise<void>;
}
export type ApiRoute = QueryRoute | RawRoute;

export interface RequestContext {
  readonly deps: ServerDeps;
  readonly request: Request;
  readonly response: Response;
  /** Address of this server as the client knows it, without a slash at the end. */
  readonly base: string;
}

/** Checks a handler against its schemas, then forgets the types. */
export function queryRoute<
  D extends z.ZodType,
  Q extends z.ZodObject = z.ZodObject<Record<never, never>>,
  B extends z.ZodObject = z.ZodObject<Record<never, never>>,
>(
  route: Omit<RouteBase, "query" | "body"> & {
    readonly query?: Q;
    readonly body?: B;
    readonly data: D;
    handle(deps: ServerDeps, input: RouteInput<z.output<Q>, z.output<B>>): Promise<DeepReadonly<z.output<D>>>;
  },
): QueryRoute {
  return { kind: "query", ...route } as unknown as QueryRoute;
}

// ---- parameters that several routes share ------------------------------------------------------------------------

const name = z.string().max(1000);
const time = z.string().max(40);

export const filterShape = {
  project: name.optional(),
  environment: name.optional(),
  suite: name.optional(),
  branch: name.optional().describe("The branch itself or its exposed label."),
  status: z.enum(RUN_STATUSES).optional(),
  from: time.optional().describe(`Runs that ended at or after: ${TIME_HELP}.`),
  to: time.optional().describe(`Runs that ended before: ${TIME_HELP}.`),
};

export const pageShape = {
  limit: z.coerce.number().int().min(1).max(1000).default(100).describe("Most items in one answer."),
  cursor: z.string().max(1000).optional().describe("nextCursor of the previous answer."),
};

type FilterQuery = z.output<z.ZodObject<typeof filterShape>>;

export function filterOf(query: FilterQuery, nowMs: number): RunFilter {
  const fromMs = timeOf("from", query.from, nowMs);
  const toMs = timeOf("to", query.to, nowMs);
  if (fromMs !== undefined && toMs !== undefined && fromMs > toMs) {
    throw new AppError("REQUEST_INVALID", "from is after to");
  }
  const { project, environment, suite, branch, status } = query;
  return { project, environment, suite, branch, status, fromMs, toMs };
}

/** Throws REQUEST_INVALID naming the parameter. */
export function timeOf(parameter: string, text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseTime(text, nowMs);
  if (ms === undefined) {
    throw new AppError("REQUEST_INVALID", `${parameter}: expected ${TIME_HELP}, got ${JSON.stringify(text)}`);
  }
  return ms;
}

export const pageOf = ({ limit, cursor }: { limit: number; cursor?: string | undefined }): Page => ({ limit, cursor });
