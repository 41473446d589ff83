export type ExpositionFormat = "text" | "openmetrics";

export const CONTENT_TYPES = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
} as const satisfies Record<ExpositionFormat, string>;

/**
 * The format for an Accept header: the acceptable one with the highest q, the earlier among equals. A header that accepts
 * neither gets text: a scraper that asks oddly is better served than refused, as all exporters do.
 */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  for (const { value, parameters } of preferences(accept)) {
    const version = parameters.get("version");
    if (value === "application/openmetrics-text" && (version ?? "1.0.0") === "1.0.0") return "openmetrics";
    if (value === "text/plain" && (version ?? "0.0.4") === "0.0.4") return "text";
    if (value === "text/*" || value === "*/*") return "text";
  }
  return "text";
}

export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const offers = preferences(acceptEncoding, true);
  const offer = offers.find(({ value }) => value === "gzip") ?? offers.find(({ value }) => value === "*");
  return offer !== undefined && offer.q > 0;
}

interface Preference {
  readonly value: string;
  readonly q: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Best first. What is refused (q=0) is left out unless asked for. */
function preferences(header: string | undefined, withRefused = false): Preference[] {
  const all = (header ?? "").split(",").flatMap((part): Preference[] => {
    const [value = "", ...rest] = part.split(";").map((piece) => piece.trim());
    if (value === "") return [];
    const parameters = new Map(
      rest.map((piece) => {
        const [name = "", text = ""] = piece.split("=").map((side) => side.trim());
        return [name.toLowerCase(), text.replace(/^"(.*)"$/, "$1")] as const;
      }),
    );
    const q = Number(parameters.get("q") ?? "1");
    return [{ value: value.toLowerCase(), q: Number.isFinite(q) ? q : 0, parameters }];
  });
  return all.filter(({ q }) => withRefused || q > 0).sort((a, b) => b.q - a.q);
}
