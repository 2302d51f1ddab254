"""Ablation: which parts of an attempt's difference carry its effect, measured one by one."""
