"""`python -m ledger.bench`."""

import sys

from ledger.bench.main import main

sys.exit(main(sys.argv[1:]))
