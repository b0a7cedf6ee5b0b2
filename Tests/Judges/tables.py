"""Reads a table in every format with the readers that people use, and compares all of it.

usage: tables.py FOLDER NAME: reads FOLDER/NAME.ndjson, .csv, .arrow, .parquet and .schema (lines of name and
type, as `zcap export --schema` prints them). The first difference ends it.
"""

import base64
import csv
import datetime
import json
import sys

import duckdb
import polars
import pyarrow
import pyarrow.ipc
import pyarrow.parquet

ARROW = {
    "text": pyarrow.string(),
    "binary": pyarrow.binary(),
    "bool": pyarrow.bool_(),
    "int32": pyarrow.int32(),
    "int64": pyarrow.int64(),
    "timestamp": pyarrow.timestamp("us", "UTC"),
    "list of text": pyarrow.list_(pyarrow.field("item", pyarrow.string(), nullable=False)),
}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


def plain(value, kind):
    """A value as all formats have it: times as microseconds, bytes as bytes."""
    if value is None:
        return None
    if kind == "timestamp":
        if isinstance(value, str):
            value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
        if isinstance(value, datetime.datetime):
            if value.tzinfo is None:
                value = value.replace(tzinfo=datetime.timezone.utc)
            value = (value - EPOCH) // datetime.timedelta(microseconds=1)
        return value
    if kind == "binary":
        return base64.b64decode(value, validate=True) if isinstance(value, str) else bytes(value)
    return value


def of_csv(text, kind):
    """A cell of CSV; None stands for an empty one without quotes."""
    if text is None:
        return None
    if kind == "bool":
        return {"true": True, "false": False}[text]
    if kind in ("int32", "int64"):
        return int(text)
    if kind == "list of text":
        return json.loads(text)
    return plain(text, kind)


def main(folder, name):
    path = f"{folder}/{name}"
    schema = []
    for line in open(f"{path}.schema", encoding="utf-8"):
        column, kind = line.rstrip("\n").split("\t")[:2]
        schema.append((column, kind.removesuffix(", never null"), not kind.endswith(", never null")))
    names = [column for column, _, _ in schema]
    kinds = {column: kind for column, kind, _ in schema}

    rows = [json.loads(line) for line in open(f"{path}.ndjson", encoding="utf-8")]
    for row in rows:
        assert list(row)[2:] == names, f"keys of NDJSON: {list(row)}"
    truth = [[plain(row[column], kinds[column]) for column in names] for row in rows]
    for column, _, nullable in schema:
        at = names.index(column)
        assert nullable or all(row[at] is not None for row in truth), f"{column} is never null"

    def same(reader, table):
        """Compares lists of rows."""
        assert len(table) == len(truth), f"{reader}: {len(table)} rows of {len(truth)}"
        for number, (mine, theirs) in enumerate(zip(truth, table)):
            for column, one, other in zip(names, mine, theirs, strict=True):
                other = plain(other, kinds[column])
                assert one == other, f"{reader}, row {number}, {column}: {one!r} is read as {other!r}"

    def arrow(reader, table):
        table.validate(full=True)
        for field, (column, kind, nullable) in zip(table.schema, schema, strict=True):
            assert field.name == column, f"{reader}: {field.name} for {column}"
            assert field.type.equals(ARROW[kind]) or kind == "list of text", f"{reader}: {field}"
            assert field.nullable == nullable, f"{reader}: {field}"
        # Times of any year are compared as numbers.
        columns = [
            table[column].cast(pyarrow.int64()) if kinds[column] == "timestamp" else table[column]
            for column in names
        ]
        same(reader, list(zip(*[column.to_pylist() for column in columns])))

    stream = pyarrow.ipc.open_stream(f"{path}.arrow").read_all()
    parquet = pyarrow.parquet.read_table(f"{path}.parquet")
    arrow("pyarrow, Arrow", stream)
    arrow("pyarrow, Parquet", parquet)
    assert parquet.schema.metadata[b"zcap.schema"] == b"1"

    database = duckdb.connect()
    database.register("stream", stream)

    def of_duckdb(source):
        columns = ", ".join(
            f'epoch_us("{column}")' if kinds[column] == "timestamp" else f'"{column}"'
            for column in names
        )
        return database.execute(f"SELECT {columns} FROM {source}").fetchall()

    same("DuckDB, Parquet", of_duckdb(f"'{path}.parquet'"))
    same("DuckDB, Arrow", of_duckdb("stream"))
    # The bounds of each row group rule rows out only when they are right.
    for column in names:
        if kinds[column] == "int64" and truth:
            at = names.index(column)
            for value in {row[at] for row in truth if row[at] is not None}.copy():
                wanted = sum(1 for row in truth if row[at] == value)
                found = database.execute(
                    f"SELECT count(*) FROM '{path}.parquet' WHERE \"{column}\" = ?", [value]
                ).fetchall()[0][0]
                assert found == wanted, f"DuckDB finds {found} of {wanted} rows with {column} = {value}"
                break

    def of_polars(frame):
        for column in names:
            if kinds[column] == "timestamp":
                frame = frame.with_columns(polars.col(column).dt.epoch("us"))
        return frame.rows()

    same("Polars, Parquet", of_polars(polars.read_parquet(f"{path}.parquet")))
    same("Polars, Arrow", of_polars(polars.read_ipc_stream(f"{path}.arrow")))

    table = database.read_csv(
        f"{path}.csv", header=True, all_varchar=True, delimiter=",", quotechar='"', escapechar='"',
        allow_quoted_nulls=False, strict_mode=True, max_line_size=1 << 24,
    ).fetchall()
    same("DuckDB, CSV", [[of_csv(cell, kinds[c]) for c, cell in zip(names, row)] for row in table])
    csv.field_size_limit(1 << 24)
    with open(f"{path}.csv", encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == len(truth) + 1
    print(f"{name}: {len(truth)} rows of {len(names)} columns are the same everywhere")


main(*sys.argv[1:])
