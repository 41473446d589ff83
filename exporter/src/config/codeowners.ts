/** CODEOWNERS files as GitHub, GitLab, Gitea and Bitbucket's plug-ins read them: the last line that fits a path names its owners. */

interface Line {
  readonly fits: RegExp;
  readonly owners: readonly string[];
}
/** GitLab's `[Name] @default`: each section decides by itself. Files without sections are one. */
interface Section {
  readonly lines: Line[];
  readonly defaults: readonly string[];
}

/**
 * Owners of a path, such as `@shop/payments` or an address: those of its last fitting line; with sections those of each, in the file's
 * order, each owner once. Empty: nobody's.
 */
export function codeowners(text: string): (path: string) => readonly string[] {
  const sections: Section[] = [{ lines: [], defaults: [] }];
  for (const raw of text.replace(/^\uFEFF/, "").split(/\r?\n/)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    // GitLab: ^ makes the approval optional, [2] is how many.
    const section = /^\^?\[[^\]]+\](?:\[\d+\])?(.*)$/.exec(line);
    if (section !== null) {
      sections.push({ lines: [], defaults: words(section[1] ?? "") });
      continue;
    }
    const [pattern = "", ...owners] = words(line);
    sections.at(-1)?.lines.push({ fits: patternOf(pattern), owners });
  }
  return (path) => {
    const clean = path.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "");
    // A path may be a folder, which a pattern such as `api/*` means by what lies in it.
    const candidates = [clean, `${clean}/\0`];
    const owners = sections.flatMap(({ lines, defaults }) => {
      const line = lines.findLast(({ fits }) => candidates.some((one) => fits.test(one)));
      if (line === undefined) return [];
      return line.owners.length === 0 ? defaults : line.owners;
    });
    return [...new Set(owners)];
  };
}

/** Blanks separate, except after a backslash; a word that begins with # begins a comment. */
function words(line: string): string[] {
  const all = [...line.matchAll(/(?:\\.|[^\s\\])+/g)].map(([word]) => word);
  const comment = all.findIndex((word) => word.startsWith("#"));
  return (comment === -1 ? all : all.slice(0, comment)).map((word) => word.replace(/\\(.)/g, "$1"));
}

/**
 * Like a line of .gitignore: with a slash anywhere but at its end it counts from the root, else it fits at any depth; what it names may
 * be a folder and then stands for all in it, except after a last `*`, which is one level.
 */
function patternOf(pattern: string): RegExp {
  const isAnchored = /\/./.test(pattern.replace(/^\*\*\//, ""));
  const isFolder = pattern.endsWith("/");
  const bare = pattern.replace(/^\/+|\/+$/g, "");
  const body = bare
    .split(/(\/?\*\*\/?|\*|\?)/)
    .map((piece) => {
      if (piece === "**/") return "(?:.*/)?";
      if (piece === "/**") return "/.*";
      if (piece === "/**/") return "/(?:.*/)?";
      if (piece === "**") return ".*";
      if (piece === "*") return "[^/]*";
      if (piece === "?") return "[^/]";
      return piece.replace(/[\\^$.|+()[\]{}]/g, "\\$&");
    })
    .join("");
  const start = isAnchored || pattern.startsWith("/") ? "^" : "^(?:.*/)?";
  const end = isFolder ? "/.+$" : /\/\*$/.test(pattern) ? "$" : "(?:/.*)?$";
  return new RegExp(`${start}${body}${end}`, "s");
}
