/** R4's success criteria, stage latencies and resource limits, in base units. */

const lower = { direction: "higher_is_worse", inclusive: false } as const;
const higher = { direction: "lower_is_worse" } as const;

export const DEFAULT_TARGETS = [
  { name: "success rate", measure: "success_rate", target: 0.95, critical: 0.9, ...higher },
  { name: "p95 latency", measure: "latency", stat: "p95", target: 0.25, critical: 0.5, ...lower },
  // A load test sends what it was told to: until somebody says how much that should be, a low rate is no reason to call anybody.
  { name: "throughput", measure: "requests_per_second", target: 100, critical: 50, alert: false, ...higher },
  { name: "token reduction", measure: "token_reduction", target: 0.4, critical: 0.3, ...higher },
  { name: "cache hit rate", measure: "cache_hit_rate", target: 0.8, critical: 0.6, ...higher, inclusive: false },
  { name: "pattern matching latency", measure: "pattern_matching_latency", target: 0.01, ...lower },
  { name: "infrastructure latency", measure: "infrastructure_latency", target: 0.05, ...lower },
  { name: "memory latency", measure: "memory_latency", target: 0.1, ...lower },
  { name: "hybrid latency", measure: "hybrid_latency", target: 0.2, ...lower },
  { name: "end to end p95 latency", measure: "end_to_end_latency", stat: "p95", target: 0.25, ...lower },
  { name: "CPU utilization", measure: "cpu_utilization", target: 0.8, ...lower },
  { name: "memory usage", measure: "memory_usage", target: 2e9, ...lower },
  { name: "DB connections", measure: "db_connections", target: 25, ...lower },
  { name: "cache memory", measure: "cache_memory", target: 1e9, ...lower },
] as const;
