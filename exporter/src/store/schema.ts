import type { DatabaseSync } from "node:sqlite";
import { AppError } from "../errors.ts";

/**
 * The layout, one entry per version; `PRAGMA user_version` says how many were applied. Never edit an entry that has been
 * released: append. Times are UTC milliseconds, durations microseconds in cases and seconds elsewhere, JSON is text.
 *
 * `case_result` is the big table: WITHOUT ROWID in key order, no second index, about 28 bytes a row. Test ids hold their
 * group in the high bits (`identity.ts`), so one report's rows arrive nearly in key order.
 */
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
  INSERT INTO meta VALUES ('generation', 1);

  CREATE TABLE run (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    project TEXT NOT NULL,
    environment TEXT NOT NULL,
    run_id TEXT NOT NULL,
    branch TEXT,
    branch_label TEXT NOT NULL,
    commit_sha TEXT,
    run_url TEXT,
    executor TEXT,
    test_plan_id TEXT,
    framework TEXT,
    status TEXT NOT NULL,
    state TEXT,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    completed_ms INTEGER,
    complete_after_ms INTEGER,
    parts_expected INTEGER,
    parts_received INTEGER NOT NULL,
    history INTEGER NOT NULL,
    duration_seconds REAL NOT NULL,
    passed INTEGER NOT NULL, failed INTEGER NOT NULL, errored INTEGER NOT NULL, skipped INTEGER NOT NULL,
    retries INTEGER NOT NULL, flaky INTEGER NOT NULL,
    UNIQUE (project, environment, run_id)
  ) STRICT;
  CREATE INDEX run_by_end ON run (ended_ms, id);
  CREATE INDEX run_open ON run (complete_after_ms) WHERE completed_ms IS NULL;
  CREATE INDEX run_by_run_id ON run (run_id);

  CREATE TABLE part (
    run INTEGER NOT NULL,
    name TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    format TEXT NOT NULL,
    source TEXT NOT NULL,
    received_ms INTEGER NOT NULL,
    cases INTEGER NOT NULL,
    counts TEXT NOT NULL,
    warnings TEXT NOT NULL,
    notes TEXT NOT NULL,
    base TEXT NOT NULL,
    line INTEGER NOT NULL,
    PRIMARY KEY (run, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE suite_result (
    run INTEGER NOT NULL,
    suite TEXT NOT NULL,
    scope INTEGER,
    status TEXT NOT NULL,
    state TEXT,
    started_ms INTEGER NOT NULL,
    ended_ms INTEGER NOT NULL,
    duration_seconds REAL NOT NULL,
    parts INTEGER NOT NULL,
    passed INTEGER NOT NULL, failed INTEGER NOT NULL, errored INTEGER NOT NULL, skipped INTEGER NOT NULL,
    retries INTEGER NOT NULL, flaky INTEGER NOT NULL,
    case_seconds_sum REAL NOT NULL, case_seconds_count INTEGER NOT NULL,
    case_buckets TEXT NOT NULL,
    error_counts TEXT NOT NULL,
    coverage TEXT,
    measures INTEGER NOT NULL,
    test_parts INTEGER NOT NULL,
    framework TEXT,
    PRIMARY KEY (run, suite)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX suite_result_by_scope ON suite_result (scope, ended_ms);
  -- Newest of a kind per scope. Without them a suite that never measures (or never passes) is read from end to end for each report.
  CREATE INDEX suite_result_tests ON suite_result (scope, ended_ms) WHERE status <> 'measured';
  CREATE INDEX suite_result_measures ON suite_result (scope, ended_ms) WHERE measures > 0;
  CREATE INDEX suite_result_coverage ON suite_result (scope, ended_ms) WHERE coverage IS NOT NULL;
  CREATE INDEX suite_result_passed ON suite_result (scope, ended_ms) WHERE status = 'passed';

  CREATE TABLE test_group (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    suite TEXT NOT NULL,
    path TEXT NOT NULL,
    extent INTEGER NOT NULL,
    UNIQUE (project, suite, path, extent)
  ) STRICT;
  CREATE TABLE test (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT;

  CREATE TABLE case_result (
    run INTEGER NOT NULL,
    test INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    outcome INTEGER NOT NULL,
    duration_us INTEGER,
    line INTEGER NOT NULL,
    PRIMARY KEY (run, test, attempt)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE case_detail (
    run INTEGER NOT NULL,
    test INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    error_type TEXT,
    signature TEXT,
    detail TEXT NOT NULL,
    PRIMARY KEY (run, test, attempt)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE measure (
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    suite TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    measure TEXT NOT NULL,
    stat TEXT NOT NULL,
    component TEXT,
    scenario TEXT,
    value REAL NOT NULL,
    unit TEXT NOT NULL,
    source_value REAL NOT NULL,
    source_unit TEXT,
    tags TEXT,
    PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE label_value (
    label TEXT NOT NULL, parent TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (label, parent, value)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE scope (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL, suite TEXT NOT NULL, environment TEXT NOT NULL, branch TEXT NOT NULL,
    UNIQUE (project, suite, environment, branch)
  ) STRICT;
  CREATE TABLE counter (
    name TEXT NOT NULL, scope INTEGER NOT NULL, child TEXT NOT NULL,
    value INTEGER NOT NULL, created_ms INTEGER NOT NULL, last_run_id TEXT, generation INTEGER NOT NULL,
    PRIMARY KEY (name, scope, child)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX counter_by_generation ON counter (generation);
  CREATE TABLE histogram (
    name TEXT NOT NULL, scope INTEGER NOT NULL,
    bounds TEXT NOT NULL, counts TEXT NOT NULL, sum REAL NOT NULL,
    created_ms INTEGER NOT NULL, last_run_id TEXT, generation INTEGER NOT NULL,
    PRIMARY KEY (name, scope)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX histogram_by_generation ON histogram (generation);
  CREATE TABLE last_run (
    scope INTEGER PRIMARY KEY,
    test_run INTEGER, measure_run INTEGER, coverage_run INTEGER,
    generation INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX last_run_by_generation ON last_run (generation);
  CREATE TABLE error_test (
    scope INTEGER NOT NULL, error_type TEXT NOT NULL, test INTEGER NOT NULL, at_ms INTEGER NOT NULL,
    PRIMARY KEY (scope, error_type, test)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE error_window (
    scope INTEGER NOT NULL, error_type TEXT NOT NULL,
    affected INTEGER NOT NULL, last_ms INTEGER NOT NULL, next_change_ms INTEGER, generation INTEGER NOT NULL,
    PRIMARY KEY (scope, error_type)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX error_window_by_generation ON error_window (generation);
  CREATE INDEX error_window_due ON error_window (next_change_ms) WHERE next_change_ms IS NOT NULL;
  `,
  // Coverage per file. The detail (JSON) says which lines, so that parts of a run can be merged.
  `
  CREATE TABLE coverage_file (
    run INTEGER NOT NULL,
    suite TEXT NOT NULL,
    path TEXT NOT NULL,
    lines_covered INTEGER NOT NULL, lines_total INTEGER NOT NULL,
    branches_covered INTEGER, branches_total INTEGER,
    functions_covered INTEGER, functions_total INTEGER,
    detail TEXT NOT NULL,
    PRIMARY KEY (run, suite, path)
  ) STRICT, WITHOUT ROWID;
  `,
  // Load tests, repeats of benchmarks, and series: what measure history is read from. Labels of counters may be several: `child` is
  // then JSON. An absent part of a series' key is '', since NULLs are never equal.
  `
  ALTER TABLE measure ADD COLUMN better TEXT;
  ALTER TABLE measure ADD COLUMN samples BLOB;
  ALTER TABLE measure ADD COLUMN runner_class TEXT;
  ALTER TABLE suite_result ADD COLUMN loads INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE last_run ADD COLUMN load_run INTEGER;
  CREATE INDEX suite_result_loads ON suite_result (scope, ended_ms) WHERE loads > 0;

  CREATE TABLE load_result (
    run INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    suite TEXT NOT NULL,
    scenario TEXT,
    operation TEXT,
    requests INTEGER, failures INTEGER,
    requests_per_second REAL, received_bytes_per_second REAL,
    users REAL,
    latency TEXT NOT NULL,
    histogram TEXT,
    slices TEXT,
    counted INTEGER NOT NULL,
    PRIMARY KEY (run, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE new_histogram (
    name TEXT NOT NULL, scope INTEGER NOT NULL, child TEXT NOT NULL,
    bounds TEXT NOT NULL, counts TEXT NOT NULL, sum REAL NOT NULL,
    created_ms INTEGER NOT NULL, last_run_id TEXT, generation INTEGER NOT NULL,
    PRIMARY KEY (name, scope, child)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO new_histogram SELECT name, scope, '', bounds, counts, sum, created_ms, last_run_id, generation FROM histogram;
  DROP TABLE histogram;
  ALTER TABLE new_histogram RENAME TO histogram;
  CREATE INDEX histogram_by_generation ON histogram (generation);

  CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL, suite TEXT NOT NULL, environment TEXT NOT NULL, branch TEXT NOT NULL,
    kind TEXT NOT NULL, name TEXT NOT NULL, measure TEXT NOT NULL, stat TEXT NOT NULL, unit TEXT NOT NULL,
    component TEXT NOT NULL, scenario TEXT NOT NULL, operation TEXT NOT NULL, runner_class TEXT NOT NULL,
    better TEXT,
    UNIQUE (project, suite, environment, branch, kind, name, measure, stat, unit, component, scenario, operation, runner_class)
  ) STRICT;
  CREATE TABLE series_point (
    run INTEGER NOT NULL, series INTEGER NOT NULL, ended_ms INTEGER NOT NULL, value REAL NOT NULL,
    PRIMARY KEY (run, series)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX series_point_by_end ON series_point (series, ended_ms, run, value);

  INSERT OR IGNORE INTO series (project, suite, environment, branch, kind, name, measure, stat, unit, component, scenario, operation, runner_class)
    SELECT r.project, m.suite, r.environment, r.branch_label, m.kind, iif(m.kind = 'benchmark', m.name, ''), m.measure, m.stat, m.unit,
      coalesce(m.component, ''), coalesce(m.scenario, ''), '', ''
    FROM measure m JOIN run r ON r.id = m.run WHERE r.completed_ms IS NOT NULL ORDER BY m.run, m.seq;
  INSERT OR REPLACE INTO series_point
    SELECT m.run, x.id, s.ended_ms, m.value
    FROM measure m JOIN run r ON r.id = m.run JOIN suite_result s ON s.run = m.run AND s.suite = m.suite
      JOIN series x ON x.project = r.project AND x.suite = m.suite AND x.environment = r.environment AND x.branch = r.branch_label
        AND x.kind = m.kind AND x.name = iif(m.kind = 'benchmark', m.name, '') AND x.measure = m.measure AND x.stat = m.stat
        AND x.unit = m.unit AND x.component = coalesce(m.component, '') AND x.scenario = coalesce(m.scenario, '')
        AND x.operation = '' AND x.runner_class = ''
    WHERE r.completed_ms IS NOT NULL ORDER BY m.run, m.seq;
  `,
  // Deviations: which series wait for their analysis, what the newest said, and deviations with their life. A verdict holds its own
  // labels, since it is shown as gone after its series is. `weight`: what a ratio is of. `facts`: JSON of what is known of a run.
  `
  ALTER TABLE run ADD COLUMN facts TEXT;
  ALTER TABLE series_point ADD COLUMN weight REAL;

  CREATE TABLE series_due (seq INTEGER PRIMARY KEY, series INTEGER NOT NULL UNIQUE) STRICT;
  CREATE TABLE series_verdict (
    series INTEGER PRIMARY KEY,
    labels TEXT NOT NULL,
    scope INTEGER,
    state TEXT NOT NULL,
    suspected INTEGER NOT NULL,
    summary TEXT NOT NULL,
    numbers TEXT NOT NULL,
    change_run TEXT,
    generation INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX series_verdict_by_generation ON series_verdict (generation);
  CREATE INDEX series_verdict_by_change ON series_verdict (change_run);
  CREATE TABLE series_start (series INTEGER PRIMARY KEY, from_ms INTEGER NOT NULL) STRICT;
  CREATE TABLE deviation (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    labels TEXT NOT NULL,
    status TEXT NOT NULL,
    severity TEXT NOT NULL,
    summary TEXT NOT NULL,
    before REAL NOT NULL, after REAL NOT NULL, p_value REAL NOT NULL, direction TEXT NOT NULL,
    since_run TEXT NOT NULL, since_ms INTEGER NOT NULL,
    opened_ms INTEGER NOT NULL, ended_ms INTEGER,
    ack_until_ms INTEGER, ack_by TEXT, reason TEXT,
    record TEXT
  ) STRICT;
  CREATE UNIQUE INDEX deviation_open ON deviation (series) WHERE status = 'open';
  CREATE INDEX deviation_by_ack ON deviation (ack_until_ms) WHERE status = 'open' AND ack_until_ms IS NOT NULL;
  INSERT INTO series_due (series) SELECT id FROM series WHERE branch <> 'pull_request';
  `,
  // Names for runs that others are compared with. An id is never given again: lists are paged by it.
  `
  CREATE TABLE baseline (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL, run INTEGER NOT NULL, saved_ms INTEGER NOT NULL) STRICT;
  CREATE INDEX baseline_by_name ON baseline (name);
  CREATE INDEX baseline_by_run ON baseline (run);
  `,
  // How flaky suites are: which wait to be judged since which generation, how many tests are flaky, and which pairs of test and commit
  // were counted for having both outcomes. Suites of before are judged with their next run.
  `
  CREATE TABLE suite_due (scope INTEGER PRIMARY KEY, generation INTEGER NOT NULL) STRICT;
  CREATE TABLE suite_flaky (scope INTEGER PRIMARY KEY, tests INTEGER, generation INTEGER NOT NULL) STRICT;
  CREATE INDEX suite_flaky_by_generation ON suite_flaky (generation);
  CREATE TABLE two_outcomes (
    scope INTEGER NOT NULL, commit_sha TEXT NOT NULL, test INTEGER NOT NULL,
    PRIMARY KEY (scope, commit_sha, test)
  ) STRICT, WITHOUT ROWID;
  `,
  // Runs that wait for more of their parts, by suite, and since when they are silent; suites that were retired or renamed. A scope that is
  // retired is not shown; base is what a series stood at when its scope was shown again. stated_end_ms: of the reports that state one.
  `
  ALTER TABLE run ADD COLUMN stated_end_ms INTEGER;
  ALTER TABLE run ADD COLUMN heard_ms INTEGER;
  ALTER TABLE scope ADD COLUMN retired_ms INTEGER;
  ALTER TABLE scope ADD COLUMN resumed_ms INTEGER;
  ALTER TABLE counter ADD COLUMN base INTEGER;
  ALTER TABLE histogram ADD COLUMN base TEXT;

  CREATE TABLE active_run (run INTEGER NOT NULL, scope INTEGER NOT NULL, PRIMARY KEY (run, scope)) STRICT, WITHOUT ROWID;
  CREATE INDEX active_run_by_scope ON active_run (scope);
  CREATE TABLE active_suite (
    scope INTEGER PRIMARY KEY, runs INTEGER NOT NULL, heard_ms INTEGER, generation INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX active_suite_by_generation ON active_suite (generation);
  CREATE TABLE ended_suite (
    project TEXT NOT NULL, suite TEXT NOT NULL, retired_ms INTEGER, generation INTEGER NOT NULL,
    PRIMARY KEY (project, suite)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE suite_alias (
    project TEXT NOT NULL, alias TEXT NOT NULL, suite TEXT NOT NULL,
    PRIMARY KEY (project, alias)
  ) STRICT, WITHOUT ROWID;
  `,
  // Alerts. A matter holds where its newest climb and acknowledgement stand, and is told as closed while nothing of it fires; a record is
  // one firing of one label set. `since_ms`: from when it counts, by our clock. `again_ms`: said to fire again just after its end.
  // `due_ms`: when time changes the matter next. Steps of a matter are written to each of its open records. `snapshot`: NULL none wanted,
  // 0 due, else its id. Ids of records are in links.
  `
  CREATE TABLE alert_matter (
    id INTEGER PRIMARY KEY,
    alertname TEXT NOT NULL, project TEXT NOT NULL, suite TEXT NOT NULL, environment TEXT NOT NULL, branch TEXT NOT NULL,
    team TEXT,
    open INTEGER NOT NULL DEFAULT 0,
    climbs INTEGER NOT NULL DEFAULT 0,
    since_ms INTEGER,
    known_ms INTEGER,
    level INTEGER NOT NULL DEFAULT 1,
    level_ms INTEGER,
    due_ms INTEGER,
    ack_ms INTEGER, ack_until_ms INTEGER, ack_by TEXT, ack_reason TEXT,
    generation INTEGER NOT NULL,
    UNIQUE (alertname, project, suite, environment, branch)
  ) STRICT;
  CREATE INDEX alert_matter_by_generation ON alert_matter (generation);
  CREATE INDEX alert_matter_due ON alert_matter (due_ms) WHERE due_ms IS NOT NULL;
  CREATE INDEX alert_matter_open ON alert_matter (id) WHERE open = 1;
  CREATE TABLE alert (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    matter INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    starts_ms INTEGER NOT NULL,
    alertname TEXT NOT NULL, severity TEXT NOT NULL, kind TEXT NOT NULL, team TEXT,
    escalation INTEGER NOT NULL,
    labels TEXT NOT NULL, annotations TEXT NOT NULL, generator_url TEXT,
    received_ms INTEGER NOT NULL, heard_ms INTEGER NOT NULL,
    since_ms INTEGER NOT NULL,
    ends_ms INTEGER,
    again_ms INTEGER,
    level INTEGER,
    snapshot INTEGER,
    UNIQUE (fingerprint, starts_ms)
  ) STRICT;
  CREATE INDEX alert_by_matter ON alert (matter, ends_ms);
  CREATE INDEX alert_by_end ON alert (ends_ms) WHERE ends_ms IS NOT NULL;
  CREATE INDEX alert_in_doubt ON alert (again_ms) WHERE again_ms IS NOT NULL;
  CREATE INDEX alert_by_word ON alert (heard_ms) WHERE ends_ms IS NULL;
  CREATE INDEX alert_waiting ON alert (matter) WHERE snapshot = 0;
  CREATE TABLE alert_step (
    id INTEGER PRIMARY KEY,
    alert INTEGER NOT NULL,
    at_ms INTEGER NOT NULL, step TEXT NOT NULL, detail TEXT, by TEXT
  ) STRICT;
  CREATE INDEX alert_step_by_alert ON alert_step (alert);
  CREATE TABLE alert_notice (
    alert INTEGER NOT NULL, receiver TEXT NOT NULL,
    messages INTEGER NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL,
    PRIMARY KEY (alert, receiver)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE alert_snapshot (id INTEGER PRIMARY KEY AUTOINCREMENT, taken_ms INTEGER NOT NULL, document TEXT NOT NULL) STRICT;
  `,
];

export const SCHEMA_VERSION = MIGRATIONS.length;

/** "PLMB" as a number: `PRAGMA application_id` of every store, so that another program's database is not written to. */
const APPLICATION_ID = 0x504c4d42;

/**
 * Brings a database up to date, each version in a transaction of its own. Throws STORE_VERSION when it is newer. Tests stop at an
 * earlier version, to have a store as it was then.
 */
export function migrate(db: DatabaseSync, file: string, target = SCHEMA_VERSION): void {
  const current = versionOf(db);
  if (current > SCHEMA_VERSION) throw newer(file, current);
  for (let version = current; version < target; version++) {
    db.exec("BEGIN IMMEDIATE");
    try {
      // Another process may have migrated while this one waited for the lock.
      if (versionOf(db) === version) {
        db.exec(MIGRATIONS[version]!);
        db.exec(`PRAGMA user_version = ${version + 1}; PRAGMA application_id = ${APPLICATION_ID}`);
      }
      db.exec("COMMIT");
    } catch (error) {
      if (db.isTransaction) db.exec("ROLLBACK");
      throw error;
    }
  }
  // Where another process migrated, this connection still holds the layout from before. A statement that runs notices; one that is
  // only prepared, with values for columns that are new, fails (SQLite 3.53).
  db.prepare("SELECT count(*) FROM sqlite_schema").get();
}

/** A reader cannot migrate: it says so instead of failing on a missing table. */
export function assertVersion(db: DatabaseSync, file: string): void {
  assertOurs(db, file);
  const current = versionOf(db);
  if (current > SCHEMA_VERSION) throw newer(file, current);
  if (current < SCHEMA_VERSION)
    throw new AppError(
      "STORE_VERSION",
      `schema version ${current}, this Plumbline needs ${SCHEMA_VERSION}`,
      { file },
      {
        hint: "open it once with a writing command ('plumbline serve'), which migrates it",
      },
    );
}

/** An empty file may become a store; a database with tables must be one, else it throws STORE_CORRUPT. */
export function assertOurs(db: DatabaseSync, file: string): void {
  // In this order: another process that is making the store sets both at once.
  const { n } = db.prepare("SELECT count(*) AS n FROM sqlite_schema").get() as { n: number };
  const { application_id: id } = db.prepare("PRAGMA application_id").get() as { application_id: number };
  if (n > 0 && id !== APPLICATION_ID)
    throw new AppError(
      "STORE_CORRUPT",
      "this is an SQLite database of another program",
      { file },
      { hint: "name a file of its own with --store; a new one is made when it does not exist" },
    );
}

function newer(file: string, version: number): AppError {
  return new AppError("STORE_VERSION", `schema version ${version}, this Plumbline knows ${SCHEMA_VERSION}`, { file });
}

function versionOf(db: DatabaseSync): number {
  return (db.prepare("PRAGMA user_version").get() as { user_version: number }).user_version;
}
