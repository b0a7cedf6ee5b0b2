"""z/OS network traces as Arrow tables.

>>> import zcap
>>> reader = zcap.read("traces/*.ctr", table="flows")
>>> reader.read_all().num_rows  # doctest: +SKIP
2341

A reader is a pyarrow.RecordBatchReader: DuckDB, Polars and pandas take it, and rows come while zcap works.
"""

from ._command import ZcapError, binary
from ._read import TABLES, paths, read, schema

__all__ = ["TABLES", "ZcapError", "binary", "paths", "read", "schema"]
__version__ = "0.1.0"
