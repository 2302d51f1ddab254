"""Durable jobs: a command under a supervisor process of its own, which outlives agentkit."""
