/** Alertmanager's API, version 2, as far as the command line uses it. */
import { AppError } from "../errors.ts";
import { display, unreachableReason } from "./http.ts";

const TIMEOUT_MS = 10_000;

export interface Routed {
  /** Names of the receivers whose routes match. */
  readonly receivers: readonly string[];
  readonly state: string;
}

export interface AlertmanagerApi {
  /** The configuration that is loaded, as YAML without its secrets. */
  configuration(): Promise<string>;
  post(alert: object): Promise<void>;
  /** The alert with that label, once it is routed. */
  find(label: string, value: string): Promise<Routed | undefined>;
  /** Attempts to deliver to that receiver so far; undefined unless it runs with receiver-name-in-metrics. */
  attempts(receiver: string): Promise<{ readonly all: number; readonly failed: number } | undefined>;
}

/** Each call throws SERVER_UNREACHABLE or SERVER_REFUSED. */
export function alertmanagerApi(base: URL): AlertmanagerApi {
  const file = display(base);

  async function call(path: string, body?: unknown): Promise<string> {
    const url = `${base.href.replace(/\/+$/, "")}/${path}`;
    let response: Response;
    let text: string;
    try {
      response = await fetch(url, {
        signal: AbortSignal.timeout(TIMEOUT_MS),
        ...(body === undefined
          ? {}
          : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      });
      text = await response.text();
    } catch (cause) {
      const hint = "is Alertmanager running there? name its address as seen from here with --alertmanager URL";
      throw new AppError("SERVER_UNREACHABLE", `no answer (${unreachableReason(cause)})`, { file }, { cause, hint });
    }
    if (!response.ok) throw new AppError("SERVER_REFUSED", `${response.status}: ${text.trim()}`, { file });
    return text;
  }

  async function json(path: string, body?: unknown): Promise<unknown> {
    const text = await call(path, body);
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      const hint = "is that address an Alertmanager?";
      throw new AppError("SERVER_REFUSED", `${path} answered with something else than JSON`, { file }, { cause, hint });
    }
  }

  return {
    async configuration() {
      const status = (await json("api/v2/status")) as { config?: { original?: string } };
      return status.config?.original ?? "";
    },
    async post(alert) {
      await call("api/v2/alerts", [alert]);
    },
    async find(label, value) {
      const filter = encodeURIComponent(`${label}=${JSON.stringify(value)}`);
      const [found] = (await json(`api/v2/alerts?filter=${filter}`)) as {
        receivers: { name: string }[];
        status: { state: string };
      }[];
      return found && { receivers: found.receivers.map(({ name }) => name), state: found.status.state };
    },
    async attempts(receiver) {
      const lines = (await call("metrics")).split("\n");
      const label = `receiver_name=${JSON.stringify(receiver)}`;
      const sum = (name: string): number | undefined => {
        const own = lines.filter((line) => line.startsWith(`${name}{`) && line.includes(label));
        return own.length === 0 ? undefined : own.reduce((total, line) => total + Number(line.split(" ").at(-1)), 0);
      };
      const all = sum("alertmanager_notification_requests_total");
      return all === undefined
        ? undefined
        : { all, failed: sum("alertmanager_notification_requests_failed_total") ?? 0 };
    },
  };
}
