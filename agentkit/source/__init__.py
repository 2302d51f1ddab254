"""Source code read by tree-sitter: syntax errors, outlines."""
