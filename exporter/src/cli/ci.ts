/**
 * What the CI system says about a run. One table row per system, first match wins; see each system's page of
 * predefined variables, linked at its row.
 *
 * A branch is never guessed from the name of a pull request's source: a fork's `main` is not main. Requests become
 * `pull/123/head` (as GitHub, GitLab and Azure name their refs), which no sensible branch pattern allows.
 */
import type { RunContext } from "../model/run.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

type CiFields = Pick<RunContext, "project" | "branch" | "commit" | "runId" | "runUrl" | "part" | "executor">;

export interface CiContext extends Partial<CiFields> {
  readonly executor: string;
}

interface CiSystem {
  readonly name: string;
  readonly detect: (env: Environment) => boolean;
  readonly read: (env: Environment) => { readonly [K in Exclude<keyof CiFields, "executor">]: string | undefined };
}

/** Undefined outside of a known CI system. Only fields that the system states are present. */
export function ciContext(env: Environment): CiContext | undefined {
  const known = withoutEmpty(env);
  const system = SYSTEMS.find(({ detect }) => detect(known));
  if (system === undefined) return undefined;
  return { ...definedOnly(system.read(known)), executor: system.name };
}

const githubActions: CiSystem = {
  // https://docs.github.com/en/actions/reference/workflows-and-actions/variables
  name: "GitHub Actions",
  detect: (env) => env.GITHUB_ACTIONS === "true",
  read: (env) => {
    const runUrl = joined("/", env.GITHUB_SERVER_URL, env.GITHUB_REPOSITORY, "actions/runs", env.GITHUB_RUN_ID);
    const attempt = env.GITHUB_RUN_ATTEMPT ?? "1";
    // The event runs on the default branch whatever branch was tested before; only the user knows what the report is of.
    const isFollowUp = env.GITHUB_EVENT_NAME === "workflow_run";
    return {
      project: lastSegment(env.GITHUB_REPOSITORY),
      branch: isFollowUp ? "workflow_run" : githubBranch(env),
      commit: isFollowUp ? undefined : env.GITHUB_SHA,
      runId: joined("-", env.GITHUB_RUN_ID, attempt),
      runUrl: runUrl === undefined ? undefined : `${runUrl}/attempts/${attempt}`,
      // Jobs of a matrix share GITHUB_JOB, and no variable holds their index. The tracking id, which the runner gives
      // each job to find its orphaned processes, tells them apart.
      part: withSuffix(env.GITHUB_JOB, "-", env.RUNNER_TRACKING_ID?.match(/^github_([0-9a-f]{8})/)?.[1]),
    };
  },
};

function githubBranch(env: Environment): string | undefined {
  const number = /^refs\/pull\/(\d+)\//.exec(env.GITHUB_REF ?? "")?.[1];
  if (number !== undefined) return `pull/${number}/head`;
  // pull_request_target states the base branch as its ref, and no number.
  if (env.GITHUB_HEAD_REF !== undefined) return `pull/${env.GITHUB_HEAD_REF}/head`;
  return branchOfRef(env.GITHUB_REF);
}

const gitlab: CiSystem = {
  // https://docs.gitlab.com/ci/variables/predefined_variables/
  name: "GitLab CI",
  detect: (env) => env.GITLAB_CI === "true",
  read: (env) => ({
    project: env.CI_PROJECT_NAME ?? lastSegment(env.CI_PROJECT_PATH),
    branch:
      requestRef(env.CI_MERGE_REQUEST_IID ?? env.CI_EXTERNAL_PULL_REQUEST_IID) ??
      env.CI_COMMIT_BRANCH ??
      tagRef(env.CI_COMMIT_TAG),
    commit: env.CI_COMMIT_SHA,
    runId: env.CI_PIPELINE_ID,
    runUrl: env.CI_PIPELINE_URL,
    // The name holds index and matrix values ("unit 2/3"); a job retried in the same pipeline has another id only.
    part: withSuffix(env.CI_JOB_NAME, "#", env.CI_JOB_ID),
  }),
};

