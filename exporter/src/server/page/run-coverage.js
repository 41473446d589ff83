/** Coverage of one run: by suite, and the files with the most uncovered lines. */
import { h, longText, nameText, render } from "./dom.js";
import { percent, plural } from "./format.js";
import { section, showAll } from "./parts.js";
import { table } from "./table.js";

/** @typedef {import("./api.js").RunDetail} RunDetail */
/** @typedef {NonNullable<RunDetail["coverageFiles"]>[number]} CoverageFile */

/** Files before the rest is asked for. */
const FIRST = 10;
/** The API names so many, those with the most uncovered lines. */
const MOST = 200;

const ratio = (/** @type {number | undefined} */ value) => (value === undefined ? "–" : percent(value * 100));

export function runCoverage() {
  const { section: whole, body } = section("coverage-part", "Coverage");
  let all = false;

  /** @param {RunDetail} run */
  function show(run) {
    const suites = run.suiteResults.filter((one) => one.coverage !== undefined && one.coverage !== null);
    const files = run.coverageFiles ?? [];
    whole.hidden = suites.length === 0 && files.length === 0;
    const update = () => show(run);
    render(
      body,
      suites.length === 0 ? undefined : suiteTable(suites, files.length > 0, update),
      files.length === 0 ? undefined : h("h3", {}, "Files"),
      files.length === 0 ? undefined : fileTable(all ? files : files.slice(0, FIRST), suites.length > 1, update),
      all || files.length <= FIRST
        ? undefined
        : showAll(plural(files.length, "file"), () => {
            all = true;
            update();
          }),
      all && files.length >= MOST
        ? h("p", { class: "quiet" }, `The ${MOST} files with the most uncovered lines.`)
        : undefined,
    );
  }

  return { section: whole, show };
}

/**
 * @param {readonly RunDetail["suiteResults"][number][]} rows
 * @param {boolean} hasFiles the names of uncovered files would only repeat the table of files
 * @param {() => void} update
 */
function suiteTable(rows, hasFiles, update) {
  /** @type {import("./table.js").Column<RunDetail["suiteResults"][number]>[]} */
  const columns = [
    { title: "Suite", head: true, wide: true, sort: (one) => one.suite, cell: (one) => nameText(one.suite) },
    {
      title: "Lines",
      number: true,
      sort: (one) => one.coverage?.lineRatio,
      cell: (one) => ratio(one.coverage?.lineRatio),
    },
    {
      title: "Branches",
      number: true,
      sort: (one) => one.coverage?.branchRatio,
      cell: (one) => ratio(one.coverage?.branchRatio),
    },
    {
      title: "Functions",
      number: true,
      sort: (one) => one.coverage?.functionRatio,
      cell: (one) => ratio(one.coverage?.functionRatio),
    },
  ];
  if (!hasFiles)
    columns.push({ title: "Uncovered files", cell: ({ coverage }) => fileNames(coverage?.uncoveredFiles) });
  return table({ id: "coverage", caption: "Coverage by suite", rows, key: (one) => one.suite, update, columns });
}

/** @param {readonly string[] | undefined} files */
function fileNames(files = []) {
  if (files.length === 0) return "–";
  const names = files.slice(0, 500).map((file) => h("li", {}, h("code", {}, nameText(file))));
  return h("details", {}, h("summary", {}, plural(files.length, "file")), h("ul", {}, names));
}

/** @param {readonly CoverageFile[]} rows @param {boolean} severalSuites @param {() => void} update */
function fileTable(rows, severalSuites, update) {
  return table({
    id: "coverage-files",
    caption: "Coverage by file, most uncovered lines first",
    rows,
    key: (one) => `${one.suite}\n${one.path}`,
    update,
    columns: [
      {
        title: "File",
        head: true,
        wide: true,
        sort: (one) => one.path,
        cell: (one) => [
          h("code", {}, nameText(one.path)),
          severalSuites ? h("div", { class: "quiet small" }, nameText(one.suite)) : undefined,
        ],
      },
      { title: "Lines", number: true, sort: (one) => one.lineRatio, cell: (one) => ratio(one.lineRatio) },
      { title: "Branches", number: true, sort: (one) => one.branchRatio, cell: (one) => ratio(one.branchRatio) },
      { title: "Functions", number: true, sort: (one) => one.functionRatio, cell: (one) => ratio(one.functionRatio) },
      { title: "Uncovered lines", wide: true, cell: ({ uncoveredLines }) => lines(uncoveredLines) },
    ],
  });
}

/** @param {string | undefined} text absent: the report names no lines */
function lines(text) {
  if (text === undefined) return h("span", { class: "quiet" }, "not named");
  return text === "" ? "none" : longText(text, 80);
}
