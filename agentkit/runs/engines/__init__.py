"""Engines that are plugins: how they are found, and what a job of theirs does that works on several cells."""
