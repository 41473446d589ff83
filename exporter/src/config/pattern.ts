import { PATTERN_FLAGS } from "../model/error-type.ts";

/** More `*` and `+` than this one after another may take seconds on a text that nearly fits. */
const MAX_REPEATS = 3;

/**
 * What is wrong with a user's regular expression: it does not compile, fits every text, or could run for ever. JavaScript's engine
 * backtracks: a repeated group that holds a repetition or a choice may take exponential time on a text that does not fit, and it would
 * take it for each failure that is stored. Such a group is refused although some are harmless: messages are recognised without.
 */
export function patternProblem(source: string): string | undefined {
  let regex: RegExp;
  try {
    regex = new RegExp(source, PATTERN_FLAGS);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return error.message.replace(/^Invalid regular expression: /, "not a regular expression: ");
  }
  if (regex.test("")) return "fits every text; name what is special about the failure";
  return repetitionProblem(source);
}

/** Walks over a valid expression. */
function repetitionProblem(source: string): string | undefined {
  /** Of each open group: it holds a repetition or a choice. */
  const open: boolean[] = [false];
  let repeats = 0;
  /** What the last element was: a group that holds some, or anything else. */
  let wasRisky = false;
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!;
    const quantifier = /^(?:[*+?]|\{\d+(?:,\d*)?\})/.exec(source.slice(i, i + 20))?.[0];
    if (c === "\\") {
      i++;
      wasRisky = false;
      if (/[1-9k]/.test(source[i] ?? "")) return "refers back to a group, which can take forever; write the text out";
    } else if (c === "[") {
      for (i++; source[i] !== "]"; i++) if (source[i] === "\\") i++;
      wasRisky = false;
    } else if (c === "(") {
      open.push(false);
      const kind = /^\?(?::|=|!|<=|<!|<[^>]*>|[a-z-]*:)/.exec(source.slice(i + 1, i + 80))?.[0];
      i += kind?.length ?? 0;
    } else if (c === ")") {
      wasRisky = open.pop() === true;
      if (wasRisky) open[open.length - 1] = true;
    } else if (c === "|") {
      open[open.length - 1] = true;
      wasRisky = false;
    } else if (quantifier !== undefined) {
      i += quantifier.length - 1;
      const isRepeat = /^[*+]|,\}$/.test(quantifier) || /\d{2,}/.test(quantifier);
      if (isRepeat && wasRisky)
        return "repeats a group that holds a repetition or a choice, which can take forever; repeat a single character or a set such as [a-z.]";
      if (isRepeat && ++repeats > MAX_REPEATS) return `more than ${MAX_REPEATS} repetitions; use fewer`;
      if (isRepeat) open[open.length - 1] = true;
      if (source[i + 1] === "?") i++;
      wasRisky = false;
    } else wasRisky = false;
  }
  return undefined;
}
