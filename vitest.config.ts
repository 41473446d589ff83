import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    reporters: ["default", ["json", { outputFile: "artifacts/tests/vitest-report.json" }]],
    projects: [
      {
        test: {
          name: "unit",
          globalSetup: "exporter/test/temporary.ts",
          include: [
            "exporter/src/**/*.test.ts",
            "exporter/test/conformance/**/*.test.ts",
            "grafana/**/*.test.ts",
            "prometheus/**/*.test.ts",
            "alertmanager/**/*.test.ts",
          ],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Real servers, one file at a time: two cores, and Prometheus wants its share of them.
        test: {
          name: "integration",
          globalSetup: "exporter/test/temporary.ts",
          include: ["exporter/test/integration/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
