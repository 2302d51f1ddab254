"""The journal of a run: the append-only truth, and folds over it."""
