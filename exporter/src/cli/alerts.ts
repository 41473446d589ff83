/** `plumbline alerts`: what fires, who is on it, how far it has climbed. */
import { type Command, InvalidArgumentError, Option } from "commander";
import {
  ALERT_STATUSES,
  type AlertDetail,
  type AlertFilter,
  type AlertRecord,
  type AlertStatus,
} from "../model/alert.ts";
import { type Access, withAccess } from "./access.ts";
import { registerAlertsTest } from "./alerts-test.ts";
import { type Cli, type Flags, text, wholeNumber } from "./common.ts";
import { targetOptions } from "./filter.ts";
import { type CliIo, type Color, clean, painter } from "./io.ts";
import { fields, instant, printDocument } from "./show.ts";
import { table } from "./table.ts";

const ID_HELP = "its id, see 'plumbline alerts list'";

export function registerAlerts(program: Command, cli: Cli): void {
  const alerts = program
    .command("alerts")
    .summary("alerts that Alertmanager reported: list, show, ack, unack, test")
    .description("Alerts as Alertmanager reported them to this Plumbline, with their life. See docs/store.md.");

  targetOptions(alerts.command("list").summary("the newest first"))
    .description("Lists alerts, the newest first; only those that fire unless --status or --all.")
    .addOption(new Option("--open", "only those that are not resolved (the default)").conflicts(["all", "status"]))
    .addOption(new Option("--all", "whatever their status").conflicts("status"))
    .addOption(new Option("--status <status>", "only these").choices(ALERT_STATUSES))
    .addOption(new Option("--alertname <name>", "only alerts of this name"))
    .addOption(new Option("--severity <severity>", "only critical, warning or info"))
    .addOption(new Option("--team <name>", "only this team's"))
    .addOption(new Option("--project <name>", "only this project"))
    .addOption(new Option("--suite <name>", "only this suite"))
    .addOption(new Option("--environment <name>", "only this environment"))
    .addOption(new Option("--branch <name>", "only this branch, as exposed in metrics"))
    .addOption(new Option("--limit <n>", "at most so many").default(50).argParser(wholeNumber(1, 1000)))
    .addHelpText(
      "after",
      "\nExamples:\n  $ plumbline alerts list --team payments\n  $ plumbline alerts list --all --json",
    )
    .action((_own, command: Command) => list(cli, command.optsWithGlobals()));

  targetOptions(alerts.command("show").summary("one with its life"))
    .description("Shows an alert: what it says, who is on it, and every step of its life.")
    .argument("<id>", ID_HELP)
    .addHelpText("after", "\nExamples:\n  $ plumbline alerts show 12")
    .action(async (id: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const found = await withAccess(cli, flags, (access) => access.alert(id));
      if (flags.json === true) printDocument(cli.io, found);
      else show(cli.io, found);
    });

  targetOptions(alerts.command("ack").summary("somebody looks after it"))
    .description(
      "Acknowledges an alert with all of its name, project, suite, environment and branch: it does not climb until then, or until it resolves.",
    )
    .argument("<id>", ID_HELP)
    .addOption(
      new Option("--for <duration>", "how long, such as 30m, 4h, 2d; left out: until it resolves").argParser(seconds),
    )
    .addOption(new Option("--by <name>", "who looks after it (default: env USER)"))
    .addOption(new Option("--reason <text>", "kept with it"))
    .addHelpText("after", "\nExamples:\n  $ plumbline alerts ack 12 --for 4h --reason 'fix is in review'")
    .action((id: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      const ack = { by: by(cli, flags), reason: text(flags, "reason"), forSeconds: flags.for as number | undefined };
      return decide(cli, id, flags, (access) => access.acknowledgeAlert(id, ack));
    });

  targetOptions(alerts.command("unack").summary("nobody looks after it any more"))
    .description("Takes an acknowledgement back: the alert climbs on, at once where a level is due.")
    .argument("<id>", ID_HELP)
    .addOption(new Option("--by <name>", "who takes it back (default: env USER)"))
    .addHelpText("after", "\nExamples:\n  $ plumbline alerts unack 12")
    .action((id: string, _own, command: Command) => {
      const flags: Flags = command.optsWithGlobals();
      return decide(cli, id, flags, (access) => access.unacknowledgeAlert(id, by(cli, flags)));
    });

  registerAlertsTest(alerts, cli);
}

const by = ({ io }: Cli, flags: Flags): string | undefined => text(flags, "by") ?? io.env.USER;

const UNIT_SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

