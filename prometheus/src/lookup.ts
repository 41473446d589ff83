/** What a message says beside its alert's own value: it differs by suite and is no label, so the template asks Prometheus for it. */

/** The pipeline of a template that asks for `of` of the alert's own labels; `of` gets the matchers, and may use them once. */
export function ask(labels: readonly string[], of: (matchers: string) => string): string {
  const matchers = labels.map((name) => `${name}=%q`).join(",");
  return `printf \`${of(matchers)}\` ${labels.map((name) => `$labels.${name}`).join(" ")} | query`;
}

/** The same as text, rendered by the template function `render`. */
export const lookup = (
  labels: readonly string[],
  of: (matchers: string) => string,
  render: string,
  otherwise = "unknown",
): string => `{{ with ${ask(labels, of)} }}{{ . | first | value | ${render} }}{{ else }}${otherwise}{{ end }}`;
