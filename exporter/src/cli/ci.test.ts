import { describe, expect, test } from "vitest";
import { branchLabel } from "../config/branch.ts";
import { defaultConfig } from "../config/schema.ts";
import { ciContext, type Environment } from "./ci.ts";

const GITHUB: Environment = {
  CI: "true",
  GITHUB_ACTIONS: "true",
  GITHUB_ACTOR: "octocat",
  GITHUB_EVENT_NAME: "push",
  GITHUB_HEAD_REF: "",
  GITHUB_BASE_REF: "",
  GITHUB_JOB: "unit",
  GITHUB_REF: "refs/heads/main",
  GITHUB_REF_NAME: "main",
  GITHUB_REF_TYPE: "branch",
  GITHUB_REPOSITORY: "octo-org/shop",
  GITHUB_RUN_ATTEMPT: "2",
  GITHUB_RUN_ID: "9123456789",
  GITHUB_RUN_NUMBER: "41",
  GITHUB_SERVER_URL: "https://github.com",
  GITHUB_SHA: "ffac537e6cbbf934b08745a378932722df287a53",
  GITHUB_WORKFLOW: "CI",
  RUNNER_NAME: "GitHub Actions 12",
  RUNNER_TRACKING_ID: "github_3fa85f64-5717-4562-b3fc-2c963f66afa6",
};

const GITHUB_PR: Environment = {
  ...GITHUB,
  GITHUB_EVENT_NAME: "pull_request",
  GITHUB_REF: "refs/pull/123/merge",
  GITHUB_REF_NAME: "123/merge",
  // A fork's branch may be called main.
  GITHUB_HEAD_REF: "main",
  GITHUB_BASE_REF: "main",
};

const GITLAB: Environment = {
  CI: "true",
  GITLAB_CI: "true",
  CI_PROJECT_NAME: "shop",
  CI_PROJECT_PATH: "acme/backend/shop",
  CI_COMMIT_BRANCH: "release/2.1",
  CI_COMMIT_REF_NAME: "release/2.1",
  CI_COMMIT_SHA: "1ecfd275763eff1d6b4844ea3168962458c9f27a",
  CI_PIPELINE_ID: "1212",
  CI_PIPELINE_IID: "7",
  CI_PIPELINE_SOURCE: "push",
  CI_PIPELINE_URL: "https://gitlab.example.com/acme/backend/shop/-/pipelines/1212",
  CI_JOB_ID: "40501",
  CI_JOB_NAME: "unit 2/3",
  CI_NODE_INDEX: "2",
  CI_NODE_TOTAL: "3",
};

const GITLAB_MR: Environment = {
  ...GITLAB,
  CI_COMMIT_BRANCH: undefined,
  CI_COMMIT_REF_NAME: "main",
  CI_PIPELINE_SOURCE: "merge_request_event",
  CI_MERGE_REQUEST_IID: "88",
  CI_MERGE_REQUEST_SOURCE_BRANCH_NAME: "main",
  CI_MERGE_REQUEST_TARGET_BRANCH_NAME: "main",
  CI_MERGE_REQUEST_SOURCE_PROJECT_PATH: "mallory/shop",
};

const JENKINS: Environment = {
  JENKINS_URL: "https://jenkins.example.com/",
  BUILD_ID: "57",
  BUILD_NUMBER: "57",
  BUILD_TAG: "jenkins-backend-shop-main-57",
  BUILD_URL: "https://jenkins.example.com/job/backend/job/shop/job/main/57/",
  JOB_NAME: "backend/shop/main",
  JOB_BASE_NAME: "main",
  BRANCH_NAME: "main",
  GIT_BRANCH: "main",
  GIT_COMMIT: "7d1b9c2",
  GIT_URL: "git@github.com:acme/shop.git",
  NODE_NAME: "agent-3",
  EXECUTOR_NUMBER: "1",
  STAGE_NAME: "Unit tests",
};

const BUILDKITE: Environment = {
  CI: "true",
  BUILDKITE: "true",
  BUILDKITE_BRANCH: "main",
  BUILDKITE_BUILD_ID: "01890f6a-1111-4222-8333-444455556666",
  BUILDKITE_BUILD_NUMBER: "1514",
  BUILDKITE_BUILD_URL: "https://buildkite.com/acme/shop/builds/1514",
  BUILDKITE_COMMIT: "83a20ec058e2fb00e7fa4558c4c6e81e2dcf253d",
  BUILDKITE_JOB_ID: "01890f6a-aaaa-4bbb-8ccc-ddddeeeeffff",
  BUILDKITE_LABEL: ":jest: Unit",
  BUILDKITE_PARALLEL_JOB: "0",
  BUILDKITE_PARALLEL_JOB_COUNT: "4",
  BUILDKITE_PIPELINE_SLUG: "shop-ci",
  BUILDKITE_PULL_REQUEST: "false",
  BUILDKITE_REPO: "https://github.com/acme/shop.git",
  BUILDKITE_RETRY_COUNT: "0",
  BUILDKITE_STEP_KEY: "unit",
  BUILDKITE_TAG: "",
};

