"""Checks of a task itself: can it be solved, is it noisy, and does it see through known cheats?"""
