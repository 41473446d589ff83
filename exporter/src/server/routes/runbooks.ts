import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { RequestHandler } from "express";
import { AppError } from "../../errors.ts";
import { escapeHtml, HTML_HEADERS, htmlPage, markdownToHtml } from "../html.ts";
import { answer } from "../problem.ts";

const HTML = { ...HTML_HEADERS, Vary: "Accept" };

/** The page an alert links to: HTML for people, the Markdown itself for `NAME.md` or whoever asks for it. */
export function runbook(folder: string): RequestHandler {
  return async (request, response) => {
    const [, name, extension] = /^([A-Za-z0-9_-]{1,100})(\.md)?$/.exec(String(request.params.name)) ?? [];
    const text = name === undefined ? undefined : await textOf(join(folder, `${name}.md`));
    if (name === undefined || text === undefined) throw new AppError("NOT_FOUND", "there is no such runbook");
    const html = extension === undefined && request.accepts(["html", "text/markdown"]) === "html";
    if (html) answer(request, response, 200, HTML, htmlPage(name, markdownToHtml(text)));
    else answer(request, response, 200, { "Content-Type": "text/markdown; charset=utf-8", Vary: "Accept" }, text);
  };
}

export function runbookIndex(folder: string): RequestHandler {
  return async (request, response) => {
    const files = await readdir(folder).catch(() => [] as string[]);
    const prefix = /\/runbooks\/(\?|$)/.test(request.originalUrl) ? "" : "runbooks/";
    const names = files.filter((file) => file.endsWith(".md")).map((file) => escapeHtml(file.slice(0, -3)));
    const rows = names.sort().map((name) => `<li><a href="${prefix}${name}">${name}</a></li>`);
    answer(request, response, 200, HTML, htmlPage("Runbooks", `<h1>Runbooks</h1>\n<ul>\n${rows.join("\n")}\n</ul>`));
  };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
