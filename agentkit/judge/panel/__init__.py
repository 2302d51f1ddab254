"""The panel: models grade the leaves that no check can decide, and a program looks up what they cite."""
