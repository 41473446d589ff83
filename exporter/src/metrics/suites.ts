import { branchLabel } from "../config/branch.ts";
import { suiteEntry, teamLookup } from "../config/ownership.ts";
import type { Config } from "../config/schema.ts";
import type { LastRunRow, Scope } from "../model/store.ts";
import { type Sample, type SuitePlan, scopeLabels } from "./last-run.ts";

/** What a label says when nothing is known; an empty one would be the same as no label. */
const UNOWNED = "unowned";
const UNKNOWN = "unknown";

interface SuiteState {
  readonly project: string;
  readonly suite: string;
  readonly plan: SuitePlan | undefined;
  /** Named by a row of the store, not by the configuration alone. */
  seen: boolean;
  /** Retired, or called something else now: nothing is expected of it. */
  ended: boolean;
  /** Newest completed runs by scope. */
  readonly lastRuns: Map<string, LastRunRow>;
}

/**
 * Every suite that is configured or was seen, with what is known of it beside its runs. An entry without a project stands
 * for any project; until a run names one, for the default project.
 */
export interface Suites {
  /** The entry for exactly this project, else the one for any. */
  plan(project: string, suite: string): SuitePlan | undefined;
  /** `expected` false: by a pull request alone, which does not make a suite that ended one to wait for again. */
  see(project: string, suite: string, expected?: boolean): void;
  /** It was retired or renamed: until it is seen again, nothing is said of it, whatever the configuration names. */
  end(project: string, suite: string): void;
  setLastRun(key: string, row: LastRunRow): void;
  /** Suites whose samples may have changed since the last call, with all of their samples. */
  takeChanged(): Iterable<{ readonly id: object; readonly samples: readonly Sample[] }>;
}

export function createSuites(config: Config): Suites {
  const states = new Map<string, Map<string, SuiteState>>();
  /** Names configured for any project that stand for the default project until they are seen elsewhere. */
  const placeholders = new Map<string, SuiteState>();
  let changed = new Set<SuiteState>();
  const defaultBranch = branchLabel(undefined, config);

  const teamOf = teamLookup(config);
  const plan = (project: string, suite: string): SuitePlan | undefined => suiteEntry(config, project, suite);

  function stateOf(project: string, suite: string): SuiteState {
    const ofProject = states.get(project) ?? new Map<string, SuiteState>();
    states.set(project, ofProject);
    let state = ofProject.get(suite);
    if (state === undefined) {
      state = { project, suite, plan: plan(project, suite), seen: false, ended: false, lastRuns: new Map() };
      ofProject.set(suite, state);
      changed.add(state);
    }
    return state;
  }

  for (const { project, suite } of config.suites) {
    const state = stateOf(project ?? config.project, suite);
    if (project === undefined) placeholders.set(suite, state);
    else state.seen = true; // named with its project: it stays, whatever runs elsewhere
  }

  function see(project: string, suite: string, expected = true): SuiteState {
    const state = stateOf(project, suite);
    if (expected && state.ended) {
      state.ended = false;
      changed.add(state);
    }
    if (!state.seen) {
      state.seen = true;
      changed.add(state);
    }
    const placeholder = placeholders.get(suite);
    if (placeholder !== undefined && state.plan?.project === undefined) {
      placeholders.delete(suite);
      changed.add(placeholder);
    }
    return state;
  }

  function samplesOf(state: SuiteState): Sample[] {
    const { project, suite, plan: planned } = state;
    if (!state.seen && placeholders.get(suite) !== state) return [];
    const owner = [teamOf(project, suite) ?? UNOWNED, planned?.component ?? UNKNOWN, frameworkOf(state) ?? UNKNOWN];
    const samples: Sample[] = [{ family: "suiteInfo", labels: [project, suite, ...owner], value: 1 }];
    const interval = planned?.expectedIntervalSeconds;
    if (interval !== undefined && !state.ended) {
      for (const scope of expectedScopes(state)) {
        samples.push({ family: "expectedInterval", labels: scopeLabels(scope), value: interval });
      }
    }
    return samples;
  }

  /**
   * Where the suite should keep running: on the default branch; when it never ran there, wherever it did; when it never
   * ran, in the default environment. So `test_expected_interval_seconds unless test_last_run_end_timestamp_seconds`
   * finds what never ran, and a release branch that is done does not count as late. Coverage alone is no run that could be late.
   */
  function expectedScopes({ project, suite, lastRuns }: SuiteState): readonly Scope[] {
    if (lastRuns.size === 0) return [{ project, suite, environment: config.environment, branch: defaultBranch }];
    const all = [...lastRuns.values()]
      .filter(({ run, measuredAtMs }) => run !== undefined || measuredAtMs !== undefined)
      .map(({ scope }) => scope);
    const onDefault = all.filter(({ branch }) => branch === defaultBranch);
    return onDefault.length > 0 ? onDefault : all;
  }

  return {
    plan,
    see,
    end(project, suite) {
      const state = see(project, suite, false);
      state.seen = false;
      state.ended = true;
      state.lastRuns.clear();
      changed.add(state);
    },
    setLastRun(key, row) {
      const state = see(row.scope.project, row.scope.suite);
      const { run, coverage, measures, load } = row;
      const isGone = run === undefined && coverage === undefined && measures.length + load.length === 0;
      if (isGone) state.lastRuns.delete(key);
      else state.lastRuns.set(key, row);
      changed.add(state);
    },
    *takeChanged() {
      const taken = changed;
      changed = new Set();
      for (const state of taken) yield { id: state, samples: samplesOf(state) };
    },
  };
}

/** Of the newest run that states one; ties go to the smaller name, so every replica says the same. */
function frameworkOf({ lastRuns }: SuiteState): string | undefined {
  let best: { endedAtMs: number; framework: string } | undefined;
  for (const { run, framework } of lastRuns.values()) {
    if (framework === undefined || framework === "") continue;
    const endedAtMs = run?.endedAtMs ?? 0;
    const tie = best?.endedAtMs === endedAtMs && framework < best.framework;
    if (best === undefined || endedAtMs > best.endedAtMs || tie) best = { endedAtMs, framework };
  }
  return best?.framework;
}
