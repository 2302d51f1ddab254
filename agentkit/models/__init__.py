"""Models: clients of live providers, and the scripted model."""
