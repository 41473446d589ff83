import { expect, test } from "vitest";
import { acceptsGzip, negotiateFormat } from "./negotiate.ts";

const PROMETHEUS_3 =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

test.each([
  ["no header", undefined, "text"],
  ["an empty header", "", "text"],
  ["anything", "*/*", "text"],
  ["a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text"],
  ["Prometheus 3", PROMETHEUS_3, "openmetrics"],
  ["Prometheus 2 with protobuf", `application/vnd.google.protobuf;proto=x;q=0.7,${PROMETHEUS_3}`, "openmetrics"],
  ["OpenMetrics without a version", "application/openmetrics-text", "openmetrics"],
  ["a quoted version", 'Application/OpenMetrics-Text; version="1.0.0"', "openmetrics"],
  ["OpenMetrics of a version that we do not write", "application/openmetrics-text;version=0.0.1", "text"],
  ["text preferred", "application/openmetrics-text;version=1.0.0;q=0.3, text/plain;q=0.9", "text"],
  ["OpenMetrics refused", "application/openmetrics-text;version=1.0.0;q=0, */*;q=0.1", "text"],
  ["nothing that we have", "application/json", "text"],
  ["nonsense", ";;q=,,=;q=x", "text"],
] as const)("%s gets the format it can read", (_, accept, format) => {
  expect(negotiateFormat(accept)).toBe(format);
});

test.each([
  [undefined, false],
  ["gzip", true],
  ["deflate, gzip;q=0.5", true],
  ["GZIP", true],
  ["gzip;q=0", false],
  ["gzip;q=0, *", false],
  ["*", true],
  ["identity", false],
] as const)("Accept-Encoding %s", (header, expected) => {
  expect(acceptsGzip(header)).toBe(expected);
});
