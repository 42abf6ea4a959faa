"""Problems that keep a store from being opened. Each says what to do; none is an answer to a caller."""


class CannotOpen(Exception):
    """The database cannot be used as it is. Somebody must do what the message says."""


class AddressUnknown(CannotOpen):
    """The address names no kind of database that is known."""


class StoreInUse(CannotOpen):
    """Another process writes to this database file."""


class Unsafe(CannotOpen):
    """The database would lose what was acknowledged."""


class SchemaOutdated(CannotOpen):
    """The database's tables are older than this program, or there are none."""
