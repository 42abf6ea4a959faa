"""The benchmark: what this machine's bare echo does, what the service does beside it, and the ratio of the two."""
