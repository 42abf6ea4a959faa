"""The Python SDK of Tallystick: reserve budget before the work, commit what it really cost."""
