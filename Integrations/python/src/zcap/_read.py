"""Tables as streams of Arrow."""

from __future__ import annotations

import glob
import os
import shlex
from typing import Iterator, Mapping, Sequence, Union

import pyarrow
import pyarrow.ipc

from ._command import Run, ZcapError

#: The status of the command for what it cannot be asked.
_USAGE = 64

#: The tables that a trace can be; Formats/tables.md of zcap tells their columns.
TABLES = ("records", "flows", "exchanges", "files")

Paths = Union[str, "os.PathLike[str]", Sequence[Union[str, "os.PathLike[str]"]]]


def paths(files: Paths) -> list[str]:
    """The files that paths and patterns name, in order; a pattern that names none is an error."""
    given = [files] if isinstance(files, (str, os.PathLike)) else list(files)
    found: list[str] = []
    for one in map(os.fspath, given):
        if os.path.exists(one):
            found.append(one)
            continue
        matches = sorted(path for path in glob.glob(one, recursive=True) if os.path.isfile(path))
        if not matches:
            raise FileNotFoundError(f"no file is called {one}")
        found += matches
    if not found:
        raise FileNotFoundError("no file is named")
    return found


def arguments(
    table: str,
    files: Sequence[str],
    *,
    filter: str | Sequence[str] = (),
    labels: Mapping[str, str] | None = None,
    payload: str = "none",
    shard: tuple[int, int] | None = None,
    range: tuple[int, int] | None = None,
    log: str | None = None,
    name: str | None = None,
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
    if log is not None:
        words += ["--log", log]
    if name is not None:
        words += ["--name", name]
    return [*words, "--", *files]


def batches(words: Sequence[str]) -> Iterator[Union[pyarrow.Schema, pyarrow.RecordBatch]]:
    """The schema, then the batches that the command writes; ends it when the caller stops."""
    with Run(words) as run:
        try:
            reader = pyarrow.ipc.open_stream(run.output)
            yield reader.schema
            yield from reader
        except pyarrow.ArrowInvalid as error:
            # A stream that ends too early: the command says why.
            run.finish()
            raise ZcapError(run.arguments, 0, str(error)) from error
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
    log: str | None = None,
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
    :param log: a log of AT-TLS, which tells rules and users of flows.
    :raises ZcapError: when zcap could not read a trace, at the latest behind the last batch.
    """
    found = paths(files)
    stream = batches(
        arguments(
            table, found, filter=filter, labels=labels, payload=payload, shard=shard, range=range,
            log=log,
        )
    )
    first = next(stream)
    assert isinstance(first, pyarrow.Schema)
    return pyarrow.RecordBatchReader.from_batches(first, stream)


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


def _field(name: str, kind: str) -> pyarrow.Field:
    always = ", never null"
    return pyarrow.field(name, _TYPES[kind.removesuffix(always)], nullable=not kind.endswith(always))
