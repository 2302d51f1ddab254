"""Tables of runs: one row a run, whatever became of it, and what is said of many of them."""
