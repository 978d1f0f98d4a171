"""Python reads this by itself where it is on the path: everything is logged, as an operator
who hunts a fault would have it. What a program silences on purpose stays silent."""

import logging
import sys

logging.basicConfig(level=logging.DEBUG, stream=sys.stderr,
                    format="%(asctime)s %(name)s %(levelname)s %(message)s")
for name in ("sqlalchemy", "sqlalchemy.engine"):  # it keeps silent unless it is asked by name
    logging.getLogger(name).setLevel(logging.DEBUG)
