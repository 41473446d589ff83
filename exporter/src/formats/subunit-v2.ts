/** subunit v2: binary packets, each with its length and a CRC-32. Layout: the README of python-subunit, "Version 2". */
import { crc32 } from "node:zlib";
import type { SubunitStatus, SubunitTests } from "./subunit-tests.ts";

const SIGNATURE = 0xb3;
const FLAG = { id: 0x0800, route: 0x0400, time: 0x0200, tags: 0x0080, file: 0x0040, mime: 0x0020 } as const;
const MAX_PACKET = 4 * 1024 * 1024;
const STATUSES: readonly (SubunitStatus | undefined)[] = [
  undefined,
  "exists",
  "inprogress",
  "success",
  "uxsuccess",
  "skip",
  "fail",
  "xfail",
];

/** The beginning of a file as text: a signature, flags of version 2, and more control characters than any text has. */
export function sniffV2(head: string): boolean {
  return (
    /^\ufffd[ -/][\u0000-\u0007\u0010-\u0017 -'0-7@-GP-W`-gp-w\ufffd]/.test(head) &&
    /[\u0000-\u0008]/.test(head.slice(0, 2_000))
  );
}

export interface PacketsRead {
  readonly packets: number;
  /** Bytes that belong to no packet. */
  readonly noise: number;
  /** Packets whose checksum is wrong: something was lost. */
  readonly damaged: number;
  readonly cutShort: boolean;
}

export async function readPackets(chunks: AsyncIterable<Uint8Array>, tests: SubunitTests): Promise<PacketsRead> {
  let rest = Buffer.alloc(0);
  let packets = 0;
  let noise = 0;
  let damaged = 0;
  for await (const chunk of chunks) {
    const bytes = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    while (at < bytes.length) {
      if (bytes[at] !== SIGNATURE) {
        const next = bytes.indexOf(SIGNATURE, at);
        noise += (next === -1 ? bytes.length : next) - at;
        at = next === -1 ? bytes.length : next;
        continue;
      }
      const length = packetLength(bytes, at);
      if (length === "more") break;
      if (length !== "none" && at + length > bytes.length) break;
      if (length === "none" || !isSound(bytes, at, length)) {
        if (length !== "none") damaged++;
        noise++;
        at++;
        continue;
      }
      if (readPacket(bytes.subarray(at, at + length - 4), tests)) packets++;
      else damaged++;
      at += length;
    }
    rest = Buffer.from(bytes.subarray(at));
  }
  return { packets, noise, damaged, cutShort: rest.length > 0 };
}

/** "more": not enough bytes to tell; "none": no packet begins here. */
function packetLength(bytes: Buffer, at: number): number | "more" | "none" {
  if (at + 4 > bytes.length) return "more";
  const flags = bytes.readUInt16BE(at + 1);
  if (flags >> 12 !== 2 || (flags & 8) !== 0) return "none";
  const size = (bytes[at + 3]! >> 6) + 1;
  if (at + 3 + size > bytes.length) return "more";
  const length = varint(bytes, at + 3).value;
  return length > MAX_PACKET || length < 4 + size + 3 ? "none" : length;
}

function isSound(bytes: Buffer, at: number, length: number): boolean {
  return crc32(bytes.subarray(at, at + length - 4)) === bytes.readUInt32BE(at + length - 4);
}

/** The first two bits say how many bytes follow. The caller has checked that they are there. */
function varint(bytes: Buffer, at: number): { value: number; next: number } {
  const more = bytes[at]! >> 6;
  let value = bytes[at]! & 0x3f;
  for (let i = 1; i <= more; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return { value, next: at + 1 + more };
}

/** False when its lengths do not fit. `packet` is without its checksum. */
function readPacket(packet: Buffer, tests: SubunitTests): boolean {
  const flags = packet.readUInt16BE(1);
  let { next: at } = varint(packet, 3);
  let atMs: number | undefined;
  const block = (): Buffer | undefined => {
    if (at >= packet.length) return undefined;
    const { value, next } = varint(packet, at);
    if (next + value > packet.length) return undefined;
    at = next + value;
    return packet.subarray(next, at);
  };
  if (flags & FLAG.time) {
    if (at + 5 > packet.length) return false;
    const seconds = packet.readUInt32BE(at);
    const nanos = varint(packet, at + 4);
    at = nanos.next;
    atMs = seconds * 1000 + nanos.value / 1e6;
  }
  const id = flags & FLAG.id ? block() : undefined;
  if (flags & FLAG.id && id === undefined) return false;
  if (flags & FLAG.tags) {
    if (at >= packet.length) return false;
    const { value, next } = varint(packet, at);
    at = next;
    for (let i = 0; i < value; i++) if (block() === undefined) return false;
  }
  const mime = flags & FLAG.mime ? block() : undefined;
  const name = flags & FLAG.file ? block() : undefined;
  const content = flags & FLAG.file ? block() : undefined;
  if (flags & FLAG.file && content === undefined) return false;
  const route = flags & FLAG.route ? block() : undefined;
  const status = STATUSES[flags & 7];
  tests.begin();
  if (id === undefined) {
    if (atMs !== undefined) tests.time(atMs);
    return true;
  }
  const testId = id.toString("utf8");
  const key = `${route?.toString("utf8") ?? ""} ${testId}`;
  const kind = mime?.toString("utf8") ?? "";
  if (content !== undefined && content.length > 0 && (kind === "" || kind.startsWith("text/")))
    tests.attach(
      key,
      testId,
      kind.startsWith("text/x-traceback") ? "traceback" : name!.toString("utf8"),
      content.toString("utf8"),
    );
  if (status !== undefined) tests.status(key, testId, status, atMs);
  return true;
}
