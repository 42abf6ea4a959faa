"""Archives: what of the books is kept elsewhere: exports, and back from them into a database; checkpoints."""
