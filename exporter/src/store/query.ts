/** Filters, pages and cursors in SQL. */
import { AppError } from "../errors.ts";
import type { Page, Paged, RunFilter } from "../model/store.ts";

export type Value = string | number;
export interface Condition {
  readonly sql: string;
  readonly values: Value[];
}
export type All = <T>(sql: string, ...values: Value[]) => T[];

/** WHERE clause over `run r`. */
export function condition(filter: RunFilter): Condition {
  const parts: string[] = [];
  const values: Value[] = [];
  const add = (sql: string, ...given: Value[]): void => {
    parts.push(sql);
    values.push(...given);
  };
  if (filter.project !== undefined) add("r.project = ?", filter.project);
  if (filter.environment !== undefined) add("r.environment = ?", filter.environment);
  if (filter.branch !== undefined) add("(r.branch = ? OR r.branch_label = ?)", filter.branch, filter.branch);
  if (filter.status !== undefined) add("r.status = ?", filter.status);
  if (filter.fromMs !== undefined) add("r.ended_ms >= ?", filter.fromMs);
  if (filter.toMs !== undefined) add("r.ended_ms < ?", filter.toMs);
  if (filter.suite !== undefined)
    add("EXISTS (SELECT 1 FROM suite_result f WHERE f.run = r.id AND f.suite = ?)", filter.suite);
  return { sql: parts.length === 0 ? "1" : parts.join(" AND "), values };
}

/** The same over `run r` and rows of its suites, of which a suite filter takes only its own: `column` names theirs. */
export function suiteCondition(filter: RunFilter, column: string): Condition {
  const { suite, ...rest } = filter;
  const where = condition(rest);
  return suite === undefined ? where : { sql: `${where.sql} AND ${column} = ?`, values: [...where.values, suite] };
}

/** Cursors are opaque to users: base64url of the last row's key. */
const encodeCursor = (key: readonly number[]): string => Buffer.from(JSON.stringify(key)).toString("base64url");

export function decodeCursor(cursor: string, length: number): number[] {
  let key: unknown;
  try {
    key = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    key = undefined;
  }
  if (Array.isArray(key) && key.length === length && key.every((one) => Number.isSafeInteger(one)))
    return key as number[];
  throw new AppError("REQUEST_INVALID", "cursor is not one that an earlier answer gave");
}

export function limitOf(page: Page): number {
  if (!Number.isInteger(page.limit) || page.limit < 1 || page.limit > 1000)
    throw new AppError("REQUEST_INVALID", `limit must be 1 to 1000, got ${page.limit}`);
  return page.limit;
}

/** `rows` holds one more than the limit when there is a next page. */
export function paged<R, T>(rows: R[], limit: number, key: (row: R) => number[], map: (row: R) => T): Paged<T> {
  const more = rows.length > limit;
  const kept = more ? rows.slice(0, limit) : rows;
  return { items: kept.map(map), nextCursor: more ? encodeCursor(key(kept.at(-1)!)) : undefined };
}