const jenkins: CiSystem = {
  // https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables; CHANGE_*: branch-api plugin,
  // ghprb*: GitHub pull request builder
  name: "Jenkins",
  detect: (env) => env.JENKINS_URL !== undefined || (env.BUILD_TAG ?? "").startsWith("jenkins-"),
  read: (env) => ({
    project: repositoryName(env.GIT_URL) ?? jenkinsProject(env),
    branch:
      requestRef(env.CHANGE_ID ?? env.ghprbPullId) ??
      tagRef(env.TAG_NAME) ??
      env.BRANCH_NAME ??
      env.GIT_LOCAL_BRANCH ??
      env.GIT_BRANCH?.replace(/^(refs\/heads|origin)\//, ""),
    commit: env.ghprbActualCommit ?? env.GIT_COMMIT,
    // Build numbers start at 1 in every job; the tag holds the job's name too.
    runId: env.BUILD_TAG ?? joined("-", env.JOB_NAME, env.BUILD_NUMBER),
    runUrl: env.BUILD_URL,
    part: env.STAGE_NAME,
  }),
};

/** `folder/app/main` of a multibranch job is the project `app`. */
function jenkinsProject(env: Environment): string | undefined {
  const path = (env.JOB_NAME ?? "").split("/").filter((name) => name !== "");
  const last = path.at(-1);
  const isBranch = last !== undefined && path.length > 1 && env.BRANCH_NAME !== undefined;
  return isBranch && decoded(last) === env.BRANCH_NAME ? path.at(-2) : last;
}

const buildkite: CiSystem = {
  // https://buildkite.com/docs/pipelines/configure/environment-variables
  name: "Buildkite",
  detect: (env) => env.BUILDKITE === "true",
  read: (env) => {
    const pullRequest = env.BUILDKITE_PULL_REQUEST === "false" ? undefined : env.BUILDKITE_PULL_REQUEST;
    const step = env.BUILDKITE_STEP_KEY ?? env.BUILDKITE_LABEL;
    const retry = env.BUILDKITE_RETRY_COUNT === "0" ? undefined : env.BUILDKITE_RETRY_COUNT;
    return {
      project: repositoryName(env.BUILDKITE_REPO) ?? env.BUILDKITE_PIPELINE_SLUG,
      branch: requestRef(pullRequest) ?? tagRef(env.BUILDKITE_TAG) ?? env.BUILDKITE_BRANCH,
      // "HEAD" until the agent has checked out.
      commit: /^[0-9a-f]{7,64}$/i.test(env.BUILDKITE_COMMIT ?? "") ? env.BUILDKITE_COMMIT : undefined,
      runId: joined("-", env.BUILDKITE_PIPELINE_SLUG, env.BUILDKITE_BUILD_NUMBER),
      runUrl: env.BUILDKITE_BUILD_URL,
      part: withSuffix(withSuffix(step ?? env.BUILDKITE_JOB_ID, "/", env.BUILDKITE_PARALLEL_JOB), "#", retry),
    };
  },
};

const circleci: CiSystem = {
  // https://circleci.com/docs/variables/#built-in-environment-variables
  name: "CircleCI",
  detect: (env) => env.CIRCLECI === "true",
  read: (env) => ({
    project: env.CIRCLE_PROJECT_REPONAME,
    // CIRCLE_PR_NUMBER is set for forks only. Builds of the repository's own branches stay builds of the branch.
    branch: requestRef(env.CIRCLE_PR_NUMBER) ?? tagRef(env.CIRCLE_TAG) ?? env.CIRCLE_BRANCH,
    commit: env.CIRCLE_SHA1,
    runId: env.CIRCLE_WORKFLOW_ID ?? env.CIRCLE_BUILD_NUM,
    runUrl: env.CIRCLE_BUILD_URL,
    part: withSuffix(
      withSuffix(env.CIRCLE_JOB, "#", env.CIRCLE_BUILD_NUM),
      "/",
      Number(env.CIRCLE_NODE_TOTAL) > 1 ? env.CIRCLE_NODE_INDEX : undefined,
    ),
  }),
};

const azure: CiSystem = {
  // https://learn.microsoft.com/azure/devops/pipelines/build/variables
  name: "Azure Pipelines",
  detect: (env) => env.TF_BUILD?.toLowerCase() === "true",
  read: (env) => {
    const base = env.SYSTEM_COLLECTIONURI ?? env.SYSTEM_TEAMFOUNDATIONCOLLECTIONURI;
    const project = env.SYSTEM_TEAMPROJECT === undefined ? undefined : encodeURIComponent(env.SYSTEM_TEAMPROJECT);
    const page = joined("/", base?.replace(/\/$/, ""), project, "_build/results");
    const isMatrix = Number(env.SYSTEM_TOTALJOBSINPHASE) > 1;
    const attempt = env.SYSTEM_JOBATTEMPT === "1" ? undefined : env.SYSTEM_JOBATTEMPT;
    const job = env.SYSTEM_JOBNAME ?? env.AGENT_JOBNAME;
    return {
      project: lastSegment(env.BUILD_REPOSITORY_NAME),
      branch:
        requestRef(env.SYSTEM_PULLREQUEST_PULLREQUESTNUMBER ?? env.SYSTEM_PULLREQUEST_PULLREQUESTID) ??
        branchOfRef(env.BUILD_SOURCEBRANCH),
      commit: env.SYSTEM_PULLREQUEST_SOURCECOMMITID ?? env.BUILD_SOURCEVERSION,
      runId: env.BUILD_BUILDID,
      runUrl:
        page === undefined || env.BUILD_BUILDID === undefined ? undefined : `${page}?buildId=${env.BUILD_BUILDID}`,
      // A retried job stays in its build, so its attempt belongs to the part.
      part: withSuffix(withSuffix(job, "/", isMatrix ? env.SYSTEM_JOBPOSITIONINPHASE : undefined), "#", attempt),
    };
  },
};

const SYSTEMS: readonly CiSystem[] = [githubActions, gitlab, buildkite, circleci, azure, jenkins];

/** Names of the systems, for help and docs. */
export const CI_SYSTEMS: readonly string[] = SYSTEMS.map(({ name }) => name);

const requestRef = (number: string | undefined) => (number === undefined ? undefined : `pull/${number}/head`);
/** A tag may be called like a branch; it must not count as one. */
const tagRef = (tag: string | undefined) => (tag === undefined ? undefined : `tags/${tag}`);

/** `refs/heads/main` is main; refs of pull requests and tags keep what tells them from branches. */
function branchOfRef(ref: string | undefined): string | undefined {
  const request = /^refs\/pull\/(\d+)\//.exec(ref ?? "")?.[1];
  return requestRef(request) ?? ref?.replace(/^refs\/(heads\/)?/, "");
}

const lastSegment = (path: string | undefined) =>
  path
    ?.split("/")
    .filter((part) => part !== "")
    .at(-1);

/** `app` of https://host/org/app.git and git@host:org/app.git */
const repositoryName = (url: string | undefined) => lastSegment(url?.replace(/\.git\/?$/, "").replaceAll(":", "/"));

/** Undefined when a part is missing. */
function joined(separator: string, ...parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join(separator);
}

const withSuffix = (text: string | undefined, separator: string, suffix: string | undefined) =>
  text === undefined || suffix === undefined ? text : `${text}${separator}${suffix}`;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}

function withoutEmpty(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ""));
}

function definedOnly<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
