"""How far a judge may be believed: its verdicts beside people's on the same leaves."""
