"""Best-so-far at equal budget: what groups of runs had found by the time each had spent as much."""
