import type { Exposition } from "./exposition.ts";
import { gzipJoin } from "./gzip.ts";
import { acceptsGzip, CONTENT_TYPES, type ExpositionFormat, negotiateFormat } from "./negotiate.ts";
import type { MetricsView } from "./view.ts";

export interface Scrape {
  readonly headers: Readonly<Record<string, string>>;
  /** To be written one after the other; shared with other scrapes, so never to be changed. */
  readonly chunks: readonly Buffer[];
}

/**
 * Answers GET /metrics: the view brought up to date, then the report-derived body (kept, as is its gzip), then the
 * exporter's own metrics. Rejects when the store cannot be read: a failed scrape is seen, stale numbers are not.
 */
export function createScrape(parts: {
  view: MetricsView;
  exposition: Exposition;
  /** The exporter's own metrics, without `# EOF`; see process-metrics.ts. */
  own: (format: ExpositionFormat) => Promise<string>;
}): (request: { accept?: string | undefined; acceptEncoding?: string | undefined }) => Promise<Scrape> {
  const { view, exposition, own } = parts;
  return async ({ accept, acceptEncoding }) => {
    const format = negotiateFormat(accept);
    const [ownText] = await Promise.all([own(format), view.refresh()]);
    const body = exposition.body(format);
    const tail = Buffer.from(format === "openmetrics" ? `${ownText}# EOF\n` : ownText);
    const gzip = acceptsGzip(acceptEncoding);
    const chunks = gzip ? await gzipJoin(body.chunks, tail) : [...body.chunks, tail];
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return {
      headers: {
        "Content-Type": CONTENT_TYPES[format],
        "Content-Length": String(length),
        Vary: "Accept, Accept-Encoding",
        ...(gzip ? { "Content-Encoding": "gzip" } : {}),
      },
      chunks,
    };
  };
}
