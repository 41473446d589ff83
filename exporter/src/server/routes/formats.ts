import { z } from "zod";
import { queryRoute } from "../api.ts";
import { formatInfo } from "../schemas.ts";

export const formats = queryRoute({
  method: "get",
  path: "/formats",
  operationId: "listFormats",
  summary: "Report formats this server reads.",
  data: z.array(formatInfo),
  errors: [],
  handle: async (deps) =>
    deps.formats.map(({ id, title, yields, tools, extensions, reads, notes }) => ({
      id,
      title,
      yields,
      tools,
      extensions,
      reads,
      notes,
    })),
});
