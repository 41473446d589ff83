/** Load-test output of any size, as the tools write it: what differs from request to request differs. */

export type Tool = "k6" | "jmeter";

const CHUNK_LINES = 200;
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);
/** k6 writes so many points for each request. */
const K6_POINTS = [
  "http_reqs",
  "http_req_duration",
  "http_req_blocked",
  "http_req_connecting",
  "http_req_tls_handshaking",
  "http_req_sending",
  "http_req_waiting",
  "http_req_receiving",
  "http_req_failed",
] as const;

/** `count` lines (k6: points; JMeter: samples) in chunks as a file has them; each number its own address and latency. */
export async function* pointsOf(tool: Tool, count: number): AsyncGenerator<Uint8Array> {
  if (tool === "k6") yield Buffer.from(declarations());
  else yield Buffer.from(`${JMETER_HEADER}\n`);
  const of = tool === "k6" ? k6Points : jmeterSample;
  const perRequest = tool === "k6" ? K6_POINTS.length : 1;
  let lines: string[] = [];
  for (let i = 0; i < Math.ceil(count / perRequest); i++) {
    of(i, lines);
    if (lines.length >= CHUNK_LINES) {
      yield Buffer.from(`${lines.join("\n")}\n`);
      lines = [];
    }
  }
  if (lines.length > 0) yield Buffer.from(`${lines.join("\n")}\n`);
}

/** Spread over three decades, the same for the same number. */
const latencyMs = (i: number): number => 2 + ((i * 7919) % 997) ** 2 / 997 + ((i * 104729) % 1000) / 1000;

function declarations(): string {
  return K6_POINTS.map((name) => {
    const type = name === "http_reqs" ? "counter" : name === "http_req_failed" ? "rate" : "trend";
    const contains = type === "trend" ? "time" : "default";
    return `{"type":"Metric","data":{"name":"${name}","type":"${type}","contains":"${contains}","thresholds":[],"submetrics":null},"metric":"${name}"}\n`;
  }).join("");
}

/** Every fourth request has an address of its own. */
function k6Points(i: number, lines: string[]): void {
  const time = new Date(START_MS + i * 2).toISOString().replace("Z", `${String(i % 1_000_000).padStart(6, "0")}Z`);
  const path = i % 4 === 0 ? `users/${i}?page=${i % 10}` : ["orders", "fast", "search?q=a"][(i % 4) - 1]!;
  const status = i % 50 === 0 ? 503 : 200;
  const url = `http://127.0.0.1:8080/${path}`;
  const tags = `{"expected_response":"${status === 200}","group":"","method":"GET","name":"${url}","proto":"HTTP/1.1","scenario":"${i % 3 === 0 ? "browse" : "buy"}","status":"${status}","url":"${url}"}`;
  const latency = latencyMs(i);
  for (const name of K6_POINTS) {
    const value =
      name === "http_reqs"
        ? 1
        : name === "http_req_failed"
          ? Number(status !== 200)
          : name === "http_req_duration" || name === "http_req_waiting"
            ? latency
            : (i % 97) / 1000;
    lines.push(`{"metric":"${name}","type":"Point","data":{"time":"${time}","value":${value},"tags":${tags}}}`);
  }
}

const JMETER_HEADER =
  "timeStamp,elapsed,label,responseCode,responseMessage,threadName,dataType,success,failureMessage,bytes,sentBytes,grpThreads,allThreads,URL,Latency,IdleTime,Connect";
const LABELS = ["Home", "Search", "GET /users/42", "Add to basket", "Checkout"];

function jmeterSample(i: number, lines: string[]): void {
  const elapsed = Math.round(latencyMs(i));
  const isOk = i % 50 !== 0;
  const label = LABELS[i % LABELS.length]!;
  lines.push(
    `${START_MS + i * 2},${elapsed},${label},${isOk ? "200,OK" : "503,Service Unavailable"},Shoppers 1-${1 + (i % 100)},text,${isOk},,${300 + (i % 90)},118,100,100,http://127.0.0.1:8080/${i % 1000},${elapsed - 1},0,0`,
  );
}
