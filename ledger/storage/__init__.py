"""Where journals are kept: the Store port, its implementations, and the encoding and sealing of entries."""
