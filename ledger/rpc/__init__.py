"""The gRPC face: the wire in, commands out; outcomes in, the wire out."""
