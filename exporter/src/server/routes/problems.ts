import type { RequestHandler } from "express";
import { AppError, ERROR_CODES, type ErrorCode } from "../../errors.ts";
import { escapeHtml, HTML_HEADERS, htmlPage } from "../html.ts";
import { answer } from "../problem.ts";

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

/** What the `type` of a problem document points to. */
export const problemPage: RequestHandler = (request, response) => {
  const code = CODES.find((one) => one === request.params.code);
  if (code === undefined) throw new AppError("NOT_FOUND", "there is no such error code");
  const { title, http, hint, exit } = ERROR_CODES[code];
  const body = [
    `<h1>${code}</h1>`,
    `<p>${escapeHtml(title)}.</p>`,
    `<p>What to do: ${escapeHtml(hint)}.</p>`,
    `<p>HTTP status ${http}; exit status ${exit} on the command line.</p>`,
    `<p><a href="./">All codes</a></p>`,
  ];
  answer(request, response, 200, HTML_HEADERS, htmlPage(code, body.join("\n")));
};

export const problemIndex: RequestHandler = (request, response) => {
  const { originalUrl } = request;
  const folder = /\/problems\/(\?|$)/.test(originalUrl) ? "" : "problems/";
  const rows = CODES.map(
    (code) => `<li><a href="${folder}${code}">${code}</a>: ${escapeHtml(ERROR_CODES[code].title)}</li>`,
  );
  answer(
    request,
    response,
    200,
    HTML_HEADERS,
    htmlPage("Error codes", `<h1>Error codes</h1>\n<ul>\n${rows.join("\n")}\n</ul>`),
  );
};
