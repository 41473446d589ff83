/** The query API that Prometheus and VictoriaMetrics have in common. */

export type Labels = Readonly<Record<string, string>>;
/** `at` is in seconds since 1970. A scalar result is one sample without labels. */
export type Sample = { labels: Labels; value: number; at: number };
export type Series = { labels: Labels; points: readonly { value: number; at: number }[] };
/** Seconds since 1970, or a Date. */
export type Time = number | Date;

export type QueryApi = {
  /** An instant query. Without `time`, now. */
  query(expr: string, time?: Time): Promise<readonly Sample[]>;
  queryRange(expr: string, start: Time, end: Time, stepSeconds: number): Promise<readonly Series[]>;
  /** The label sets (with `__name__`) that match a selector, over all time. */
  series(match: string): Promise<readonly Labels[]>;
  labelValues(label: string): Promise<readonly string[]>;
  /** Any other endpoint, such as "/api/v1/metadata"; returns the answer's `data`, throws on an API error. */
  get<T>(path: string, params?: Params): Promise<T>;
};

type Params = Readonly<Record<string, string | number>>;
type RawPoint = [number, string];
type RawResult =
  | { resultType: "vector"; result: { metric: Labels; value?: RawPoint }[] }
  | { resultType: "matrix"; result: { metric: Labels; values?: RawPoint[] }[] }
  | { resultType: "scalar" | "string"; result: RawPoint };

export function queryApi(url: string): QueryApi {
  const post = <T>(path: string, params: Params): Promise<T> =>
    request(url + path, { method: "POST", body: new URLSearchParams(asStrings(params)) });
  return {
    query: async (expr, time) =>
      samplesOf(await post("/api/v1/query", { query: expr, ...(time === undefined ? {} : { time: seconds(time) }) })),
    queryRange: async (expr, start, end, step) =>
      seriesOf(
        await post("/api/v1/query_range", { query: expr, start: seconds(start), end: seconds(end), step }),
        expr,
      ),
    // From 1, not 0: VictoriaMetrics takes a start of 0 for none given, and then looks at the present day only.
    series: (match) => post("/api/v1/series", { "match[]": match, start: 1, end: Math.ceil(Date.now() / 1000) + 3600 }),
    labelValues: (label) => request(`${url}/api/v1/label/${encodeURIComponent(label)}/values?start=1`),
    get: (path, params = {}) => request(`${url}${path}?${new URLSearchParams(asStrings(params))}`),
  };
}

/** Fetches and unwraps `{status, data}`. Throws with the server's own words, and the query they are about. */
export async function request<T>(address: string, init: RequestInit = {}): Promise<T> {
  const response = await fetch(address, init);
  const text = await response.text();
  if (!response.ok) {
    const asked = init.body === undefined ? "" : ` for ${decodeURIComponent(String(init.body).replaceAll("+", " "))}`;
    throw new Error(`${new URL(address).pathname} answered ${response.status}${asked}: ${text.slice(0, 2000)}`);
  }
  return (JSON.parse(text) as { data: T }).data;
}

function samplesOf(data: RawResult): readonly Sample[] {
  if (data.resultType === "matrix") throw new Error("an instant query over a range; use queryRange");
  if (data.resultType !== "vector") return [{ labels: {}, ...pointOf(data.result) }];
  // A native histogram has no `value`; NaN shows it without inventing one.
  return data.result.map(({ metric, value }) => ({ labels: metric, ...pointOf(value ?? [Number.NaN, "NaN"]) }));
}

function seriesOf(data: RawResult, expr: string): readonly Series[] {
  if (data.resultType !== "matrix") throw new Error(`${expr}: expected a matrix, got a ${data.resultType}`);
  return data.result.map(({ metric, values = [] }) => ({ labels: metric, points: values.map(pointOf) }));
}

const pointOf = ([at, text]: RawPoint): { value: number; at: number } => ({ value: numberOf(text), at });

function numberOf(text: string): number {
  if (text === "+Inf" || text === "Inf") return Number.POSITIVE_INFINITY;
  if (text === "-Inf") return Number.NEGATIVE_INFINITY;
  return Number(text);
}

const seconds = (time: Time): number => (typeof time === "number" ? time : time.getTime() / 1000);

const asStrings = (params: Params): Record<string, string> =>
  Object.fromEntries(Object.entries(params).map(([key, value]) => [key, String(value)]));
