"""z/OS traces as a data source of Spark 4.

>>> spark.dataSource.register(zcap.spark.ZcapDataSource)  # doctest: +SKIP
>>> spark.read.format("zcap").option("table", "flows").load("traces/*.ctr")  # doctest: +SKIP

Options (their names are not case-sensitive):

========== =========================================================================================
table      records, flows, exchanges or files; flows when there is none
shards     parts of each trace for flows and exchanges, each a task that reads all of it; 1
splitBytes bytes of a part of a file for records; files that are compressed or captures are one part
together   true: all files are one trace, in order; a conversation goes on from one to the next
filter     options of zcap that choose records: ``--job CICS* --since 08:00``
labels     columns with the same text in every row: ``system=SYS1,stack=TCPIP``
log        a log of AT-TLS, for flows
payload    of records: none, text or bytes
========== =========================================================================================
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from typing import Iterator, Sequence

import pyarrow
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from ._command import ZcapError
from ._read import TABLES, arguments, batches, can_be_cut, paths, schema

#: Bytes of a part of a file when nobody says.
SPLIT_BYTES = 256 << 20

@dataclass(frozen=True)
class Part(InputPartition):
    """What one task reads."""

    files: tuple[str, ...]
    shard: tuple[int, int] | None = None
    range: tuple[int, int] | None = None


class ZcapDataSource(DataSource):
    """``format("zcap")``."""

    @classmethod
    def name(cls) -> str:
        return "zcap"

    def schema(self) -> StructType:
        options = Options.of(self.options)
        return from_arrow_schema(
            schema(options.table, labels=options.labels, payload=options.payload)
        )

    def reader(self, schema: StructType) -> DataSourceReader:
        return ZcapReader(Options.of(self.options))


@dataclass(frozen=True)
class Options:
    """The options of a data source, checked."""

    table: str
    path: str
    shards: int
    split_bytes: int
    together: bool
    filter: str
    labels: dict[str, str]
    log: str | None
    payload: str

    @classmethod
    def of(cls, given: object) -> Options:
        # Spark hands options over in lower case.
        options = {str(key).lower(): value for key, value in dict(given).items()}  # type: ignore[call-overload]
        known = {
            "table", "path", "paths", "shards", "splitbytes", "together", "filter", "labels", "log",
            "payload",
        }
        unknown = sorted(set(options) - known)
        if unknown:
            raise ValueError(f"zcap knows no option {', '.join(unknown)}")
        table = options.get("table", "flows")
        if table not in TABLES:
            raise ValueError(f"table {table!r}: one of {', '.join(TABLES)}")
        labels = dict(
            label.strip().split("=", 1) for label in options.get("labels", "").split(",") if label.strip()
        )
        shards, split_bytes = int(options.get("shards", 1)), int(options.get("splitbytes", SPLIT_BYTES))
        if shards < 1 or split_bytes < 1:
            raise ValueError("shards and splitBytes: at least 1")
        return cls(
            table=table, path=options.get("path", ""), shards=shards, split_bytes=split_bytes,
            together=str(options.get("together", "false")).lower() == "true",
            filter=options.get("filter", ""), labels=labels, log=options.get("log"),
            payload=options.get("payload", "none"),
        )


class ZcapReader(DataSourceReader):
    """Cuts traces into parts and reads one at a time."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def partitions(self) -> Sequence[InputPartition]:
        options = self.options
        if not options.path:
            raise ValueError("zcap: load() wants the path of a trace")
        files = paths(options.path.split(","))
        if options.table in ("flows", "exchanges"):
            traces = [tuple(files)] if options.together else [(file,) for file in files]
            if options.shards == 1:
                return [Part(trace) for trace in traces]
            numbers = range(1, options.shards + 1)
            return [Part(trace, (number, options.shards)) for trace in traces for number in numbers]
        if options.table == "files":
            return [Part((file,)) for file in files]
        # What the filter counts or numbers is known of whole files only.
        whole = {"--flow", "--count", "--sort"} & set(shlex.split(options.filter))
        parts: list[Part] = []
        for file in files:
            size = os.path.getsize(file)
            if whole or size <= options.split_bytes or not can_be_cut(file):
                parts.append(Part((file,)))
                continue
            for start in range(0, size, options.split_bytes):
                parts.append(Part((file,), range=(start, min(size, start + options.split_bytes))))
        return parts

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        assert isinstance(partition, Part)
        options = self.options
        words = arguments(
            options.table, partition.files, filter=options.filter, labels=options.labels,
            payload=options.payload, shard=partition.shard, range=partition.range, log=options.log,
        )
        try:
            for batch in batches(words):
                if isinstance(batch, pyarrow.RecordBatch) and batch.num_rows:
                    yield batch
        except ZcapError as error:
            raise RuntimeError(f"{', '.join(partition.files)}: {error}") from error
