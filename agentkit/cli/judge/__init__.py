"""`agentkit judge …`: one module a word."""
