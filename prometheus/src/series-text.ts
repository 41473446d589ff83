/** How messages name a series of numbers and write its values. */
import { ALL_OPERATIONS, CATALOGUE, ref } from "../../exporter/src/metrics/catalogue.ts";
import { SCOPE } from "./alert.ts";
import { ask } from "./lookup.ts";
import { anyOf } from "./promql.ts";

/** `p95 latency of GET /cart in scenario peak`. */
export const SERIES =
  '{{ if ne $labels.stat "value" }}{{ $labels.stat }} {{ end }}{{ $labels.measure }}' +
  "{{ with $labels.benchmark }} of {{ . }}{{ end }}{{ with $labels.component }} of {{ . }}{{ end }}" +
  `{{ with $labels.operation }}{{ if ne . "${ALL_OPERATIONS}" }} of {{ . }}{{ end }}{{ end }}` +
  "{{ with $labels.scenario }} in scenario {{ . }}{{ end }}";

const PLACE = [...SCOPE, "benchmark", "component", "scenario", "measure", "stat"] as const;
const FAMILIES = [
  CATALOGUE.measureSeconds,
  CATALOGUE.measureBytes,
  CATALOGUE.measureRatio,
  CATALOGUE.measurePerSecond,
  CATALOGUE.benchmarkSeconds,
  CATALOGUE.benchmarkBytes,
  CATALOGUE.benchmarkRatio,
  CATALOGUE.benchmarkPerSecond,
];

/**
 * Sets `$unit` in a template to a text that ends with the base unit of the alert's series; empty where it has one of its own. Families
 * are named by their unit, so the one that holds the series tells it; load tests have a fixed unit for each measure.
 */
export function unitOfSeries(): string {
  const holding = ask(
    PLACE,
    (matchers) =>
      `{${anyOf(
        "__name__",
        FAMILIES.map((family) => ref(family)),
      )},${matchers}}`,
  );
  return (
    '{{ $unit := "" }}{{ if $labels.operation }}{{ $unit = "ratio" }}' +
    '{{ if eq $labels.measure "latency" }}{{ $unit = "seconds" }}' +
    '{{ else if match "_per_second$" $labels.measure }}{{ $unit = "per_second" }}{{ end }}' +
    '{{ else if eq $labels.measure "success_rate" }}{{ $unit = "ratio" }}' +
    `{{ else }}{{ with ${holding} }}{{ $unit = . | first | label "__name__" }}{{ end }}{{ end }}`
  );
}

/** A number (a variable or a pipeline in brackets) in the unit that `unitOfSeries` found: 612ms, 93%, 2.1GB, 34/s, 25. */
export const inUnit = (number: string): string =>
  `{{ if match "seconds$" $unit }}{{ ${number} | humanizeDuration }}{{ else if match "ratio$" $unit }}{{ ${number} | humanizePercentage }}` +
  `{{ else }}{{ ${number} | humanize }}{{ if match "bytes$" $unit }}B{{ else if match "per_second$" $unit }}/s{{ end }}{{ end }}`;
