/** One measured figure. `ratio` compares it with its yardstick, measured in the same run: both grow or shrink with the machine. */
export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is compared with, and how that one did. */
  readonly yardstick: string;
  readonly ratio: number;
  readonly goal: string;
  readonly ok: boolean;
}
