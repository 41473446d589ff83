import { FAMILIES } from "./catalogue.ts";
import { labelNames } from "./labels.ts";

/** The catalogue as a Markdown table; the source of docs/metrics.md and of the README. Ends with a line feed. */
export function metricsTable(): string {
  const rows = FAMILIES.map((family) => {
    const labels = labelNames(family).map((name) => `\`${name}\``);
    return [`\`${family.name}\``, family.type, labels.join(", "), family.help];
  });
  const lines = [["Name", "Type", "Labels", "Help"], ["---", "---", "---", "---"], ...rows];
  return lines.map((cells) => `| ${cells.map(escapeCell).join(" | ")} |\n`).join("");
}

const escapeCell = (text: string): string => text.replaceAll("|", "\\|");
