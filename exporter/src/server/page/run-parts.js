/** The parts that one run arrived in, their warnings first. */
import { h, longText, nameText, render } from "./dom.js";
import { count, plural } from "./format.js";
import { section, tally, when } from "./parts.js";
import { table } from "./table.js";

export function runParts() {
  const { section: whole, body } = section("parts-part", "Parts of the report");

  /** @param {import("./api.js").RunDetail} run */
  function show(run) {
    whole.hidden = run.parts.length === 0;
    const warned = run.parts.filter((part) => part.warnings.length > 0);
    render(
      body,
      ...warned.map((part) =>
        h(
          "div",
          { class: "notice", key: part.name },
          h("strong", {}, nameText(part.name, 120), `: ${plural(part.warnings.length, "warning")}`),
          h(
            "ul",
            {},
            part.warnings
              .slice(0, 50)
              .map((one) =>
                h(
                  "li",
                  {},
                  h("code", {}, nameText(one.code)),
                  one.line === undefined ? " " : ` line ${one.line}: `,
                  longText(one.message),
                ),
              ),
          ),
        ),
      ),
      table({
        id: "parts",
        caption: "Parts of the report",
        rows: run.parts,
        key: (part) => part.name,
        update: () => show(run),
        columns: [
          {
            title: "Part",
            head: true,
            wide: true,
            sort: (part) => part.name,
            cell: (part) => nameText(part.name, 120),
          },
          { title: "Format", sort: (part) => part.format, cell: (part) => nameText(part.format) },
          { title: "Tests", number: true, sort: (part) => part.cases, cell: (part) => count(part.cases) },
          {
            title: "Warnings",
            number: true,
            sort: (part) => part.warnings.length,
            cell: (part) => tally(part.warnings.length, "doubt"),
          },
          { title: "Source", wide: true, cell: (part) => nameText(part.source, 120) },
          { title: "Received (UTC)", sort: (part) => part.receivedAtMs, cell: (part) => when(part.receivedAtMs) },
        ],
      }),
    );
  }

  return { section: whole, show };
}
