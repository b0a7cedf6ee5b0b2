"""What the package reads is what the command says; run by `make test` with ZCAP and CAPTURES set."""

from __future__ import annotations

import json
import os
import subprocess
import unittest

import duckdb
import polars
import pyarrow
import zcap

CAPTURES = os.environ["CAPTURES"]
TRACE = f"{CAPTURES}/data-trace/http-clear-text.ctr"


def rows(table: str, *files: str, options: tuple[str, ...] = ()) -> list[dict]:
    command = [os.environ["ZCAP"], "export", table, *options, "--", *files]
    output = subprocess.run(command, capture_output=True, check=True).stdout
    return [json.loads(line) for line in output.splitlines()]


class ReadTest(unittest.TestCase):
    def test_every_table_is_that_of_the_command(self) -> None:
        for table in zcap.TABLES:
            read = zcap.read(TRACE, table).read_all()
            read.validate(full=True)
            wanted = rows(table, TRACE)
            self.assertEqual(read.num_rows, len(wanted))
            for mine, theirs in zip(read.to_pylist(), wanted):
                for key in mine:
                    if key not in ("time", "start_time"):
                        self.assertEqual(mine[key], theirs[key], key)

    def test_schema_is_that_of_what_is_read(self) -> None:
        for table in zcap.TABLES:
            read = zcap.read(TRACE, table, labels={"system": "SYS1"})
            said = zcap.schema(table, labels={"system": "SYS1"})
            self.assertTrue(read.schema.equals(said), f"{read.schema} and {said}")

    def test_patterns_and_options(self) -> None:
        read = zcap.read(
            f"{CAPTURES}/data-trace/*.ctr", "records", filter="--job GPM* --direction in",
            labels={"system": "S Y"}, payload="bytes",
        ).read_all()
        self.assertGreater(read.num_rows, 3)
        self.assertEqual(set(read["job"].to_pylist()), {"GPMSERVE"})
        self.assertEqual(set(read["direction"].to_pylist()), {"in"})
        self.assertEqual(set(read["system"].to_pylist()), {"S Y"})

    def test_shards_are_the_whole(self) -> None:
        files = f"{CAPTURES}/data-trace/*.ctr"
        whole = zcap.read(files).read_all().to_pylist()
        parts = [row for k in (1, 2, 3) for row in zcap.read(files, shard=(k, 3)).read_all().to_pylist()]
        key = lambda row: (row["flow_id"], row["transport"])
        self.assertEqual(sorted(parts, key=key), sorted(whole, key=key))

    def test_engines_take_the_reader(self) -> None:
        reader = zcap.read(TRACE)  # noqa: F841, DuckDB finds it by its name
        database = duckdb.connect()
        database.register("flows", zcap.read(TRACE).read_all())
        self.assertEqual(
            database.execute("SELECT sum(server_bytes) FROM flows").fetchall(),
            [(rows("flows", TRACE)[0]["server_bytes"],)],
        )
        frame = polars.from_arrow(zcap.read(TRACE).read_all())
        self.assertEqual(frame["job"].to_list(), ["GPMSERVE"])

    def test_failures_say_which_file_and_why(self) -> None:
        with self.assertRaises(FileNotFoundError):
            zcap.read("/nowhere/*.ctr")
        with self.assertRaises(zcap.ZcapError) as failed:
            zcap.read(f"{CAPTURES}/README.md").read_all()
        self.assertIn("README.md", str(failed.exception))
        self.assertEqual(failed.exception.status, 2)
        with self.assertRaises(zcap.ZcapError):
            zcap.read(TRACE, filter="--nonsense").read_all()
        with self.assertRaises(ValueError):
            zcap.read(TRACE, "tables")

    def test_stopping_early_ends_the_command(self) -> None:
        reader = zcap.read(TRACE, "records")
        self.assertIsInstance(reader.read_next_batch(), pyarrow.RecordBatch)
        reader.close()


if __name__ == "__main__":
    unittest.main()
