"""Reports of many runs: figures, the numbers behind each, and a sentence of what they say."""
