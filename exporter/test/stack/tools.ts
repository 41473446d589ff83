/** The programs of the real stack. `least` is the oldest version the tests are written for; nothing depends on an exact one. */
export type Tool =
  | "prometheus"
  | "promtool"
  | "alertmanager"
  | "amtool"
  | "pushgateway"
  | "victoriaMetrics"
  | "chromium"
  | "curl"
  | "jq";

export type ToolInfo = {
  /** The Debian package; amtool has none of its own in forky. */
  package: string;
  /** Where the package puts the program; Debian's names differ from upstream's. */
  file: string;
  /** Names looked for on the PATH, best first; a path with a slash is taken as it is. */
  names: readonly string[];
  least: readonly number[];
  /** "forky" is unpacked into the project; "system" is installed by apt: what has dozens of shared libraries, and small tools. */
  from: "forky" | "system";
};

export const TOOLS: Readonly<Record<Tool, ToolInfo>> = {
  prometheus: {
    package: "prometheus",
    file: "usr/bin/prometheus",
    names: ["prometheus"],
    least: [3, 0],
    from: "forky",
  },
  promtool: { package: "promtool", file: "usr/bin/promtool", names: ["promtool"], least: [3, 0], from: "forky" },
  alertmanager: {
    package: "prometheus-alertmanager",
    file: "usr/bin/prometheus-alertmanager",
    names: ["alertmanager", "prometheus-alertmanager"],
    least: [0, 27],
    from: "forky",
  },
  amtool: {
    package: "prometheus-alertmanager",
    file: "usr/bin/amtool",
    names: ["amtool"],
    least: [0, 27],
    from: "forky",
  },
  pushgateway: {
    package: "prometheus-pushgateway",
    file: "usr/bin/prometheus-pushgateway",
    names: ["pushgateway", "prometheus-pushgateway"],
    least: [1, 6],
    from: "forky",
  },
  victoriaMetrics: {
    package: "victoria-metrics",
    file: "usr/bin/victoria-metrics",
    names: ["victoria-metrics", "victoria-metrics-prod"],
    least: [1, 100],
    from: "forky",
  },
  chromium: {
    package: "chromium",
    file: "usr/bin/chromium",
    names: [
      "chromium",
      "chromium-browser",
      "google-chrome",
      "google-chrome-stable",
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    ],
    least: [120],
    from: "system",
  },
  // What runbooks have people paste.
  curl: { package: "curl", file: "usr/bin/curl", names: ["curl"], least: [7, 74], from: "system" },
  jq: { package: "jq", file: "usr/bin/jq", names: ["jq"], least: [1, 6], from: "system" },
};

export const ALL_TOOLS = Object.keys(TOOLS) as readonly Tool[];
