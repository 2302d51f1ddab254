"""The rubric judge."""
