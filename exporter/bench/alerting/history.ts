/** Fills a Prometheus with the past: remote write, a series at a time, as many samples as a request may hold. */
import { request } from "node:http";
import { type Prometheus, startPrometheus } from "../../test/stack/index.ts";
import type { WorldSeries } from "./world.ts";

/** Its head takes what is up to half a block old, so that series can come one after the other. */
const BLOCK = "62d";
const REQUEST_BYTES = 4 * 1024 * 1024;

export const startEmptyPrometheus = (): Promise<Prometheus> =>
  startPrometheus({
    remoteWriteReceiver: true,
    flags: [
      `--storage.tsdb.min-block-duration=${BLOCK}`,
      `--storage.tsdb.max-block-duration=${BLOCK}`,
      "--storage.tsdb.retention.time=1y",
      // Grafana gives up after 30 s; nothing here may need them.
      "--query.timeout=60s",
    ],
  });

/** Samples from `fromSeconds` to `toSeconds`, every `stepSeconds`. Returns how many were written. */
export async function writeHistory(
  url: string,
  series: Iterable<WorldSeries>,
  { fromSeconds, toSeconds, stepSeconds }: { fromSeconds: number; toSeconds: number; stepSeconds: number },
): Promise<number> {
  const times: number[] = [];
  for (let at = fromSeconds; at <= toSeconds; at += stepSeconds) times.push(at);
  // Of two series only labels and values differ, so the samples are laid out once.
  const { bytes: samples, offsets } = layOut(times);
  let batch: Buffer[] = [];
  let size = 0;
  let written = 0;
  let sending: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    const body = Buffer.concat(batch);
    batch = [];
    size = 0;
    await sending;
    sending = send(url, literal(body));
    // It is awaited later; without a listener a failure meanwhile would end the process.
    sending.catch(() => undefined);
  };
  for (const one of series) {
    const values = Buffer.from(samples);
    for (const [i, at] of times.entries()) values.writeDoubleLE(one.value(at), offsets[i]!);
    const message = Buffer.concat([...labelsOf(one).map((label) => field(1, label)), values]);
    const entry = field(1, message);
    batch.push(entry);
    size += entry.length;
    written += times.length;
    if (size > REQUEST_BYTES) await flush();
  }
  await flush();
  await sending;
  return written;
}

/** What a scrape adds. */
export const TARGET = { job: "plumbline", instance: "bench:9109" } as const;

/** Prometheus wants labels sorted. What rules record has a colon, and no target. */
const labelsOf = ({ name, labels }: WorldSeries): Buffer[] =>
  Object.entries({ ...labels, __name__: name, ...(name.includes(":") ? {} : TARGET) })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => Buffer.concat([field(1, Buffer.from(label)), field(2, Buffer.from(value))]));

/** The field `samples` of a series, with room for the values. */
function layOut(times: readonly number[]): { bytes: Buffer; offsets: readonly number[] } {
  const parts: Buffer[] = [];
  const offsets: number[] = [];
  let length = 0;
  for (const at of times) {
    // Field 1 is a double, field 2 a varint.
    const sample = Buffer.concat([Buffer.from([0x09]), Buffer.alloc(8), Buffer.from([0x10]), varint(at * 1000)]);
    const entry = field(2, sample);
    offsets.push(length + entry.length - sample.length + 1);
    parts.push(entry);
    length += entry.length;
  }
  return { bytes: Buffer.concat(parts), offsets };
}

/** A field of protocol buffers that has a length. */
const field = (number: number, bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  bytes.push(left);
  return Buffer.from(bytes);
}

/** Snappy's block format with one literal: nothing is made smaller, and no time spent on it. */
function literal(bytes: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head[0] = 63 << 2;
  head.writeUInt32LE(bytes.length - 1, 1);
  return Buffer.concat([varint(bytes.length), head, bytes]);
}

function send(url: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/x-protobuf",
      "content-encoding": "snappy",
      "x-prometheus-remote-write-version": "0.1.0",
    };
    const sent = request(`${url}/api/v1/write`, { method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () =>
        response.statusCode === 204 ? resolve() : reject(new Error(`remote write: ${response.statusCode} ${text}`)),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
