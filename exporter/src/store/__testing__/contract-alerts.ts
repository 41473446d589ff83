/** Alerts as Alertmanager reports them: records, matters, acknowledgements, the climb, snapshots, and what is forgotten. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { configSchema } from "../../config/schema.ts";
import { escalationPolicy } from "../../incidents/escalation.ts";
import type { AlertDetail, AlertRow, AlertStepCounts, EscalationPolicy, ReceivedAlert } from "../../model/alert.ts";
import type { Store, StoreReader } from "../../model/store.ts";
import type { Bench } from "./contract.ts";
import { type Clock, codeOf, DAY, HOUR, MINUTE, T0 } from "./support.ts";

const config = (escalation: object = {}) => configSchema.parse({ escalation });
/** Levels at 15 minutes, 1 and 4 hours; critical alerts. It takes nothing for over because nobody speaks of it. */
const POLICY = escalationPolicy(config(), Number.POSITIVE_INFINITY);
const LABELS = {
  alertname: "TestRunFailed",
  severity: "critical",
  team: "core",
  ...{ project: "shop", suite: "unit", environment: "ci", branch: "main" },
};

interface Given extends Partial<Omit<ReceivedAlert, "labels">> {
  readonly labels?: Record<string, string>;
}
const firing = ({ labels, ...more }: Given = {}): ReceivedAlert => ({
  fingerprint: "f1",
  status: "firing",
  annotations: {},
  startsAtMs: T0,
  endsAtMs: undefined,
  generatorUrl: undefined,
  ...more,
  labels: { ...LABELS, ...labels },
});
const over = (endsAtMs: number, more: Given = {}): ReceivedAlert => ({ ...firing(more), status: "resolved", endsAtMs });

const told = (store: Store, alerts: ReceivedAlert[], policy = POLICY, receiver = "pager"): Promise<AlertStepCounts> =>
  store.write((tx) => tx.receiveAlerts({ receiver, alerts }, policy));
const tick = (store: Store, policy: EscalationPolicy = POLICY, all = false): Promise<AlertStepCounts> =>
  store.write((tx) => tx.escalateAlerts(policy, all));
const ack = (store: Store, id: string, more: { by?: string; reason?: string; untilMs?: number } = {}) =>
  store.write((tx) =>
    tx.acknowledgeAlert(id, { by: more.by ?? "ann", reason: more.reason, untilMs: more.untilMs }, POLICY),
  );
const unack = (store: Store, id: string) => store.write((tx) => tx.unacknowledgeAlert(id, "bob", POLICY));
const all = async (store: StoreReader) => (await store.alerts({}, { limit: 100 })).items;

/** `"fired +0"`, in minutes since T0; with what else there is to say. */
const lifeOf = ({ steps }: AlertDetail): string[] =>
  steps.map(({ step, atMs, detail, by }) =>
    [step, `+${(atMs - T0) / MINUTE}`, detail, by === undefined ? undefined : `by ${by}`]
      .filter((one) => one !== undefined)
      .join(" "),
  );
const life = async (store: StoreReader, id = "1") => lifeOf(await store.alert(id));
/** What metrics show of the matter of `LABELS`. */
async function row(store: StoreReader, alertname = LABELS.alertname): Promise<Omit<AlertRow, "matter"> | undefined> {
  const { alerts } = await store.changesSince(0);
  const found = alerts.find(({ matter }) => matter.alertname === alertname);
  if (found === undefined) return undefined;
  const { matter: _, ...shown } = found;
  return shown;
}

