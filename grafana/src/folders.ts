/** Folders of Grafana, each with a folder of files of the same name. */
export const FOLDERS = {
  tests: "Plumbline: tests",
  performance: "Plumbline: performance",
  self: "Plumbline: itself",
} as const;
export type Folder = keyof typeof FOLDERS;
