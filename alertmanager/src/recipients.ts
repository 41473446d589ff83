/** Everybody whom Alertmanager can tell, by the name that routes, `plumbline alerts test` and people use. */
import { type Config, SHARED_RECEIVERS, TEAM_RECEIVERS } from "../../exporter/src/config/schema.ts";

export type Channels = Config["notifications"]["pager"];
export type Team = Config["teams"][number];

/** Plumbline's own receiver, which keeps the records; see `exporterReceiver`. */
export const EXPORTER = "plumbline";
/** Whoever is told nothing: the alert is to be seen in Alertmanager only. */
export const NOBODY = "nobody";

export type Shared = (typeof SHARED_RECEIVERS)[number];
export type Role = (typeof TEAM_RECEIVERS)[number];

export interface Recipient {
  readonly name: string;
  readonly channels: Channels;
}

/** `payments/pager`. A team's name holds no slash, so it cannot be taken for a shared receiver. */
export const ofTeam = (team: Pick<Team, "name">, role: Role): string => `${team.name}/${role}`;

/** The shared receiver's name when it is configured, so that `??` states who stands in. */
export const shared = ({ notifications }: Config, name: Shared): Shared | undefined =>
  notifications[name] === undefined ? undefined : name;

/** The team's own receiver for that role, when it has one. */
export const own = (team: Team, role: Role): string | undefined =>
  team[role] === undefined ? undefined : ofTeam(team, role);

/** All with a channel of the configuration, the shared ones first. */
export function recipients(config: Config): readonly Recipient[] {
  const named = (name: string, channels: Channels | undefined): Recipient[] =>
    channels === undefined ? [] : [{ name, channels }];
  return [
    ...SHARED_RECEIVERS.flatMap((name) => named(name, config.notifications[name])),
    ...config.teams.flatMap((team) => TEAM_RECEIVERS.flatMap((role) => named(ofTeam(team, role), team[role]))),
  ];
}
