"""The forms in which a judge's report is written for people."""
