/** Who is told what, and how: receivers, teams, quiet hours, escalation. `schema.ts` holds it in the whole. */
import { z } from "zod";

const name = z
  .string()
  .min(1)
  .max(100)
  .regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]*$/, "must be letters, digits, blank, dot, dash and underscore");
const seconds = z.number().positive();
const httpUrl = z.url({ protocol: /^https?$/ });
/** Alertmanager does not expand environment variables: what is secret stands in a file that it reads. */
const secretFile = (what: string) => z.string().min(1).describe(`File that holds ${what}; Alertmanager reads it.`);

/** Several channels in one receiver all get the message. */
export const receiver = z
  .strictObject({
    webhookUrl: httpUrl.optional().describe("Gets Alertmanager's webhook message (JSON)."),
    webhookUrlFile: secretFile("the address of a webhook").optional(),
    slack: z
      .strictObject({
        apiUrlFile: secretFile("the address of the incoming webhook"),
        channel: z.string().min(1).describe("#channel or @person."),
      })
      .optional()
      .describe("A Slack channel."),
    email: z
      .strictObject({ to: z.array(z.email()).min(1).describe("Addresses that get it.") })
      .optional()
      .describe("E-mail by `notifications.smtp`."),
    pagerduty: z
      .strictObject({ routingKeyFile: secretFile("the integration key (Events API v2)") })
      .optional()
      .describe("A PagerDuty service."),
    opsgenie: z
      .strictObject({
        apiKeyFile: secretFile("the API key"),
        apiUrl: httpUrl.default("https://api.opsgenie.com/").describe("Of Opsgenie, or of what speaks its API."),
      })
      .optional()
      .describe("Opsgenie, or a service that speaks its API."),
    teams: z
      .strictObject({ webhookUrlFile: secretFile("the address of the workflow") })
      .optional()
      .describe("A Microsoft Teams channel, by a workflow."),
    discord: z
      .strictObject({ webhookUrlFile: secretFile("the address of the webhook") })
      .optional()
      .describe("A Discord channel."),
  })
  .refine((one) => Object.values(one).some((channel) => channel !== undefined), {
    error: "a receiver needs at least one channel, such as webhookUrl",
  });

const quietHours = z.strictObject({
  name: name.describe("What the time is called."),
  days: z
    .array(z.enum(["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]))
    .min(1)
    .optional()
    .describe("Left out: every day."),
  from: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "must be a time such as 18:00")
    .default("00:00")
    .describe("Begin; later than the end: over midnight."),
  to: z
    .string()
    .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)$/, "must be a time such as 08:00")
    .default("24:00")
    .describe("End."),
  timezone: z.string().min(1).default("UTC").describe("Such as Europe/Berlin."),
  severities: z
    .array(z.enum(["warning", "info"]))
    .min(1)
    .default(["warning", "info"])
    .describe("What waits; what pages never waits."),
  teams: z.array(name).min(1).optional().describe("Only for these teams; left out: everybody."),
});

export const team = z.strictObject({
  name: name.describe("As in the label `team`."),
  owns: z
    .array(z.string().min(1).max(400))
    .default([])
    .describe(
      "PROJECT/SUITE, * stands for any characters; `suites[].team` comes first, then the first team that fits.",
    ),
  codeowners: z
    .array(z.string().min(1))
    .default([])
    .describe("Owners in CODEOWNERS that are this team, such as @shop/payments."),
  pager: receiver.optional().describe("Critical alerts of its suites; left out: notifications.pager."),
  channel: receiver.optional().describe("Warnings of its suites; left out: notifications.team."),
  lead: receiver.optional().describe("Level 2 of escalation; left out: notifications.teamLead."),
});

