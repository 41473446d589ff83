/** `docs/dashboards.md`: every dashboard, and every panel with its question and its queries. */
import type { Config } from "../../exporter/src/config/schema.ts";
import { SCOPE } from "../../prometheus/src/alert.ts";
import { dashboards } from "./dashboards.ts";
import { FOLDERS, type Folder } from "./folders.ts";
import type { Dashboard } from "./helper.ts";
import { matchersOf } from "./scope.ts";

interface Shown {
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly targets?: readonly { readonly refId?: string; readonly expr?: string }[];
}

/** Without a heading of the first level and the note that it is generated: the caller has those. */
export const dashboardsText = (config: Config): string =>
  [...dashboards(config)].map(([path, dashboard]) => section(path, dashboard)).join("\n");

function section(path: string, dashboard: Dashboard): string {
  const [folder = "", file = ""] = path.split("/");
  const title = FOLDERS[folder as Folder];
  const marks = (dashboard.annotations?.list ?? []).flatMap((one) =>
    one.expr === undefined ? [] : [`- ${one.name}: ${code(one.expr)}`],
  );
  return `## ${dashboard.title}

${dashboard.description} In the folder "${title}"; uid \`${dashboard.uid}\`, file \`grafana/dashboards/${folder}/${file}\`; from
\`${dashboard.time?.from}\`, refreshed every ${dashboard.refresh}.

${marks.length === 0 ? "" : `Marks:\n\n${marks.join("\n")}\n\n`}${rows(dashboard)}`;
}

function rows(dashboard: Dashboard): string {
  let open = false;
  const lines: string[] = [];
  for (const panel of (dashboard.panels ?? []) as readonly Shown[]) {
    if (panel.type === "row") {
      lines.push(`${open ? "\n" : ""}### ${panel.title}\n`, "| Panel | Question | Query |", "|---|---|---|");
      open = true;
    } else {
      // Tiles with a course ask the same twice: over time, and for now.
      const queries = [...new Set((panel.targets ?? []).map(({ expr = "" }) => code(expr)))];
      lines.push(`| ${cell(panel.title)} | ${cell(panel.description)} | ${queries.join("<br>")} |`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** What nearly every query has, in fewer letters: a page of queries is read, not run. */
const short = (expr: string): string =>
  expr
    .replaceAll(matchersOf(SCOPE).join(","), "$scope")
    .replace(/`\$\{(\w+):regex\}`/g, '"$$$1"')
    .replaceAll("max without (instance, pod, job) (", "once(")
    .replace(/\s+/g, " ")
    .replace(/\( /g, "(")
    .replace(/ \)/g, ")");

const cell = (text = ""): string => text.replaceAll("|", "\\|").replace(/\s*\n\s*/g, " ");
/** In a table a code span may hold a bar only with a backslash before it, which is shown nowhere. */
const code = (expr: string): string => `\`${cell(short(expr))}\``;
