"""One writer for each organization in a process: it decides commands in batches, appends each batch, then replies."""
