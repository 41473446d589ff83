/** What the detector's decisions hang on. Found by measurement (docs/detection.md, exporter/bench/detection); nobody has to tune them. */
export interface Settings {
  /** Runs below which nothing is said. */
  readonly minimumRuns: number;
  /**
   * Histories of fewer runs have not shown what they can do: a change there must be as improbable as `alphaShort`, and `sizeShort`
   * standard deviations high, which two machines hardly ever differ by.
   */
  readonly confirmedRuns: number;
  readonly alphaShort: number;
  readonly sizeShort: number;
  /** Runs the old level must have before its end can be confirmed. */
  readonly minimumBefore: number;
  /** Distance from the levels on both sides, in robust standard deviations, from which one or two runs are a spike. */
  readonly spike: number;
  /** Penalty of the first, deliberately fine split; in variances times ln n. */
  readonly firstPenalty: number;
  /** Penalty of the split that counts; in long-run variances times ln n. */
  readonly penalty: number;
  /** Cost of one change point, in ln n, when explanations with more and fewer levels are compared; more where runs stick together, which looks like levels; and of a line. */
  readonly stepCost: number;
  readonly stickyCost: number;
  readonly lineCost: number;
  /** Probability of a false alarm in a history, for levels of ten runs and more, and for the newest level while it is shorter. */
  readonly alpha: number;
  readonly alphaNewest: number;
  /** The same for a series that wanders: all its movement counts as noise already. */
  readonly alphaWander: number;
  /** Standard errors which are added to the estimated autocorrelation, since it is never known exactly. */
  readonly phiMargin: number;
  /** From this autocorrelation on, a series wanders rather than keeps levels; its total variance, times `wanderFactor`, is then the noise. */
  readonly wander: number;
  readonly wanderFactor: number;
  /** A line whose rest has more autocorrelation than this is none: the series wanders. */
  readonly straight: number;
  /** Runs which the spread of the whole series weighs against that of the two levels compared. */
  readonly pooledRuns: number;
  /** Runs which that common spread weighs against the spread of one level alone: a louder new level needs more proof. */
  readonly sideRuns: number;
  /** Levels of fewer runs that go back to where they came from are bursts. */
  readonly burstRuns: number;
  /** Expected number of excursions like the new level, below which it is confirmed. */
  readonly excursion: number;
  /** What is expected of excursions before any was seen: how many, in how many runs; stays, among how many runs away. */
  readonly priorExcursions: number;
  readonly priorRuns: number;
  readonly priorStays: number;
  readonly priorAway: number;
  /** A single step must explain so much less than a ramp (in long-run variances times ln n) to be called drift. */
  readonly singleDrift: number;
  /** Probability of a false alarm in a history for a change of spread. */
  readonly alphaSpread: number;
  /** The same for a rhythm. */
  readonly alphaRhythm: number;
}

export const DEFAULT_SETTINGS: Settings = {
  minimumRuns: 8,
  confirmedRuns: 30,
  alphaShort: 1e-10,
  sizeShort: 9,
  minimumBefore: 6,
  spike: 4,
  firstPenalty: 2,
  penalty: 3,
  stepCost: 2.5,
  stickyCost: 5,
  lineCost: 4,
  alpha: 0.005,
  alphaNewest: 0.002,
  alphaWander: 0.05,
  phiMargin: 0.5,
  wander: 0.75,
  straight: 0.85,
  wanderFactor: 1.67,
  pooledRuns: 10,
  sideRuns: 4,
  burstRuns: 10,
  excursion: 0.2,
  priorExcursions: 0.1,
  priorRuns: 10,
  priorStays: 0.15,
  priorAway: 1,
  singleDrift: 1.5,
  alphaSpread: 0.01,
  alphaRhythm: 1e-3,
};
