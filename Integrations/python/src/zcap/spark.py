"""z/OS traces as a data source of Spark 4.

>>> spark.dataSource.register(zcap.spark.ZcapDataSource)  # doctest: +SKIP
>>> spark.read.format("zcap").option("table", "flows").load("traces/*.ctr")  # doctest: +SKIP

Options (their names are not case-sensitive):

========== =========================================================================================
table      records, flows, exchanges or files; flows when there is none
shards     parts of each trace for flows and exchanges, each a task that reads all of it; 1
splitBytes bytes of a part of a file, each a task, for records (256 MiB) and, where it is given, for files;
           what is compressed, or a capture, is one part
together   true: all files are one trace to flows and exchanges, in order; a conversation goes on from
           one to the next
filter     options of zcap that choose records: ``--job CICS* --since 08:00``
labels     columns with the same text in every row: ``system=SYS1,stack=TCPIP``
log        logs of AT-TLS, for flows, with commas between them
payload    of records: none, text or bytes
========== =========================================================================================
"""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from ._command import ZcapError
from ._read import TABLES, arguments, can_be_cut, paths, schema, table_of

#: Bytes of a part of a file of records when nobody says.
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
    files: tuple[str, ...]
    shards: int
    split_bytes: int | None
    together: bool
    filter: str
    labels: dict[str, str]
    logs: tuple[str, ...]
    payload: str

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Options:
        # Spark hands options over in lower case.
        options = {key.lower(): value for key, value in given.items()}
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
        labels = {}
        for label in filter(None, map(str.strip, options.get("labels", "").split(","))):
            key, mark, value = label.partition("=")
            if not mark:
                raise ValueError(f"labels: {label!r} is not KEY=VALUE")
            labels[key] = value
        together = options.get("together", "false").lower()
        if together not in ("true", "false"):
            raise ValueError(f"together: {together!r} is neither true nor false")
        split = options.get("splitbytes")
        return cls(
            table=table, files=_named(options), shards=_count("shards", options.get("shards", "1")),
            split_bytes=None if split is None else _count("splitBytes", split),
            together=together == "true", filter=options.get("filter", ""), labels=labels,
            logs=tuple(_local(log) for log in _listed(options.get("log", ""))),
            payload=options.get("payload", "none"),
        )


def _count(name: str, value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise ValueError(f"{name}: {value!r} is no count from 1")
    return int(value)


def _named(options: Mapping[str, str]) -> tuple[str, ...]:
    """What load() was given: one text, or a list, which Spark hands over as JSON."""
    path = options.get("path", "")
    listed = [str(one) for one in json.loads(options["paths"])] if "paths" in options else _listed(path)
    return tuple(_local(one) for one in listed)


def _listed(text: str) -> list[str]:
    """Paths with commas between them; a comma of a file that exists is its own."""
    return [text] if os.path.exists(text) else [one for one in text.split(",") if one]


def _local(path: str) -> str:
    """A path of this machine; every node is to see it."""
    path = path.removeprefix("file://")
    if "://" in path:
        raise ValueError(f"zcap reads files in a folder that all nodes see, not {path}")
    return path


class ZcapReader(DataSourceReader):
    """Cuts traces into parts and reads one at a time."""

    def __init__(self, options: Options) -> None:
        self.options = options

    def partitions(self) -> Sequence[InputPartition]:
        options = self.options
        if not options.files:
            raise ValueError("zcap: load() wants the path of a trace")
        files = paths(options.files)
        if options.table in ("flows", "exchanges"):
            traces = [tuple(files)] if options.together else [(file,) for file in files]
            if options.shards == 1:
                return [Part(trace) for trace in traces]
            numbers = range(1, options.shards + 1)
            return [Part(trace, (number, options.shards)) for trace in traces for number in numbers]
        most = options.split_bytes or (SPLIT_BYTES if options.table == "records" else None)
        # What the filter counts or numbers is known of whole files only.
        words = {word.split("=")[0] for word in shlex.split(options.filter)}
        if most is None or words & {"--flow", "--count", "--sort"}:
            return [Part((file,)) for file in files]
        parts: list[Part] = []
        for file in files:
            size = os.path.getsize(file)
            if size <= most or not can_be_cut(file):
                parts.append(Part((file,)))
                continue
            for start in range(0, size, most):
                parts.append(Part((file,), range=(start, min(size, start + most))))
        return parts

    def read(self, partition: InputPartition) -> Iterator[pyarrow.RecordBatch]:
        assert isinstance(partition, Part)
        options = self.options
        words = arguments(
            options.table, partition.files, filter=options.filter, labels=options.labels,
            payload=options.payload, shard=partition.shard, range=partition.range, log=options.logs,
        )
        try:
            yield from table_of(words)[1]
        except ZcapError as error:
            # A task may have many files; zcap names the one that it could not read.
            first, *others = partition.files
            more = f" and {len(others)} more" if others else ""
            raise RuntimeError(f"{first}{more}: {error}") from error
