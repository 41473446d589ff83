import { AppError } from "../errors.ts";
import type { Format, Limits, ReportSink, ReportSource } from "../model/format.ts";
import { failedOf } from "./jmeter-csv.ts";
import { type JmeterSample, JmeterSamples, TRANSACTION } from "./jmeter-samples.ts";
import { xmlShape } from "./sniff.ts";
import { readXml, type XmlAttributes } from "./xml.ts";

/**
 * JMeter's results as XML (JTL 1.2). Samples nest: what is within a transaction is counted and the transaction is not, what is within
 * a request (redirects, embedded resources) is part of it.
 */
export const jmeterXml: Format = {
  id: "jmeter-xml",
  title: "JMeter results (XML)",
  yields: "measures",
  tools: ["JMeter"],
  extensions: ["jtl", "xml"],
  reads: "stream",
  notes: "jmeter -Jjmeter.save.saveservice.output_format=xml.",
  sniff: (head) => (xmlShape(head)?.root === "testResults" ? "certain" : "no"),
  parse: parseJmeterXml,
};

interface Open {
  readonly sample: JmeterSample | undefined;
  readonly isTransaction: boolean;
  children: number;
}

async function parseJmeterXml(source: ReportSource, sink: ReportSink, limits: Limits): Promise<void> {
  const samples = new JmeterSamples(sink, limits);
  const stack: Open[] = [];
  let root: string | undefined;
  let bad = 0;
  let firstBad: number | undefined;
  let incomplete: string | undefined;
  try {
    await readXml(source, limits, (reader) => ({
      open: (name, attributes) => {
        if (root === undefined) {
          root = name;
          sink.begin({ framework: "JMeter" });
          return;
        }
        if (name !== "sample" && name !== "httpSample") return;
        const parent = stack.at(-1);
        if (parent !== undefined) parent.children++;
        const sample = sampleOf(attributes);
        const isTransaction = TRANSACTION.test(attributes.get("rm") ?? "");
        if (sample === undefined) {
          bad++;
          firstBad ??= reader.line();
        }
        stack.push({ sample, isTransaction, children: 0 });
      },
      close: (name) => {
        if (name !== "sample" && name !== "httpSample") return;
        const closed = stack.pop();
        // A root of that name is none of them.
        if (closed?.sample === undefined) return;
        const { sample, isTransaction, children } = closed;
        const isPart = stack.some((outer) => !outer.isTransaction);
        if (isPart) return;
        if (isTransaction && children > 0) samples.parent(sample);
        else samples.row(sample, isTransaction);
      },
      text: () => {},
    }));
  } catch (error) {
    // A run that is killed never closes the root: what it held until then was read.
    if (!(error instanceof AppError) || error.code !== "FORMAT_SYNTAX" || samples.rows === 0) throw error;
    incomplete = `the document ends early: ${error.message}`;
  }
  if (bad > 0)
    sink.warn({ code: "VALUE_SKIPPED", message: `${bad} samples have no time that is 0 or more`, line: firstBad });
  samples.finish(incomplete);
}

/** Undefined when it has no duration. */
function sampleOf(attributes: XmlAttributes): JmeterSample | undefined {
  const number = (name: string): number | undefined => {
    const text = attributes.get(name);
    const value = text === undefined || text.trim() === "" ? Number.NaN : Number(text);
    return value >= 0 && value < 1e14 ? value : undefined;
  };
  const elapsed = number("t");
  if (elapsed === undefined) return undefined;
  const time = number("ts");
  const users = number("ng") ?? number("na");
  return {
    label: attributes.get("lb") ?? "",
    thread: attributes.get("tn") || undefined,
    startMs: time !== undefined && time > 3.2e11 ? time : undefined,
    seconds: elapsed / 1000,
    failed: failedOf(attributes.get("s"), attributes.get("rc")),
    bytes: number("by"),
    users: users === 0 ? undefined : users,
  };
}