const CIRCLE: Environment = {
  CI: "true",
  CIRCLECI: "true",
  CIRCLE_BRANCH: "develop",
  CIRCLE_BUILD_NUM: "812",
  CIRCLE_BUILD_URL: "https://circleci.com/gh/acme/shop/812",
  CIRCLE_JOB: "test",
  CIRCLE_NODE_INDEX: "1",
  CIRCLE_NODE_TOTAL: "4",
  CIRCLE_PROJECT_REPONAME: "shop",
  CIRCLE_PROJECT_USERNAME: "acme",
  // An open pull request of this branch: the build is still the branch's.
  CIRCLE_PULL_REQUEST: "https://github.com/acme/shop/pull/9",
  CIRCLE_SHA1: "a1b2c3d4",
  CIRCLE_WORKFLOW_ID: "5034460f-c7c4-4c43-9457-de07e2029e7b",
};

const AZURE: Environment = {
  TF_BUILD: "True",
  AGENT_JOBNAME: "Linux node_22",
  BUILD_BUILDID: "2044",
  BUILD_BUILDNUMBER: "20260114.3",
  BUILD_REPOSITORY_NAME: "acme/shop",
  BUILD_SOURCEBRANCH: "refs/heads/main",
  BUILD_SOURCEBRANCHNAME: "main",
  BUILD_SOURCEVERSION: "c0ffee12",
  SYSTEM_COLLECTIONURI: "https://dev.azure.com/acme/",
  SYSTEM_JOBATTEMPT: "1",
  SYSTEM_JOBNAME: "unit",
  SYSTEM_JOBPOSITIONINPHASE: "2",
  SYSTEM_TEAMPROJECT: "Web Shop",
  SYSTEM_TOTALJOBSINPHASE: "3",
};

describe("what each system says", () => {
  test.each<[string, Environment, object]>([
    [
      "GitHub Actions, a push",
      GITHUB,
      {
        executor: "GitHub Actions",
        project: "shop",
        branch: "main",
        commit: "ffac537e6cbbf934b08745a378932722df287a53",
        runId: "9123456789-2",
        runUrl: "https://github.com/octo-org/shop/actions/runs/9123456789/attempts/2",
        part: "unit-3fa85f64",
      },
    ],
    [
      "GitLab CI, one of three parallel jobs",
      GITLAB,
      {
        executor: "GitLab CI",
        project: "shop",
        branch: "release/2.1",
        commit: "1ecfd275763eff1d6b4844ea3168962458c9f27a",
        runId: "1212",
        runUrl: "https://gitlab.example.com/acme/backend/shop/-/pipelines/1212",
        part: "unit 2/3#40501",
      },
    ],
    [
      "Jenkins, a multibranch pipeline",
      JENKINS,
      {
        executor: "Jenkins",
        project: "shop",
        branch: "main",
        commit: "7d1b9c2",
        runId: "jenkins-backend-shop-main-57",
        runUrl: "https://jenkins.example.com/job/backend/job/shop/job/main/57/",
        part: "Unit tests",
      },
    ],
    [
      "Buildkite, the first of four parallel jobs",
      BUILDKITE,
      {
        executor: "Buildkite",
        project: "shop",
        branch: "main",
        commit: "83a20ec058e2fb00e7fa4558c4c6e81e2dcf253d",
        runId: "shop-ci-1514",
        runUrl: "https://buildkite.com/acme/shop/builds/1514",
        part: "unit/0",
      },
    ],
    [
      "CircleCI, one of four nodes, with an open pull request",
      CIRCLE,
      {
        executor: "CircleCI",
        project: "shop",
        branch: "develop",
        commit: "a1b2c3d4",
        runId: "5034460f-c7c4-4c43-9457-de07e2029e7b",
        runUrl: "https://circleci.com/gh/acme/shop/812",
        part: "test#812/1",
      },
    ],
    [
      "Azure Pipelines, one job of a matrix",
      AZURE,
      {
        executor: "Azure Pipelines",
        project: "shop",
        branch: "main",
        commit: "c0ffee12",
        runId: "2044",
        runUrl: "https://dev.azure.com/acme/Web%20Shop/_build/results?buildId=2044",
        part: "unit/2",
      },
    ],
  ])("%s", (_, env, expected) => expect(ciContext(env)).toEqual(expected));

  test("nothing outside of CI, and nothing for a system that is not known", () => {
    expect(ciContext({ HOME: "/root" })).toBeUndefined();
    expect(ciContext({ CI: "true", DRONE: "true" })).toBeUndefined();
  });

  test("empty variables count as absent", () => {
    expect(ciContext({ GITHUB_ACTIONS: "true", GITHUB_SHA: "", GITHUB_JOB: " " })).toEqual({
      executor: "GitHub Actions",
    });
  });
});

