"""What several tools need: a command with its log and its lease, a kept interpreter, training curves."""
