"""The rules: pure functions and records; standard library only, no clock, no randomness, no I/O."""
