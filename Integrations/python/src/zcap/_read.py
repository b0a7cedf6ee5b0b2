"""Tables as streams of Arrow."""

from __future__ import annotations

import glob
import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Union

import pyarrow
import pyarrow.ipc

from ._command import Run

#: The status of the command for what it cannot be asked.
_USAGE = 64

#: The tables that a trace can be; Formats/tables.md of zcap tells their columns.
TABLES = ("records", "flows", "exchanges", "files")

#: A path or a pattern, or several of them.
Path = Union[str, "os.PathLike[str]"]
Paths = Union[Path, Sequence[Path]]


def paths(files: Paths) -> list[str]:
    """The files that paths and patterns name, in order; a pattern that names none is an error."""
    found: list[str] = []
    for one in [os.fspath(path) for path in several(files)]:
        if os.path.exists(one):
            found.append(one)
            continue
        matches = sorted(path for path in glob.glob(one, recursive=True) if os.path.isfile(path))
        if not matches:
            raise FileNotFoundError(f"no file is called {one}")
        found += matches
    if not found:
        raise FileNotFoundError("no file is named")
    # To the command a lone dash is its standard input.
    return ["./-" if one == "-" else one for one in found]


def several(files: Paths) -> Sequence[Path]:
    """One or several as several."""
    return [files] if isinstance(files, (str, os.PathLike)) else files


def arguments(
    table: str,
    files: Sequence[str],
    *,
    filter: str | Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    payload: str = "none",
    shard: tuple[int, int] | None = None,
    range: tuple[int, int] | None = None,
    log: Paths = (),
) -> list[str]:
    """The arguments of `zcap export` that write a table as a stream of Arrow."""
    if table not in TABLES:
        raise ValueError(f"table {table!r}: one of {', '.join(TABLES)}")
    words = ["export", table, "--format", "arrow", "-o", "-"]
    words += shlex.split(filter) if isinstance(filter, str) else list(filter)
    for key, value in (labels or {}).items():
        words += ["--label", f"{key}={value}"]
    if payload != "none":
        words += ["--payload", payload]
    if shard is not None:
        words += ["--shard", f"{shard[0]}/{shard[1]}"]
    if range is not None:
        words += ["--range", f"{range[0]}-{range[1]}"]
    for one in several(log):
        words += ["--log", os.fspath(one)]
    return [*words, "--", *files]


def table_of(words: Sequence[str]) -> tuple[pyarrow.Schema, Iterator[pyarrow.RecordBatch]]:
    """The schema and the batches that the command writes; ends it when the batches are forgotten."""
    run = Run(words)
    with run.saying_why():
        reader = pyarrow.ipc.open_stream(run.output)
    return reader.schema, _batches(run, reader)


def _batches(
    run: Run, reader: pyarrow.ipc.RecordBatchStreamReader
) -> Iterator[pyarrow.RecordBatch]:
    with run:
        with run.saying_why():
            yield from reader
        run.finish()


def read(
    files: Paths,
    table: str = "flows",
    *,
    filter: str | Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    payload: str = "none",
    shard: tuple[int, int] | None = None,
    range: tuple[int, int] | None = None,
    log: Paths = (),
) -> pyarrow.RecordBatchReader:
    """Reads traces as one table, while zcap works.

    Several files are one trace, in their order: a conversation goes on from one to the next.

    :param files: paths or patterns.
    :param table: records, flows, exchanges or files.
    :param filter: options of zcap that choose records: ``"--job CICS* --since 08:00"``.
    :param labels: columns with the same text in every row, such as ``{"system": "SYS1"}``.
    :param payload: of records: none, text or bytes.
    :param shard: ``(2, 8)``: only the second of eight equal parts of all conversations.
    :param range: ``(0, 1000000)``: only the records that begin in these bytes of the only file.
    :param log: logs of AT-TLS, which tell rules and users of flows.
    :raises FileNotFoundError: when a path or a pattern names no file.
    :raises ValueError: when there is no such table.
    :raises ZcapError: when zcap could not read a trace, at the latest behind the last batch: a table is
        whole, or there is an error.

    What zcap says of a trace that it has read goes to the logger ``zcap``, damage and loss as warnings.
    A reader that is closed, or forgotten, ends the command.
    """
    words = arguments(
        table, paths(files), filter=filter, labels=labels, payload=payload, shard=shard, range=range, log=log
    )
    return pyarrow.RecordBatchReader.from_batches(*table_of(words))


def can_be_cut(file: str) -> bool:
    """Whether parts of a file can be read by range: of CTRACE data sets that are not compressed."""
    with Run(["export", "files", "--range", "0-0", "--", file]) as run:
        run.output.read()
        return run.wait() != _USAGE


def schema(
    table: str, *, labels: Mapping[str, str] | None = None, payload: str = "none"
) -> pyarrow.Schema:
    """The schema of a table, without a trace."""
    empty = arguments(table, [os.devnull], labels=labels, payload=payload)
    # Nothing is no trace, and its table has no rows: the schema is written all the same.
    with Run([*empty[:-2], "--schema", *empty[-2:]]) as run:
        columns = [line.decode("utf-8").split("\t")[:2] for line in run.output]
        run.finish()
    return pyarrow.schema([_field(name, kind) for name, kind in columns])


_TYPES = {
    "text": pyarrow.string(),
    "binary": pyarrow.binary(),
    "bool": pyarrow.bool_(),
    "int32": pyarrow.int32(),
    "int64": pyarrow.int64(),
    "timestamp": pyarrow.timestamp("us", "UTC"),
    "list of text": pyarrow.list_(pyarrow.field("item", pyarrow.string(), nullable=False)),
}


def _field(name: str, kind: str) -> pyarrow.Field[Any]:
    always = ", never null"
    return pyarrow.field(name, _TYPES[kind.removesuffix(always)], nullable=not kind.endswith(always))