export const notificationsSchema = z
  .strictObject({
    pager: receiver.prefault({ webhookUrl: "http://inbox:10971/pager" }).describe("Critical alerts, at once."),
    team: receiver.prefault({ webhookUrl: "http://inbox:10971/team" }).describe("Warnings, grouped."),
    info: receiver.optional().describe("Notes that ask for nothing (severity info); left out: shown, not sent."),
    incident: receiver.optional().describe("Opens an incident (action incident); left out: nobody but the pager."),
    teamLead: receiver.optional().describe("Level 2 of escalation; left out: the pager again."),
    management: receiver.optional().describe("Level 3 of escalation; left out: as level 2."),
    executive: receiver.optional().describe("Level 4 of escalation; left out: as level 3."),
    performance: receiver.optional().describe("Critical alerts about performance; left out: the pager."),
    security: receiver.optional().describe("Alerts of suites of that kind, beside their team."),
    strategic: receiver.optional().describe("Alerts of suites of that kind, beside their team."),
    autoScaling: receiver.optional().describe("Action auto_scaling of performance alerts; left out: nothing scales."),
    watchdog: receiver
      .optional()
      .describe("A dead man's switch: gets a message every repeat interval of its own, and must raise alarm without."),
    watchdogRepeatSeconds: seconds.default(300).describe("How often the watchdog's receiver hears."),
    exporter: z
      .strictObject({
        url: httpUrl.optional().describe("Left out: /api/v1/alerts of the first of stack.plumbline."),
        username: z.string().min(1).optional().describe("Basic auth, when Plumbline asks for it."),
        passwordFile: secretFile("the password").optional(),
      })
      .prefault({})
      .describe("Plumbline itself: it keeps every alert with its life, and escalates."),
    smtp: z
      .strictObject({
        smarthost: z
          .string()
          .regex(/^.+:\d{1,5}$/, "must be HOST:PORT")
          .describe("HOST:PORT of the mail server."),
        from: z.email().describe("Sender."),
        username: z.string().min(1).optional().describe("Left out: no login."),
        passwordFile: secretFile("the password").optional(),
        requireTls: z.boolean().default(true).describe("Refuse servers without STARTTLS."),
      })
      .optional()
      .describe("Mail server; receivers with `email` need it."),
    quietHours: z.array(quietHours).default([]).describe("When warnings and notes wait."),
    groupWaitSeconds: seconds.default(10).describe("First message of a group; also what 'at once' means."),
    groupIntervalSeconds: seconds.default(60).describe("Next message of a changed group."),
    repeatIntervalSeconds: seconds.default(14_400).describe("Reminder of an unchanged group."),
  })
  .prefault({})
  .describe("Where Alertmanager sends.");

export const escalationSchema = z
  .strictObject({
    engine: z
      .enum(["exporter", "prometheus", "off"])
      .default("exporter")
      .describe(
        "Who counts the time: Plumbline, by the alerts that Alertmanager reports to it; or Prometheus by its own rules. Never both.",
      ),
    levels: z
      .array(
        z.strictObject({
          level: z.int().min(2).max(4).describe("2 team lead, 3 management, 4 executive."),
          afterSeconds: seconds.describe("Since the alert fired, not acknowledged."),
        }),
      )
      .default([
        { level: 2, afterSeconds: 900 },
        { level: 3, afterSeconds: 3600 },
        { level: 4, afterSeconds: 14_400 },
      ])
      .describe("Level 1 is the alert itself (R2)."),
    severities: z
      .array(z.enum(["critical", "warning"]))
      .min(1)
      .default(["critical"])
      .describe("What climbs."),
  })
  .prefault({})
  .describe("Alerts that nobody acknowledges climb (R2).");

export const sloSchema = z
  .strictObject({
    passRatio: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.95)
      .describe("Objective: executed tests that pass, by project, environment and branch."),
    detectionRatio: z.number().gt(0).lt(1).default(0.95).describe("Objective: runs that are known in time."),
    detectionSeconds: seconds
      .default(300)
      .describe("From the end of a run until it is known: in time up to here (R2)."),
    minimumExecutions: z.int().positive().default(100).describe("Fewer executions in a window burn nothing."),
    minimumRuns: z.int().positive().default(20).describe("Fewer runs in a window burn nothing."),
  })
  .prefault({})
  .describe("Service level objectives of 30 days, whose budget may burn.");

/** Keys of `notifications` that are receivers; Alertmanager's are called the same. */
export const SHARED_RECEIVERS = [
  "pager",
  "team",
  "info",
  "incident",
  "teamLead",
  "management",
  "executive",
  "performance",
  "security",
  "strategic",
  "autoScaling",
  "watchdog",
] as const;
/** Keys of a team that are receivers. */
export const TEAM_RECEIVERS = ["pager", "channel", "lead"] as const;

/**
 * How often Plumbline is told again of what still fires. Alertmanager says nothing of what resolves while it is inhibited or silenced, so
 * what is not repeated is over; seldom, and an alert that nobody has any more would climb.
 */
export const recordsRepeatSeconds = ({
  notifications,
}: {
  readonly notifications: { readonly repeatIntervalSeconds: number };
}): number => Math.min(300, notifications.repeatIntervalSeconds);

export type Receiver = z.infer<typeof receiver>;
export type Team = z.infer<typeof team>;
