"""Acme's parts for agentkit."""
