import type { DatabaseSync, StatementSync } from "node:sqlite";

/** Prepares each text once per connection. Not for texts that grow with their values. */
export type Sql = (text: string) => StatementSync;

export function statements(db: DatabaseSync): Sql {
  const known = new Map<string, StatementSync>();
  return (text) => {
    let statement = known.get(text);
    if (statement === undefined) {
      statement = db.prepare(text);
      known.set(text, statement);
    }
    return statement;
  };
}
