"""The forms in which rubrics are written, and what is wrong with them."""
