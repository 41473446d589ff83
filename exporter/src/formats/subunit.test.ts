import { crc32 } from "node:zlib";
import { describe, expect, test } from "vitest";
import { read } from "../../test/conformance/reading.ts";

interface Event {
  readonly id?: string;
  readonly status?: number;
  readonly seconds?: number;
  readonly tags?: readonly string[];
  readonly mime?: string;
  readonly file?: readonly [name: string, content: string];
  readonly route?: string;
}

/** A packet as python-subunit writes it. */
function packet(event: Event): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value);
    return Buffer.concat([number(bytes.length), bytes]);
  };
  let flags = 0x2000 | (event.status ?? 0);
  const parts: Buffer[] = [];
  if (event.seconds !== undefined) {
    flags |= 0x0200;
    const seconds = Buffer.alloc(4);
    seconds.writeUInt32BE(Math.floor(event.seconds));
    parts.push(seconds, number(Math.round((event.seconds % 1) * 1e9)));
  }
  if (event.id !== undefined) {
    flags |= 0x0800;
    parts.push(text(event.id));
  }
  if (event.tags !== undefined) {
    flags |= 0x0080;
    parts.push(number(event.tags.length), ...event.tags.map(text));
  }
  if (event.mime !== undefined) {
    flags |= 0x0020;
    parts.push(text(event.mime));
  }
  if (event.file !== undefined) {
    flags |= 0x0040;
    parts.push(text(event.file[0]), text(event.file[1]));
  }
  if (event.route !== undefined) {
    flags |= 0x0400;
    parts.push(text(event.route));
  }
  const body = Buffer.concat(parts);
  const rest = 3 + body.length + 4;
  const length = rest + 1 < 64 ? number(rest + 1) : rest + 2 < 16_384 ? number(rest + 2) : number(rest + 3);
  const whole = Buffer.concat([Buffer.from([0xb3, flags >> 8, flags & 0xff]), length, body]);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(whole));
  return Buffer.concat([whole, sum]);
}

function number(value: number): Buffer {
  if (value < 64) return Buffer.from([value]);
  if (value < 16_384) return Buffer.from([0x40 | (value >> 8), value & 0xff]);
  if (value < 4_194_304) return Buffer.from([0x80 | (value >> 16), (value >> 8) & 0xff, value & 0xff]);
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE((value | 0xc0000000) >>> 0);
  return bytes;
}

const stream = (...events: Event[]): Buffer => Buffer.concat(events.map(packet));
const T = 1_800_000_000;

describe("version 2", () => {
  test.each([
    [3, "passed"],
    [4, "failed"],
    [5, "skipped"],
    [6, "failed"],
    [7, "skipped"],
  ])("status %i is %s", async (status, outcome) => {
    const { cases, meta, warnings } = await read(
      stream({ id: "m.C.t", status: 2, seconds: T }, { id: "m.C.t", status, seconds: T + 0.5 }),
    );
    expect(cases).toMatchObject([{ suite: { name: "m.C" }, name: "t", outcome, durationSeconds: 0.5 }]);
    expect(meta).toMatchObject({ startedAtMs: T * 1000, durationSeconds: 0.5 });
    expect(warnings).toEqual([]);
  });

  test("long attachments, tags and routes are read; two workers' tests of one name are two", async () => {
    const long = `Traceback:\n  File "a.py", line 3, in t\n${"x = 1\n".repeat(5_000)}ValueError: boom\n`;
    const { cases } = await read(
      stream(
        { id: "C.t", status: 2, route: "0", tags: ["worker-0", "slow"] },
        { id: "C.t", status: 2, route: "1" },
        { id: "C.t", route: "0", mime: 'text/x-traceback; charset="utf8"', file: ["traceback", long] },
        { id: "C.t", status: 6, route: "0" },
        { id: "C.t", status: 3, route: "1" },
      ),
    );
    expect(cases.map((c) => c.outcome)).toEqual(["failed", "passed"]);
    expect(cases[0]?.failure?.stack?.length).toBeLessThanOrEqual(32_000);
  });

  test("a test that was running is errored, one that was only listed makes the report partial", async () => {
    const running = await read(stream({ id: "C.a", status: 3 }, { id: "C.b", status: 2 }));
    expect([running.counts.errored, running.meta.state]).toEqual([1, "partial"]);
    const listed = await read(stream({ id: "C.a", status: 1 }, { id: "C.b", status: 1 }, { id: "C.a", status: 3 }));
    expect([listed.counts.passed, listed.meta.state]).toEqual([1, "partial"]);
  });

  test("bytes between packets are told; a damaged packet is a loss", async () => {
    const [a, b] = [packet({ id: "C.a", status: 3 }), packet({ id: "C.b", status: 6 })];
    const noisy = await read(Buffer.concat([a, Buffer.from("a log line\n"), b]), { format: "subunit" });
    expect(noisy.counts).toMatchObject({ passed: 1, failed: 1 });
    expect(noisy.warnings.map((w) => w.code)).toEqual(["NOISE_SKIPPED"]);
    b[8] = 0x41;
    const damaged = await read(Buffer.concat([a, b]), { format: "subunit" });
    expect([damaged.counts.failed, damaged.meta.state]).toEqual([0, "partial"]);
  });

  test("a stream of no sound packet is refused", async () => {
    const bad = packet({ id: "C.a", status: 3 });
    bad[5] = 0;
    await expect(read(bad, { format: "subunit" })).rejects.toMatchObject({ code: "FORMAT_SCHEMA" });
  });
});

describe("version 1", () => {
  test("details in brackets and in parts, times, and lines in between", async () => {
    const { cases, warnings } = await read(
      [
        "time: 2027-01-15 08:00:00.000000Z",
        "test: m.C.a",
        "time: 2027-01-15 08:00:00.250000Z",
        "failure: m.C.a [",
        "Traceback (most recent call last):",
        '  File "m.py", line 3, in a',
        "ValueError: boom",
        " ]",
        "]",
        "a log line",
        "test: m.C.b",
        "skip: m.C.b [ multipart",
        "Content-Type: text/plain;charset=utf8",
        "reason",
        "8\r",
        "no\n]\nway0\r",
        "]",
        "test: m.C.c",
        "error: m.C.c [",
        "]",
        "test: m.C.d",
        "success: m.C.d",
        "",
      ].join("\n"),
    );
    expect(cases.map((c) => [c.name, c.outcome])).toEqual([
      ["a", "failed"],
      ["b", "skipped"],
      ["c", "errored"],
      ["d", "passed"],
    ]);
    expect(cases[0]).toMatchObject({ durationSeconds: 0.25, failure: { type: "ValueError" }, file: "m.py", line: 3 });
    expect(cases[1]?.output).toBe("skipped: no\n]\nway\n");
    expect(warnings.map((w) => w.code)).toEqual(["NOISE_SKIPPED"]);
  });

  test.each([
    ["a test without a result", "test: C.a\nsuccess: C.a\ntest: C.b\n"],
    ["details without an end", "test: C.a\nsuccess: C.a\ntest: C.b\nfailure: C.b [\nboom\n"],
    ["a line without an end", "test: C.a\nsuccess: C.a\ntest: C.b\nfailu"],
  ])("%s is partial", async (_, text) => {
    const { meta, counts } = await read(text);
    expect([meta.state, counts.passed, counts.errored]).toEqual(["partial", 1, 1]);
  });
});
