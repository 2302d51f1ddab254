"""The nouns of agentkit, each a small frozen model or a Protocol of at most five members."""