/** As Prometheus writes durations, with one unit. */
function seconds(given: string): number {
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(given) ?? [];
  if (count === undefined || unit === undefined)
    throw new InvalidArgumentError("expected a duration such as 30m, 4h or 2d");
  const found = Number(count) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS];
  if (found > 366 * UNIT_SECONDS.d) throw new InvalidArgumentError("expected at most 366d");
  return found;
}

async function decide(cli: Cli, id: string, flags: Flags, work: (access: Access) => Promise<void>): Promise<void> {
  const found = await withAccess(cli, flags, async (access) => {
    await work(access);
    return access.alert(id);
  });
  if (flags.json === true) printDocument(cli.io, found);
  else cli.io.stdout.write(alertTable(cli.io, [found]));
}

async function list(cli: Cli, flags: Flags): Promise<void> {
  const { io } = cli;
  const status = text(flags, "status") as AlertStatus | undefined;
  const filter: AlertFilter = {
    status,
    open: status === undefined && flags.all !== true ? true : undefined,
    alertname: text(flags, "alertname"),
    severity: text(flags, "severity"),
    team: text(flags, "team"),
    project: text(flags, "project"),
    suite: text(flags, "suite"),
    environment: text(flags, "environment"),
    branch: text(flags, "branch"),
  };
  const found = await withAccess(cli, flags, (access) => access.alerts(filter, { limit: flags.limit as number }));
  if (flags.json === true) return printDocument(io, { alerts: found.items, nextCursor: found.nextCursor ?? null });
  if (found.items.length === 0)
    io.stderr.write(`no ${filter.open === true ? "open" : (status ?? "")} alert\n`.replace("  ", " "));
  else io.stdout.write(alertTable(io, found.items));
  if (found.nextCursor !== undefined) io.stderr.write("there are more; raise --limit or narrow the filter\n");
}

const colorOf = ({ status, severity }: AlertRecord): Color =>
  status === "resolved" ? "dim" : status === "firing" && severity === "critical" ? "red" : "yellow";

function alertTable(io: CliIo, items: readonly AlertRecord[]): string {
  const paint = painter(io, io.stdout);
  return table<AlertRecord>(
    [
      { title: "id", align: "right", value: ({ id }) => id },
      { title: "status", value: ({ status }) => status, paint: (shown, one) => paint(colorOf(one), shown) },
      { title: "severity", value: ({ severity }) => severity },
      { title: "level", align: "right", value: ({ level }) => level },
      { title: "alert", max: 30, value: ({ alertname }) => alertname },
      { title: "project", max: 20, value: ({ matter }) => matter.project },
      { title: "suite", max: 20, value: ({ matter }) => matter.suite },
      { title: "team", max: 20, value: ({ team }) => team },
      { title: "since", value: ({ startsAtMs }) => instant(startsAtMs) },
      { title: "what", max: 100, value: ({ annotations }) => annotations.summary },
    ],
    items,
  );
}

function show(io: CliIo, found: AlertDetail): void {
  const paint = painter(io, io.stdout);
  const { matter, acknowledgement: ack, annotations } = found;
  io.stdout.write(`${paint(colorOf(found), found.status)} ${clean(annotations.summary ?? found.alertname)}\n\n`);
  const until = ack?.untilMs === undefined ? "until it resolves" : `until ${instant(ack.untilMs)}`;
  io.stdout.write(
    fields({
      alert: found.alertname,
      about: matter.alertname === found.alertname ? undefined : matter.alertname,
      severity: found.severity,
      level: found.level,
      team: found.team,
      project: matter.project,
      suite: matter.suite,
      environment: matter.environment,
      branch: matter.branch,
      since: instant(found.startsAtMs),
      ended: found.endsAtMs === undefined ? undefined : instant(found.endsAtMs),
      acknowledged: ack === undefined ? undefined : `${until}${ack.by === undefined ? "" : ` by ${ack.by}`}`,
      reason: ack?.reason,
      description: annotations.description,
      runbook: annotations.runbook_url,
      dashboard: annotations.dashboard_url,
      snapshot: found.snapshot === undefined ? undefined : "kept; see --json",
    }),
  );
  io.stdout.write(`\n${paint("bold", "life")}\n`);
  for (const { atMs, step, detail, by } of found.steps) {
    const more = [detail, by === undefined ? undefined : `by ${by}`].filter((one) => one !== undefined);
    io.stdout.write(`  ${instant(atMs)}  ${step}${more.length === 0 ? "" : `: ${clean(more.join(", "))}`}\n`);
  }
}
