"""The two state machines; the only folder that imports langgraph."""
