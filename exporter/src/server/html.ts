/** The few plain pages that are not part of the built-in page: error codes and runbooks. No script, one small style. */
import { createHash } from "node:crypto";

/** Long lines of code wrap: on a telephone at night nobody wants to scroll a runbook sideways. */
const STYLE = `body{max-width:60rem;margin:0 auto;padding:1rem;font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
code,pre{font-family:ui-monospace,monospace;font-size:.88em}
pre{padding:.6rem .8rem;border:1px solid;border-radius:6px;white-space:pre-wrap}`;

/** With every page that `htmlPage` makes: the policy allows its style and nothing else. */
export const HTML_HEADERS = {
  "Content-Type": "text/html; charset=utf-8",
  "Content-Security-Policy": `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; frame-ancestors 'none'; base-uri 'none'`,
};

export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)} - Plumbline</title>
<style>${STYLE}</style>
${body}
</html>
`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** The Markdown of our own runbooks: headings, paragraphs, lists, fenced code, inline code, bold, links. */
export function markdownToHtml(markdown: string): string {
  const out: string[] = [];
  let paragraph: string[] = [];
  let list: "ul" | "ol" | undefined;
  let code: string[] | undefined;
  const flush = (): void => {
    if (paragraph.length > 0) out.push(`<p>${inline(paragraph.join(" "))}</p>`);
    paragraph = [];
  };
  const endList = (): void => {
    if (list !== undefined) out.push(`</${list}>`);
    list = undefined;
  };
  for (const line of markdown.split(/\r?\n/)) {
    if (code !== undefined) {
      if (/^\s*```/.test(line)) {
        out.push(`<pre><code>${escapeHtml(code.join("\n"))}</code></pre>`);
        code = undefined;
      } else code.push(line);
      continue;
    }
    const heading = /^(#{1,6})\s+(.*)$/.exec(line);
    const item = /^\s*(?:([-*])|\d+\.)\s+(.*)$/.exec(line);
    if (/^\s*```/.test(line)) {
      flush();
      code = [];
    } else if (heading !== null) {
      flush();
      endList();
      const level = heading[1]!.length;
      out.push(`<h${level}>${inline(heading[2]!)}</h${level}>`);
    } else if (item !== null) {
      flush();
      const kind = item[1] === undefined ? "ol" : "ul";
      if (list !== kind) {
        endList();
        out.push(`<${kind}>`);
        list = kind;
      }
      out.push(`<li>${inline(item[2]!)}</li>`);
    } else if (line.trim() === "") {
      flush();
    } else if (list !== undefined && paragraph.length === 0 && /^\s/.test(line)) {
      // A list item that goes on in the next line.
      const last = out.at(-1)!;
      if (last.endsWith("</li>")) out[out.length - 1] = `${last.slice(0, -5)} ${inline(line.trim())}</li>`;
      else paragraph.push(line.trim());
    } else {
      endList();
      paragraph.push(line.trim());
    }
  }
  if (code !== undefined) out.push(`<pre><code>${escapeHtml(code.join("\n"))}</code></pre>`);
  flush();
  endList();
  return out.join("\n");
}

function inline(text: string): string {
  return text
    .split(/(`[^`]+`)/)
    .map((piece, index) =>
      index % 2 === 1
        ? `<code>${escapeHtml(piece.slice(1, -1))}</code>`
        : escapeHtml(piece)
            .replace(/\*\*([^*]+)\*\*/g, "<strong>$1</strong>")
            .replace(
              /\[([^\]]+)\]\(((?:https?:\/\/|\.{0,2}\/|#)?[\w./#?=&;:%~+-]*)\)/g,
              (whole, label: string, to: string) =>
                /^[a-z]+:/i.test(to) && !/^https?:/i.test(to) ? whole : `<a href="${to}">${label}</a>`,
            ),
    )
    .join("");
}
