"""Generate events for trials and benchmarks, built like an SDK's, and send them over HTTP at a given rate."""
