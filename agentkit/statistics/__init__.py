"""Pure statistics: intervals, paired gaps, fractions recovered."""
