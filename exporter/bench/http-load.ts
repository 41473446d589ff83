/**
 * The client of `http.ts`, in a process of its own. Told `{ url, seconds, kind }`, it keeps `CONNECTIONS` connections busy for so long
 * and answers with what came back; ends when the bench disconnects.
 */
import { Agent, request } from "node:http";
import { smallReport } from "./corpus.ts";
import { quantile } from "./numbers.ts";

export const CONNECTIONS = 24;
export const SUITES = 20;
export const CASES = 500;

export interface Load {
  readonly url: string;
  readonly seconds: number;
  /** `report`: a JUnit report to /api/v1/reports. `push`: the same cases as 500 ready-made samples to a Pushgateway. */
  readonly kind: "report" | "push";
}

export interface LoadResult {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Acknowledged reports of each suite. */
  readonly acknowledged: readonly number[];
  /** Answers that were not a success, by status. */
  readonly failures: Readonly<Record<string, number>>;
  readonly bytesEach: number;
}

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly bytes: Buffer;
}

let seed = 0;

/** Each connection has its own copy of each suite's report, since what is being sent must not change. */
function sender(kind: Load["kind"]): (suite: number) => Sent {
  if (kind === "push") {
    const bodies = Array.from({ length: SUITES }, (_, suite) => Buffer.from(samples(suite)));
    return (suite) => ({ method: "PUT", path: `/metrics/job/service-${suite}`, bytes: bodies[suite]! });
  }
  const reports = Array.from({ length: SUITES }, (_, suite) => smallReport(suite, CASES));
  return (suite) => {
    const { bytes, seedAt } = reports[suite]!;
    bytes.write(String(++seed).padStart(8, "0"), seedAt, "latin1");
    return { method: "POST", path: "/api/v1/reports?project=bench", bytes };
  };
}

function samples(suite: number): string {
  const lines = Array.from(
    { length: CASES },
    (_, i) => `test_case_duration_seconds{name="accepts the order of customer ${i}",outcome="passed"} 0.${100 + suite}`,
  );
  return `# TYPE test_case_duration_seconds gauge\n${lines.join("\n")}\n`;
}

async function run({ url, seconds, kind }: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const acknowledged = new Array<number>(SUITES).fill(0);
  const failures: Record<string, number> = {};
  const latencies: number[] = [];
  let bytesEach = 0;
  const start = performance.now();
  const end = start + seconds * 1000;

  async function connection(first: number): Promise<void> {
    const next = sender(kind);
    for (let suite = first % SUITES; performance.now() < end; suite = (suite + 1) % SUITES) {
      const sent = next(suite);
      bytesEach = sent.bytes.length;
      const before = performance.now();
      const status = await exchange(agent, url, sent);
      if (status === 201 || status === 200) {
        latencies.push(performance.now() - before);
        acknowledged[suite]!++;
      } else failures[status] = (failures[status] ?? 0) + 1;
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => connection(i)));
  const elapsed = (performance.now() - start) / 1000;
  agent.destroy();
  return {
    perSecond: latencies.length / elapsed,
    p50Ms: latencies.length === 0 ? Number.NaN : quantile(latencies, 0.5),
    p99Ms: latencies.length === 0 ? Number.NaN : quantile(latencies, 0.99),
    acknowledged,
    failures,
    bytesEach,
  };
}

function exchange(agent: Agent, url: string, { method, path, bytes }: Sent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/octet-stream", "content-length": bytes.length };
    const out = request(`${url}${path}`, { agent, method, headers }, (response) => {
      response.on("error", reject);
      response.on("end", () => resolve(response.statusCode ?? 0));
      response.resume();
    });
    out.on("error", reject);
    out.end(bytes);
  });
}

if (process.argv[1] === import.meta.filename) {
  process.on("message", (load: Load) => {
    run(load).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        console.error(error);
        process.exit(1);
      },
    );
  });
}