describe("a request is never mistaken for a branch, whatever its source is called", () => {
  test.each<[string, Environment, string]>([
    ["GitHub pull_request from a fork's main", GITHUB_PR, "pull/123/head"],
    [
      "GitHub pull_request_target, whose ref is the base",
      {
        ...GITHUB_PR,
        GITHUB_EVENT_NAME: "pull_request_target",
        GITHUB_REF: "refs/heads/main",
        GITHUB_REF_NAME: "main",
      },
      "pull/main/head",
    ],
    ["GitHub workflow_run after a pull request", { ...GITHUB, GITHUB_EVENT_NAME: "workflow_run" }, "workflow_run"],
    [
      "GitHub merge queue",
      { ...GITHUB, GITHUB_EVENT_NAME: "merge_group", GITHUB_REF: "refs/heads/gh-readonly-queue/main/pr-5-abc" },
      "gh-readonly-queue/main/pr-5-abc",
    ],
    ["a GitHub tag called main", { ...GITHUB, GITHUB_REF: "refs/tags/main", GITHUB_REF_TYPE: "tag" }, "tags/main"],
    ["GitLab merge request from a fork's main", GITLAB_MR, "pull/88/head"],
    [
      "GitLab external pull request",
      { ...GITLAB_MR, CI_MERGE_REQUEST_IID: undefined, CI_EXTERNAL_PULL_REQUEST_IID: "5" },
      "pull/5/head",
    ],
    ["a GitLab tag", { ...GITLAB, CI_COMMIT_BRANCH: undefined, CI_COMMIT_TAG: "main" }, "tags/main"],
    [
      "Jenkins multibranch pull request",
      { ...JENKINS, BRANCH_NAME: "PR-17", CHANGE_ID: "17", CHANGE_BRANCH: "main", GIT_BRANCH: "PR-17" },
      "pull/17/head",
    ],
    [
      "Jenkins pull request builder",
      { ...JENKINS, BRANCH_NAME: undefined, ghprbPullId: "17", GIT_BRANCH: "origin/main" },
      "pull/17/head",
    ],
    [
      "Buildkite pull request from a fork's main",
      {
        ...BUILDKITE,
        BUILDKITE_PULL_REQUEST: "77",
        BUILDKITE_PULL_REQUEST_REPO: "https://github.com/mallory/shop.git",
      },
      "pull/77/head",
    ],
    ["CircleCI fork", { ...CIRCLE, CIRCLE_BRANCH: "pull/9", CIRCLE_PR_NUMBER: "9" }, "pull/9/head"],
    [
      "Azure pull request",
      {
        ...AZURE,
        BUILD_SOURCEBRANCH: "refs/pull/12/merge",
        BUILD_SOURCEBRANCHNAME: "merge",
        SYSTEM_PULLREQUEST_PULLREQUESTNUMBER: "12",
        SYSTEM_PULLREQUEST_SOURCEBRANCH: "refs/heads/main",
      },
      "pull/12/head",
    ],
  ])("%s", (_, env, expected) => {
    const branch = ciContext(env)?.branch;
    expect(branch).toBe(expected);
    expect(branchLabel(branch, defaultConfig())).toBe("pull_request");
  });
});

describe("details", () => {
  test.each<[string, Environment, object]>([
    [
      "GitHub without a tracking id names the part by its job",
      { ...GITHUB, RUNNER_TRACKING_ID: "0" },
      { part: "unit" },
    ],
    ["GitHub's first attempt is counted", { ...GITHUB, GITHUB_RUN_ATTEMPT: "1" }, { runId: "9123456789-1" }],
    [
      "an enterprise server has its own address",
      { ...GITHUB, GITHUB_SERVER_URL: "https://git.acme.org" },
      { runUrl: "https://git.acme.org/octo-org/shop/actions/runs/9123456789/attempts/2" },
    ],
    ["Jenkins without git is named by its job", { ...JENKINS, GIT_URL: undefined }, { project: "shop" }],
    [
      "a Jenkins branch with a slash is encoded in the job's name",
      { ...JENKINS, GIT_URL: undefined, JOB_NAME: "shop/release%2F1", BRANCH_NAME: "release/1" },
      { project: "shop", branch: "release/1" },
    ],
    [
      "a Jenkins freestyle job states the remote's branch",
      { ...JENKINS, BRANCH_NAME: undefined, GIT_BRANCH: "origin/main", JOB_NAME: "shop-nightly" },
      { branch: "main" },
    ],
    ["Buildkite's unresolved commit is left out", { ...BUILDKITE, BUILDKITE_COMMIT: "HEAD" }, { commit: undefined }],
    ["a retried Buildkite job is another part", { ...BUILDKITE, BUILDKITE_RETRY_COUNT: "1" }, { part: "unit/0#1" }],
    ["a retried Azure job is another part", { ...AZURE, SYSTEM_JOBATTEMPT: "2" }, { part: "unit/2#2" }],
    ["a single CircleCI node has no index", { ...CIRCLE, CIRCLE_NODE_TOTAL: "1" }, { part: "test#812" }],
    [
      "scp-like and plain addresses name the repository",
      { ...BUILDKITE, BUILDKITE_REPO: "git@host.example.org:acme/app.git/" },
      { project: "app" },
    ],
  ])("%s", (_, env, expected) => {
    const context = ciContext(env) as unknown as Record<string, unknown>;
    for (const [key, value] of Object.entries(expected)) expect(context[key]).toBe(value);
  });
});
