"""Programs that run inside a sandbox. Their text is handed to a Python there; nobody imports them."""
