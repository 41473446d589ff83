/** Samples by series: one number per scrape, NaN where the scrape had none. */

/** What Prometheus adds to every series that it scrapes. */
export const INSTANCE = 'job="plumbline",instance="plumbline:10970"';

export interface Columns {
  readonly size: number;
  set(key: string, step: number, value: number): void;
  /** The lines of an exposition in the text format. A buffer that was given before holds the same lines: it is not read again. */
  add(body: Buffer, step: number): void;
  /** `name{labels}` to its values, in order of their names. */
  entries(): readonly (readonly [key: string, values: Float64Array])[];
}

export function createColumns(steps: number): Columns {
  const byKey = new Map<string, Float64Array>();
  const read = new WeakMap<Buffer, readonly (readonly [Float64Array, number])[]>();
  const byLine = new Map<string, Float64Array>();

  function column(key: string): Float64Array {
    let values = byKey.get(key);
    if (values === undefined) {
      values = new Float64Array(steps).fill(Number.NaN);
      byKey.set(key, values);
    }
    return values;
  }

  function parse(body: Buffer): readonly (readonly [Float64Array, number])[] {
    const samples: (readonly [Float64Array, number])[] = [];
    for (const line of body.toString("utf8").split("\n")) {
      if (line === "" || line.startsWith("#")) continue;
      const end = line.lastIndexOf(" ");
      const name = line.slice(0, end);
      let values = byLine.get(name);
      if (values === undefined) {
        values = column(withInstance(name));
        byLine.set(name, values);
      }
      samples.push([values, numberOf(line.slice(end + 1))]);
    }
    return samples;
  }

  return {
    get size() {
      return byKey.size;
    },
    set: (key, step, value) => {
      column(key)[step] = value;
    },
    add(body, step) {
      let samples = read.get(body);
      if (samples === undefined) {
        samples = parse(body);
        read.set(body, samples);
      }
      for (const [values, value] of samples) values[step] = value;
    },
    entries: () => [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)),
  };
}

/** As Prometheus labels what it scrapes. */
const withInstance = (name: string): string =>
  name.endsWith("}") ? `${name.slice(0, -1)},${INSTANCE}}` : `${name}{${INSTANCE}}`;

const numberOf = (text: string): number =>
  text === "+Inf" ? Number.POSITIVE_INFINITY : text === "-Inf" ? Number.NEGATIVE_INFINITY : Number(text);
