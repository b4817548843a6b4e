"""SpaceNet scenario files in and out: the current schema (Java 2.5) and the older one of its Python successor.

`read_file` gives the `Campaign` a file declares, `written` the file a campaign makes.
"""

from malapert.logistics.spacenet.read import read_file
from malapert.logistics.spacenet.write import written

__all__ = ["read_file", "written"]
