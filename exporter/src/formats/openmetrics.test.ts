import { expect, test } from "vitest";
import { type Received, read } from "../../test/conformance/reading.ts";

const rows = (received: Received) => received.measures.map((m) => [m.measure, m.stat, m.value, m.unit]);

test("a histogram becomes average, count and the quantiles of histogram_quantile", async () => {
  const received = await read(
    [
      "# TYPE h_seconds histogram",
      'h_seconds_bucket{le="1"} 10',
      'h_seconds_bucket{le="2"} 90',
      'h_seconds_bucket{le="+Inf"} 100 # {trace_id="x"} 7 1.5',
      "h_seconds_sum 150",
      "h_seconds_count 100",
      "",
    ].join("\n"),
  );
  expect(rows(received)).toEqual([
    ["h_seconds", "count", 100, "value"],
    ["h_seconds", "avg", 1.5, "seconds"],
    ["h_seconds", "p50", 1.5, "seconds"],
    ["h_seconds", "p75", 1.8125, "seconds"],
    ["h_seconds", "p90", 2, "seconds"],
  ]);
});

test("a histogram that was never observed has a count and nothing else", async () => {
  const received = await read('# TYPE h histogram\nh_bucket{le="+Inf"} 0\nh_sum 0\nh_count 0\n');
  expect(rows(received)).toEqual([["h", "count", 0, "value"]]);
  expect(received.warnings).toEqual([]);
});

test("a summary, by labels", async () => {
  const received = await read(
    '# TYPE s_seconds summary\ns_seconds{component="a",quantile="0.5"} 2\ns_seconds{component="b",quantile="0.5"} 3\n' +
      's_seconds{component="a",quantile="0.42"} 1\ns_seconds_sum{component="a"} 8\ns_seconds_count{component="a"} 4\n',
  );
  expect(received.measures.map((m) => [m.component, m.stat, m.value])).toEqual([
    ["a", "count", 4],
    ["a", "avg", 2],
    ["a", "p50", 2],
    ["b", "p50", 3],
  ]);
  expect(received.warnings.map((w) => w.message)).toEqual(["s_seconds: quantile 0.42 has no place here"]);
});

test("units of # UNIT, and what is no measurement", async () => {
  const received = await read(
    [
      "# TYPE size gauge",
      "# UNIT size kilobytes",
      "size 2 1767323045.5",
      "# TYPE jobs counter",
      'jobs_total{scenario="night"} 7',
      "jobs_created 1.7e9",
      "# TYPE build info",
      'build_info{version="1"} 1',
      "untyped_metric -0.5",
      "# EOF",
      "",
    ].join("\n"),
  );
  expect(rows(received)).toEqual([
    ["size", "value", 2000, "bytes"],
    ["jobs", "value", 7, "value"],
    ["untyped_metric", "value", -0.5, "value"],
  ]);
  expect(received.meta.state).toBeUndefined();
});

test("OpenMetrics without its end was cut; Prometheus text has none", async () => {
  expect((await read("# TYPE a gauge\n# UNIT a seconds\na 1\n")).meta.state).toBe("partial");
  const text = await read("# TYPE a gauge\na 12");
  expect(text.meta.state).toBeUndefined();
  expect(text.warnings.map((w) => w.code)).toEqual(["INCOMPLETE"]);
});

test("a line that is no sample is refused with its place", async () => {
  await expect(read("# TYPE a gauge\na 1\nhello\n", { format: "openmetrics" })).rejects.toMatchObject({
    code: "FORMAT_SYNTAX",
    place: { line: 3 },
  });
  await expect(read("# TYPE a gauge\na{b=} 1\n", { format: "openmetrics" })).rejects.toMatchObject({
    code: "FORMAT_SYNTAX",
    place: { line: 2 },
  });
});
