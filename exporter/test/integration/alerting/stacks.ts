/** The stacks that the scenarios share. Each scenario has a team of its own, so its messages are in groups and at paths of its own. */
import { type Alerting, type Message, startAlerting, startWebhook, type Webhook } from "../../stack/index.ts";

/** Seconds until an alert that nobody acknowledges reaches each level. */
export const LEVELS = { 2: 6, 3: 12, 4: 18 } as const;
/** A group's first message waits so long; the ratio to a scrape is that of the shipped intervals. */
export const GROUP_WAIT_SECONDS = 2;
export const RANDOM_SUITES = 50;
export const STORM_SUITES = 250;
/** A name that breaks whatever quotes it wrongly. */
export const ODD_NAME = `we"ird {{ .Labels }} <b>&'suite'</b> \\n`;

export interface Stacks {
  /** Engine `exporter`. */
  readonly one: Alerting;
  /** Engine `prometheus`. */
  readonly two: Alerting;
  /** Two Alertmanagers in a cluster. */
  readonly cluster: Alerting;
  /** The shipped intervals, nothing shortened. */
  readonly shipped: Alerting;
  /** A receiver of its own, of the team `deaf` in `one`. */
  readonly deaf: Webhook;
  stop(): Promise<void>;
}

export async function startStacks(): Promise<Stacks> {
  const deaf = await startWebhook();
  const [one, two, cluster, shipped] = await Promise.all([
    startAlerting({ config: (url) => document(url, "exporter", deaf.url) }),
    startAlerting({ config: (url) => document(url, "prometheus", deaf.url) }),
    startAlerting({
      config: (url) => document(url, "exporter", deaf.url),
      alertmanagers: 2,
      // 15 s as shipped, a quarter of the group interval. Longer than the interval, the second one tells what was true before the first one
      // told the end (0.33).
      alertmanagerFlags: ["--cluster.peer-timeout=500ms", "--cluster.settle-timeout=3s"],
    }),
    startAlerting({ config: (url) => receivers(url) }),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all([one, two, cluster, shipped].map((stack) => stack.stop()));
    await deaf.stop();
  };
  return { one, two, cluster, shipped, deaf, stop };
}

const receivers = (url: string) => ({
  notifications: {
    pager: { webhookUrl: `${url}/pager` },
    team: { webhookUrl: `${url}/team` },
    teamLead: { webhookUrl: `${url}/lead` },
    management: { webhookUrl: `${url}/management` },
    executive: { webhookUrl: `${url}/executive` },
    watchdog: { webhookUrl: `${url}/watchdog` },
  },
});

const team = (url: string, name: string, ...owns: string[]) => ({
  ...{ name, owns },
  channel: { webhookUrl: `${url}/${name}` },
  pager: { webhookUrl: `${url}/${name}-pager` },
});

function document(url: string, engine: "exporter" | "prometheus", deafUrl: string) {
  const random = Array.from({ length: RANDOM_SUITES }, (_, i) => `random-${i}`);
  return {
    project: "shop",
    metrics: { scrapeIntervalSeconds: 1 },
    thresholds: { failureForSeconds: 5, keepFiringSeconds: 2, downForSeconds: 8, failureMinimumExecutions: 10 },
    notifications: {
      ...receivers(url).notifications,
      ...{ watchdogRepeatSeconds: 5, groupWaitSeconds: GROUP_WAIT_SECONDS, groupIntervalSeconds: 2 },
    },
    teams: [
      team(url, "storm-a", "storm/a-*"),
      team(url, "storm-b", "storm/b-*"),
      ...["over", "infra", "life", "climb", "agree", "acked", "odd", "steady"].map((name) =>
        team(url, name, `shop/${name}*`),
      ),
      { ...team(url, "deaf", "shop/deaf*"), channel: { webhookUrl: `${deafUrl}/deaf` } },
      // A group each: what is sent twice can then be seen, since no other suite is a reason to send again.
      ...random.map((name) => ({ name, owns: [`shop/${name}`], channel: { webhookUrl: `${url}/random` } })),
    ],
    suites: [
      ...["climb", "agree", "acked", "steady-page"].map((suite) => ({ suite, failureSeverity: "critical" })),
      { suite: "over", expectedDurationSeconds: 2 },
      { suite: ODD_NAME, team: "odd" },
    ],
    escalation: {
      engine,
      levels: Object.entries(LEVELS).map(([level, afterSeconds]) => ({ level: Number(level), afterSeconds })),
    },
  };
}

export interface Event {
  readonly path: string;
  readonly alertname: string;
  readonly status: "firing" | "resolved";
  readonly level: string | undefined;
  readonly at: Date;
  readonly message: Message;
}

/** What was said about a suite, in the order in which it was sent. */
export function eventsOf(stack: Alerting, suite: string): readonly Event[] {
  return stack.messages().flatMap((message) =>
    message.alerts
      .filter(({ labels }) => labels.suite === suite)
      .map(({ labels, status }) => ({
        ...{ path: message.path, alertname: labels.alertname ?? "", status, at: message.at, message },
        level: labels.escalation_level,
      })),
  );
}

/** `/life TestRunFailed firing` */
export const told = (stack: Alerting, suite: string): readonly string[] =>
  eventsOf(stack, suite).map(({ path, alertname, status }) => `${path} ${alertname} ${status}`);
