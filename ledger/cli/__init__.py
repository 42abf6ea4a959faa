"""The command line `tallystick`: a user of the service like any other, and the operator's hand on a database."""
