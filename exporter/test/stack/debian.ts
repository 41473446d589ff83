import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { LAYOUT, readStamp, rootOf } from "./find.ts";
import { TOOLS } from "./tools.ts";

const SUITE = "forky";
const KEYRINGS = ["/usr/share/keyrings/debian-archive-keyring.gpg", "/usr/share/keyrings/debian-archive-keyring.pgp"];

export type Progress = (line: string) => void;

/** Debian itself: its derivatives lack the keyring that vouches for the packages, and their libraries differ. */
export const isDebian = (): boolean =>
  ["/usr/bin/apt-get", "/usr/bin/dpkg"].every((file) => existsSync(file)) && keyring() !== undefined;

const keyring = (): string | undefined => KEYRINGS.find((file) => existsSync(file));

/**
 * Downloads packages from Debian's forky suite and unpacks them, without installing, into `folder`. Needs no root, and
 * leaves the system's apt lists and caches alone. A package that failed is in the answer, with the reason.
 */
export async function unpackFromForky(
  folder: string,
  packages: readonly string[],
  progress: Progress,
): Promise<ReadonlyMap<string, string>> {
  const failed = new Map<string, string>();
  const apt = join(folder, "apt");
  const config = writeAptConfig(apt);
  progress(`reading the package lists of Debian ${SUITE}`);
  const update = await run("apt-get", ["-c", config, "update"], apt);
  for (const name of packages) {
    if (update.code !== 0) {
      failed.set(name, reasonOf(name, update.output));
      continue;
    }
    progress(`fetching ${name}`);
    const reason = await unpack(folder, name, config, apt);
    if (reason !== undefined) failed.set(name, reason);
  }
  rmSync(apt, { recursive: true, force: true });
  return failed;
}

async function unpack(folder: string, name: string, config: string, apt: string): Promise<string | undefined> {
  const debs = join(apt, "debs", name);
  mkdirSync(debs, { recursive: true });
  const download = await run("apt-get", ["-c", config, "download", `${name}/${SUITE}`], debs);
  const deb = readdirSync(debs).find((file) => file.endsWith(".deb"));
  if (download.code !== 0 || deb === undefined) return reasonOf(name, download.output);

  const field = await run("dpkg-deb", ["--field", deb, "Version"], debs);
  const extract = await run("dpkg", ["-x", deb, rootOf(folder)], debs);
  if (field.code !== 0 || extract.code !== 0) return reasonOf(name, field.output + extract.output);

  dropUnusedPrograms(rootOf(folder));
  if (name === TOOLS.alertmanager.package) moveTemplatesOfAlertmanager(rootOf(folder));
  const unfit = await firstThatDoesNotRun(rootOf(folder), name);
  if (unfit !== undefined) return unfit;

  const stamp = readStamp(folder);
  const next = { layout: LAYOUT, packages: { ...stamp.packages, [name]: field.output.trim() } };
  writeFileSync(join(folder, "stamp.json.new"), `${JSON.stringify(next, null, 2)}\n`);
  renameSync(join(folder, "stamp.json.new"), join(folder, "stamp.json"));
  return undefined;
}

/** victoria-metrics brings 200 MB of companions (vmctl, vmbackup, ...) that nothing here starts. */
function dropUnusedPrograms(root: string): void {
  const wanted = Object.values(TOOLS).map((tool) => tool.file);
  for (const file of readdirSync(join(root, "usr/bin"))) {
    const path = `usr/bin/${file}`;
    if (!wanted.includes(path.replace(/\.real$/, ""))) rmSync(join(root, path));
  }
}

/**
 * Debian's Alertmanager does not embed its default templates: it opens /usr/share/prometheus/alertmanager/default.tmpl
 * and refuses to start without it; no flag says otherwise (0.33.1). So the unpacked program gets another path of the same
 * length, which leads through file descriptor 9, and a wrapper opens the unpacked folder there. Nothing outside the project
 * is written, no root is needed, and the project may be moved. A build that embeds its templates is left as it is.
 */
