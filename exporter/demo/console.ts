/** What the demo prints: titles, notes, and checks that count. */
import { styleText } from "node:util";

const colour = process.stdout.isTTY && process.env.NO_COLOR === undefined;
const style = (format: Parameters<typeof styleText>[0], text: string): string =>
  colour ? styleText(format, text, { validateStream: false }) : text;

export const checks = { passed: 0, failed: 0 };

export const line = (text: string): void => void process.stdout.write(`${text}\n`);
export const title = (text: string): void => line(`\n${style("bold", text)}`);
export const note = (text: string): void => line(style("dim", `  ${text}`));

export function check(what: string, holds: boolean): void {
  checks[holds ? "passed" : "failed"]++;
  line(`  ${holds ? style("green", "ok  ") : style("red", "FAIL")} ${what}`);
}
