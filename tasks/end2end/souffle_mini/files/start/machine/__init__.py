"""An imaginary machine for tensor graphs. Locked: use it, do not change it."""