function moveTemplatesOfAlertmanager(root: string): void {
  const program = join(root, TOOLS.alertmanager.file);
  const theirs = "/usr/share/prometheus/alertmanager";
  const ours = "/proc/self/fd/9".padEnd(theirs.length - 1, "/.").concat("/");
  const bytes = readFileSync(program);
  let at = bytes.indexOf(theirs);
  if (at < 0) return;
  for (; at >= 0; at = bytes.indexOf(theirs, at + 1)) bytes.write(ours, at, "latin1");
  writeFileSync(`${program}.real`, bytes, { mode: 0o755 });
  const wrapper = [
    "#!/bin/sh",
    '# Gives Alertmanager its default templates; see exporter/test/stack/debian.ts. "exec" keeps the process id.',
    'bin=$(dirname "$(readlink -f "$0")")',
    'exec 9<"$bin/../share/prometheus/alertmanager"',
    'exec "$bin/prometheus-alertmanager.real" "$@"',
    "",
  ];
  rmSync(program);
  writeFileSync(program, wrapper.join("\n"), { mode: 0o755 });
}

/** Forky is ahead of the machine: a program may one day need a newer C library, and shall say so here, not in a test. */
async function firstThatDoesNotRun(root: string, name: string): Promise<string | undefined> {
  for (const tool of Object.values(TOOLS).filter((one) => one.package === name)) {
    const ran = await run(join(root, tool.file), ["--version"], root);
    if (ran.code !== 0) return `package ${name} of Debian ${SUITE} does not run here: ${lastLine(ran.output)}`;
  }
  return undefined;
}

/** What is not unpacked but installed, from this machine's own suite: Chromium has dozens of shared libraries. */
export async function installFromSystem(name: string, progress: Progress): Promise<string | undefined> {
  if (process.getuid?.() !== 0) return `not installed, and installing needs root; hint: apt-get install ${name}`;
  progress(`installing ${name} with apt-get`);
  const steps = [
    ["update", "-o", "APT::Update::Error-Mode=any"],
    ["install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", name],
  ];
  for (const step of steps) {
    const ran = await run("apt-get", [...step, "-o", "Acquire::Retries=3"], "/");
    // A failing list of some other archive on this machine does not matter as long as the package is found.
    if (ran.code !== 0 && step[0] === "install") return reasonOf(name, ran.output);
  }
  return undefined;
}

function writeAptConfig(apt: string): string {
  for (const sub of ["state/lists/partial", "cache/archives/partial", "etc/parts"]) {
    mkdirSync(join(apt, sub), { recursive: true });
  }
  writeFileSync(join(apt, "state/status"), "");
  const source = `deb [signed-by=${keyring()}] http://deb.debian.org/debian ${SUITE} main\n`;
  writeFileSync(join(apt, "etc/sources.list"), source);
  // Given with -c, so it is read after the system's files: their proxy settings stay, their hooks go.
  const lines = [
    "#clear APT::Update::Pre-Invoke;",
    "#clear APT::Update::Post-Invoke;",
    "#clear APT::Update::Post-Invoke-Success;",
    "#clear DPkg::Post-Invoke;",
    `Dir::State "${apt}/state";`,
    `Dir::State::status "${apt}/state/status";`,
    `Dir::Cache "${apt}/cache";`,
    'Dir::Cache::pkgcache "pkgcache.bin";',
    'Dir::Cache::srcpkgcache "";',
    `Dir::Etc::sourcelist "${apt}/etc/sources.list";`,
    `Dir::Etc::sourceparts "${apt}/etc/parts";`,
    `Dir::Etc::preferencesparts "${apt}/etc/parts";`,
    'Dir::Etc::preferences "/dev/null";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled "false";',
    'APT::Update::Error-Mode "any";',
    // Else apt, run by root, drops to user _apt, who may not enter the project's folder.
    'APT::Sandbox::User "root";',
  ];
  writeFileSync(join(apt, "apt.conf"), `${lines.join("\n")}\n`);
  return join(apt, "apt.conf");
}

function reasonOf(name: string, output: string): string {
  const said = output.split("\n").filter((line) => /^(E|Err|W):/.test(line));
  const first = said.find((line) => line.startsWith("E:")) ?? said[0] ?? lastLine(output);
  return `package ${name} could not be had from Debian: ${first}; hint: is deb.debian.org reachable from here?`;
}

const lastLine = (output: string): string => output.trim().split("\n").at(-1) ?? "";

function run(command: string, args: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
  const env = { ...process.env, LC_ALL: "C.UTF-8", DEBIAN_FRONTEND: "noninteractive" };
  return new Promise((done) => {
    execFile(command, args, { cwd, env, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      done({ code, output: stdout + stderr + (error !== null && code === 1 && stderr === "" ? error.message : "") });
    });
  });
}
