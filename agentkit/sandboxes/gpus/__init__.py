"""GPUs: which there are, and who may use which of them when, among all runs of a host."""