export function describeAlerts(bench: Bench): void {
  test("an alert is a record with its life, from its first message to its end", async () => {
    const { store, clock } = bench;
    clock.advance(MINUTE);
    const first = firing({ annotations: { summary: "3 failed" }, generatorUrl: "http://prom/graph" });
    expect(await told(store, [first])).toEqual({ fired: 1, notified: 1 });
    clock.advance(4 * MINUTE);
    expect(await told(store, [over(T0 + 4 * MINUTE)])).toEqual({ resolved: 1 });
    expect(await store.alert("1")).toEqual({
      id: "1",
      fingerprint: "f1",
      alertname: "TestRunFailed",
      status: "resolved",
      matter: { alertname: "TestRunFailed", project: "shop", suite: "unit", environment: "ci", branch: "main" },
      severity: "critical",
      team: "core",
      labels: LABELS,
      annotations: {},
      startsAtMs: T0,
      endsAtMs: T0 + 4 * MINUTE,
      receivedAtMs: T0 + MINUTE,
      level: 1,
      acknowledgement: undefined,
      generatorUrl: "http://prom/graph",
      steps: expect.any(Array),
      snapshot: undefined,
    });
    expect(await life(store)).toEqual(["fired +0", "notified +1 pager", "resolved +4"]);
  });

  test("repeats, other receivers and a restart in between make no second record; messages are counted", async () => {
    const { store, clock, opened } = bench;
    expect(await told(store, [firing()])).toEqual({ fired: 1, notified: 1 });
    clock.advance(HOUR / 6);
    expect(await told(store, [firing({ annotations: { value: "now" } })])).toEqual({ notified: 1 });
    expect(await told(store, [firing()], POLICY, "team")).toEqual({ notified: 1 });
    const again = await opened.reopen();
    expect(await told(again, [firing({ annotations: { value: "now" } })])).toEqual({ notified: 1 });
    expect(await all(again)).toHaveLength(1);
    expect((await again.alert("1")).annotations).toEqual({ value: "now" });
    expect(await life(again)).toEqual([
      "fired +0",
      `notified +0 pager, 3 messages until ${new Date(T0 + 10 * MINUTE).toISOString()}`,
      "notified +10 team",
    ]);
  });

  test("a repeated end changes nothing; the end of an alert that is not known is kept as a record", async () => {
    const { store, clock } = bench;
    clock.advance(MINUTE);
    expect(await told(store, [over(T0 + 1000)])).toEqual({ resolved: 1 });
    const generation = await store.generation();
    expect(await told(store, [over(T0 + 2000)])).toEqual({});
    expect(await store.generation()).toBe(generation);
    expect(await all(store)).toEqual([expect.objectContaining({ status: "resolved", endsAtMs: T0 + 1000 })]);
    expect(await row(store)).toMatchObject({ open: false, level: undefined });
  });

  test("a new start is a new record; the end that nobody told of the one before is seen by it", async () => {
    const { store, clock } = bench;
    await told(store, [firing()]);
    clock.advance(HOUR);
    expect(await told(store, [firing({ startsAtMs: T0 + HOUR })])).toEqual({
      ...{ escalated: 2, resolved: 1, fired: 1, notified: 1 },
    });
    expect(await row(store)).toMatchObject({ level: 1 });
    expect((await all(store)).map(({ id, status }) => `${id} ${status}`)).toEqual(["2 firing", "1 resolved"]);
    // A message of the first that was long under way does not bring it back.
    await told(store, [firing()]);
    expect((await store.alert("1")).status).toBe("resolved");
    // The end of the second ends whatever there is of the label set.
    expect(await told(store, [over(T0 + HOUR)])).toEqual({ resolved: 1 });
    expect((await store.alert("2")).status).toBe("resolved");
  });

  test("one that fires after its end, with the start it had, fires anew and counts from now", async () => {
    const { store, clock } = bench;
    await told(store, [firing()]);
    await told(store, [over(T0)]);
    clock.advance(5 * HOUR);
    expect(await told(store, [firing()])).toEqual({ fired: 1, notified: 1 });
    expect(await store.alert("1")).toMatchObject({ status: "firing", level: 1, endsAtMs: undefined });
    clock.advance(15 * MINUTE);
    await tick(store);
    expect(await store.alert("1")).toMatchObject({ level: 2 });
    // The end that is told is that of before.
    await told(store, [over(T0)]);
    expect(await store.alert("1")).toMatchObject({ status: "resolved", endsAtMs: T0 + 5 * HOUR });
  });

  test("said to fire again just after its end, as clusters of Alertmanagers do: believed when nobody tells the end again", async () => {
    const { store, clock, opened } = bench;
    await told(store, [firing()]);
    await ack(store, "1");
    clock.advance(MINUTE);
    await told(store, [over(clock.now)]);
    clock.advance(10_000);
    expect(await told(store, [firing()])).toEqual({ notified: 1 });
    clock.advance(5_000);
    expect(await told(store, [over(T0 + MINUTE)])).toEqual({});
    clock.advance(HOUR);
    expect(await tick(store)).toEqual({});
    expect(await store.alert("1")).toMatchObject({ status: "resolved", endsAtMs: T0 + MINUTE });

    await told(store, [firing({ fingerprint: "f2" })]);
    await told(store, [over(clock.now, { fingerprint: "f2" })]);
    const again = clock.now + 10_000;
    clock.now = again;
    await told(store, [firing({ fingerprint: "f2" })]);
    const after = await opened.reopen();
    clock.advance(2 * MINUTE - 1);
    expect(await tick(after)).toEqual({});
    clock.advance(1);
    expect(await tick(after)).toEqual({ fired: 1 });
    expect(await after.alert("2")).toMatchObject({ status: "firing", level: 1, acknowledgement: undefined });
    clock.now = again + 15 * MINUTE;
    expect(await tick(after)).toEqual({ escalated: 1 });
  });

  test("nobody acknowledges it: it climbs when each level is due, once, and metrics show it until it ends", async () => {
    const { store, clock, opened } = bench;
    await told(store, [firing()]);
    expect(await row(store)).toEqual({ team: "core", open: true, acknowledged: false, level: 1 });
    clock.now = T0 + 15 * MINUTE - 1;
    expect(await tick(store)).toEqual({});
    clock.now = T0 + 15 * MINUTE;
    expect(await tick(store)).toEqual({ escalated: 1 });
    const other = await opened.otherWriter();
    expect(await tick(other)).toEqual({});
    expect(await tick(store, POLICY, true)).toEqual({});
    expect(await row(store)).toMatchObject({ level: 2 });
    clock.now = T0 + 6 * HOUR;
    expect(await tick(other)).toEqual({ escalated: 2 });
    expect(await tick(store)).toEqual({});
    expect(await row(store)).toMatchObject({ level: 4 });
    await told(store, [over(T0 + 6 * HOUR)]);
    expect(await life(store)).toEqual([
      "fired +0",
      "notified +0 pager",
      "escalated +15 level 2",
      "escalated +60 level 3",
      "escalated +240 level 4",
      "resolved +360",
    ]);
    expect(await store.alert("1")).toMatchObject({ level: 4, status: "resolved" });
    expect(await row(store)).toEqual({ team: undefined, open: false, acknowledged: false, level: undefined });
  });

  test("levels that were due before it was known here are dated when it was", async () => {
    const { store, clock } = bench;
    clock.now = T0 + 2 * HOUR;
    expect(await told(store, [firing()])).toEqual({ fired: 1, notified: 1, escalated: 2 });
    expect(await life(store)).toEqual([
      "fired +0",
      "notified +120 pager",
      "escalated +120 level 2",
      "escalated +120 level 3",
    ]);
  });

  test("a start in the future, or none, counts from its message", async () => {
    const { store, clock } = bench;
    await told(store, [
      firing({ startsAtMs: T0 + DAY }),
      firing({ startsAtMs: Date.UTC(-1, 0), fingerprint: "f2", labels: { suite: "e2e" } }),
    ]);
    expect((await all(store)).map(({ level }) => level)).toEqual([1, 1]);
    clock.now = T0 + 15 * MINUTE;
    expect(await tick(store)).toEqual({ escalated: 2 });
  });

  test.each([
    ["another severity", { severity: "warning" }, {}],
    ["an escalation without a source", { kind: "escalation" }, {}],
    ["the watchdog", { alertname: "Watchdog" }, {}],
    ["Prometheus counts", {}, { engine: "prometheus" }],
    ["nobody counts", {}, { engine: "off" }],
  ])("%s: it does not climb and shows no level", async (_, labels, escalation) => {
    const { store, clock } = bench;
    const policy = escalationPolicy(config(escalation), Number.POSITIVE_INFINITY);
    await told(store, [firing({ labels })], policy);
    clock.advance(DAY);
    expect(await tick(store, policy, true)).toEqual({});
    expect(await row(store, (await store.alert("1")).alertname)).toMatchObject({ open: true, level: undefined });
  });

  test("another configuration shows at the next look at all", async () => {
    const { store, clock } = bench;
    const off = escalationPolicy(config({ engine: "off" }), T0);
    await told(store, [firing()], off);
    clock.advance(20 * MINUTE);
    expect(await tick(store, POLICY, true)).toEqual({ escalated: 1 });
    expect(await life(store)).toContain("escalated +20 level 2");
    await tick(store, off, true);
    expect(await row(store)).toMatchObject({ level: undefined });
  });

  test("an acknowledgement stops the climb of the matter, covers what comes later, and ends with the matter", async () => {
    const { store, clock } = bench;
    await told(store, [firing(), firing({ fingerprint: "f2", labels: { operation: "GET /" } })]);
    clock.advance(10 * MINUTE);
    expect(await ack(store, "2", { reason: "mine" })).toEqual({ acknowledged: 1 });
    await told(store, [firing({ fingerprint: "f3", startsAtMs: clock.now, labels: { operation: "POST /" } })]);
    clock.advance(DAY);
    expect(await tick(store)).toEqual({});
    expect((await all(store)).map(({ status }) => status)).toEqual(["acknowledged", "acknowledged", "acknowledged"]);
    expect((await store.alert("1")).acknowledgement).toEqual({
      by: "ann",
      reason: "mine",
      atMs: T0 + 10 * MINUTE,
      untilMs: undefined,
    });
    expect(await row(store)).toMatchObject({ acknowledged: true, level: 1 });
    expect(await life(store, "3")).toEqual([
      "fired +10",
      "notified +10 pager",
      "acknowledged +10 mine; covered by an acknowledgement of before by ann",
    ]);
    await told(store, [over(clock.now), over(clock.now, { fingerprint: "f2" })]);
    expect(await row(store)).toMatchObject({ open: true, acknowledged: true });
    await told(store, [over(clock.now, { fingerprint: "f3", startsAtMs: T0 + 10 * MINUTE })]);
    expect(await row(store)).toMatchObject({ open: false, acknowledged: false });
    // It fires again: from the beginning, without the acknowledgement.
    const again = clock.now + MINUTE;
    await told(store, [firing({ startsAtMs: again })]);
    expect(await store.alert("4")).toMatchObject({ status: "firing", level: 1, acknowledgement: undefined });
    clock.now = again + 15 * MINUTE;
    expect(await tick(store)).toEqual({ escalated: 1 });
  });

  test("alerts of another place or name are not covered", async () => {
    const { store, clock } = bench;
    await told(store, [
      firing(),
      firing({ fingerprint: "f2", labels: { branch: "release" } }),
      firing({ fingerprint: "f3", labels: { alertname: "TestRunEmpty" } }),
    ]);
    await ack(store, "1");
    clock.advance(15 * MINUTE);
    expect(await tick(store)).toEqual({ escalated: 2 });
    expect((await all(store)).map(({ status, level }) => `${status} ${level}`)).toEqual([
      "firing 2",
      "firing 2",
      "acknowledged 1",
    ]);
  });

  test("an acknowledgement that is over: the next level is due at once, the others keep their distance", async () => {
    const { store, clock } = bench;
    await told(store, [firing()]);
    clock.advance(MINUTE);
    await ack(store, "1", { untilMs: T0 + 5 * HOUR });
    clock.now = T0 + 9 * HOUR;
    expect(await tick(store)).toEqual({ unacknowledged: 1, escalated: 3 });
    expect(await life(store)).toEqual([
      "fired +0",
      "notified +0 pager",
      `acknowledged +1 until ${new Date(T0 + 5 * HOUR).toISOString()} by ann`,
      "unacknowledged +300 its time is over",
      "escalated +300 level 2",
      "escalated +345 level 3",
      "escalated +525 level 4",
    ]);
  });

  test("taken back: it climbs on; twice is once", async () => {
    const { store, clock } = bench;
    await told(store, [firing()]);
    expect(await unack(store, "1")).toEqual({});
    await ack(store, "1");
    await ack(store, "1", { by: "eve", untilMs: T0 + DAY });
    expect((await store.alert("1")).acknowledgement).toMatchObject({ by: "eve", untilMs: T0 + DAY });
    clock.advance(20 * MINUTE);
    expect(await unack(store, "1")).toEqual({ unacknowledged: 1, escalated: 1 });
    expect(await unack(store, "1")).toEqual({});
    expect(await store.alert("1")).toMatchObject({ status: "firing", level: 2 });
  });

  test("the message of an escalation belongs to what climbed: it does not climb, and acknowledges it", async () => {
    const { store, clock } = bench;
    const message = firing({
      fingerprint: "e1",
      startsAtMs: T0 + 15 * MINUTE,
      labels: { alertname: "AlertEscalated", kind: "escalation", source_alert: "TestRunFailed", escalation_level: "2" },
    });
    await told(store, [firing()]);
    clock.advance(16 * MINUTE);
    await told(store, [message]);
    expect(await store.alert("2")).toMatchObject({
      alertname: "AlertEscalated",
      matter: { alertname: "TestRunFailed" },
    });
    await ack(store, "2");
    expect((await all(store)).map(({ status }) => status)).toEqual(["acknowledged", "acknowledged"]);
    // What climbed is over, whatever its escalations still say.
    await told(store, [over(clock.now)]);
    expect(await row(store)).toMatchObject({ open: false });
    expect(await codeOf(ack(store, "2"))).toBe("CONTEXT_INVALID");
    expect((await store.changesSince(0)).alerts).toHaveLength(1);
  });

  test("what is over cannot be acknowledged, what is not there neither", async () => {
    const { store } = bench;
    await told(store, [firing(), over(T0)]);
    expect(await codeOf(ack(store, "1"))).toBe("CONTEXT_INVALID");
    expect(await unack(store, "1")).toEqual({});
    for (const id of ["7", "x", "", "1e3", "99999999999999999999"]) {
      expect(await codeOf(ack(store, id))).toBe("NOT_FOUND");
      expect(await codeOf(unack(store, id))).toBe("NOT_FOUND");
      expect(await codeOf(store.alert(id))).toBe("NOT_FOUND");
    }
  });

  test("alerts about no suite, and label values of any text", async () => {
    const { store, clock } = bench;
    const odd = 'ünï"\\\n\0{{ .X }} 💥 \u2028';
    await told(store, [
      { ...firing(), labels: { alertname: "PlumblineDown", severity: "critical" } },
      firing({ fingerprint: "f2", labels: { suite: odd, team: odd }, annotations: { summary: odd } }),
    ]);
    expect(await store.alert("1")).toMatchObject({ matter: { project: "", suite: "" }, team: undefined });
    expect(await store.alert("2")).toMatchObject({ matter: { suite: odd }, team: odd, annotations: { summary: odd } });
    clock.advance(15 * MINUTE);
    expect(await tick(store)).toEqual({ escalated: 2 });
    expect((await store.alerts({ suite: odd }, { limit: 10 })).items.map(({ id }) => id)).toEqual(["2"]);
  });

  test("lists are filtered and paged, the newest first", async () => {
    const { store } = bench;
    await told(store, [
      firing(),
      firing({ fingerprint: "f2", labels: { severity: "warning", team: "web", alertname: "FlakyTests" } }),
      firing({ fingerprint: "f3", labels: { project: "web", branch: "release", environment: "prod" } }),
      over(T0, { fingerprint: "f4", labels: { suite: "e2e" } }),
    ]);
    await ack(store, "3");
    const ids = async (filter: Parameters<StoreReader["alerts"]>[0]) =>
      (await store.alerts(filter, { limit: 10 })).items.map(({ id }) => id).join();
    expect(await ids({})).toBe("4,3,2,1");
    expect(await ids({ status: "firing" })).toBe("2,1");
    expect(await ids({ status: "acknowledged" })).toBe("3");
    expect(await ids({ status: "resolved" })).toBe("4");
    expect(await ids({ open: true })).toBe("3,2,1");
    expect(await ids({ open: false })).toBe("4");
    expect(await ids({ alertname: "FlakyTests" })).toBe("2");
    expect(await ids({ severity: "warning" })).toBe("2");
    expect(await ids({ team: "web" })).toBe("2");
    expect(await ids({ project: "web" })).toBe("3");
    expect(await ids({ suite: "e2e" })).toBe("4");
    expect(await ids({ environment: "prod" })).toBe("3");
    expect(await ids({ branch: "release", open: true })).toBe("3");
    const first = await store.alerts({ open: true }, { limit: 2 });
    expect(first.items.map(({ id }) => id)).toEqual(["3", "2"]);
    const rest = await store.alerts({ open: true }, { limit: 2, cursor: first.nextCursor });
    expect(rest.items.map(({ id }) => id)).toEqual(["1"]);
    expect(rest.nextCursor).toBeUndefined();
  });

  test("a snapshot is due once, for all waiting alerts of a matter together", async () => {
    const { store, opened } = bench;
    const labels = { actions: "page,performance_snapshot" };
    await told(store, [
      firing({ labels }),
      firing({ labels: { ...labels, operation: "b" }, fingerprint: "f2" }),
      firing({ labels: { alertname: "Other" }, fingerprint: "f3" }),
      over(T0, { labels: { ...labels, suite: "x" }, fingerprint: "f4" }),
    ]);
    const again = await opened.reopen();
    const due = await again.dueSnapshots(10);
    expect(due).toEqual([{ matter: expect.objectContaining({ suite: "unit" }), alerts: ["1", "2"] }]);
    const save = () => again.write((tx) => tx.saveAlertSnapshot(["1", "2", "3"], { cpu: 0.9 }));
    expect(await save()).toEqual({ snapshot: 1 });
    expect(await save()).toEqual({});
    await told(again, [firing({ labels })]);
    expect(await again.dueSnapshots(10)).toEqual([]);
    expect((await again.alert("2")).snapshot).toEqual({ cpu: 0.9 });
    expect((await again.alert("3")).snapshot).toBeUndefined();
    expect(await life(again, "1")).toContain("snapshot +0");
  });

  test("what Alertmanager repeats no more is over; what has long been over is forgotten", async () => {
    const { store, clock } = bench;
    await told(store, [firing({ labels: { actions: "performance_snapshot" } })]);
    await store.write((tx) => tx.saveAlertSnapshot(["1"], { cpu: 1 }));
    clock.advance(10 * MINUTE);
    const policy = escalationPolicy(config(), T0);
    await tick(store, policy);
    expect((await store.alert("1")).status).toBe("firing");
    // A process that has just begun to listen cannot know.
    clock.advance(2 * MINUTE);
    await tick(store, escalationPolicy(config(), clock.now));
    expect((await store.alert("1")).status).toBe("firing");
    expect(await tick(store, policy)).toMatchObject({ resolved: 1 });
    expect((await life(store)).at(-1)).toContain("Alertmanager does not repeat it any more");
    expect(await row(store)).toMatchObject({ open: false });

    clock.advance(90 * DAY - MINUTE);
    await tick(store);
    expect(await all(store)).toHaveLength(1);
    clock.advance(2 * MINUTE);
    await tick(store);
    expect(await all(store)).toEqual([]);
    expect((await store.changesSince(0)).alerts).toEqual([]);
    // An id is never given again: it stands in links.
    await told(store, [firing({ startsAtMs: clock.now })]);
    expect((await all(store)).map(({ id }) => id)).toEqual(["2"]);
  });

  test("a message that cannot be stored as a whole is not stored at all", async () => {
    const { store } = bench;
    const broken = { ...firing({ fingerprint: "f2" }), startsAtMs: Number.NaN };
    expect(await codeOf(told(store, [firing(), broken]))).not.toBe("resolved");
    expect(await all(store)).toEqual([]);
  });

  test("any course of events: looking once, late, records the same as looking often", async () => {
    const event = fc.record({
      afterMinutes: fc.integer({ min: 1, max: 200 }),
      what: fc.constantFrom("fires", "resolves", "acknowledges", "for an hour", "takes back", "nothing"),
      set: fc.constantFrom("f1", "f2"),
    });
    const run = async (events: readonly (typeof event extends fc.Arbitrary<infer T> ? T : never)[], often: boolean) => {
      bench.clock.now = T0;
      const { store } = await bench.open({});
      const { clock } = bench as { clock: Clock };
      await told(store, [firing()]);
      for (const { afterMinutes, what, set } of events) {
        const at = clock.now + afterMinutes * MINUTE;
        if (often) {
          for (; clock.now < at; clock.now += 5 * MINUTE) await tick(store);
        }
        clock.now = at;
        const given = { fingerprint: set, startsAtMs: set === "f1" ? T0 : T0 + MINUTE };
        const { id } = (await all(store))[0]!;
        if (what === "fires") await told(store, [firing(given)]);
        if (what === "resolves") await told(store, [over(at, given)]);
        // What is over is refused.
        if (what === "acknowledges") await codeOf(ack(store, id));
        if (what === "for an hour") await codeOf(ack(store, id, { untilMs: at + HOUR }));
        if (what === "takes back") await unack(store, id);
      }
      clock.now += DAY;
      await tick(store);
      const records = await all(store);
      const lives = await Promise.all(records.map(({ id }) => store.alert(id)));
      // Of one moment, the order in which several things were found out may differ.
      return lives.map((one) => ({ ...one, steps: lifeOf(one).sort() }));
    };
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 6 }), async (events) => {
        const often = await run(events, true);
        expect(await run(events, false)).toEqual(often);
        for (const { steps } of often) {
          const levels = steps.filter((step) => step.startsWith("escalated"));
          expect(new Set(levels).size).toBe(levels.length);
        }
      }),
      { numRuns: 15 },
    );
  });
}
