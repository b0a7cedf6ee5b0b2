"""What the package reads is what the command says; run by `make test` with ZCAP and CAPTURES set."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pathlib
import pickle
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unittest
from collections.abc import Iterator
from unittest import mock

import duckdb
import pandas
import polars
import pyarrow
import zcap

COMMAND = os.environ["ZCAP"]
CAPTURES = os.environ["CAPTURES"]
TRACE = f"{CAPTURES}/data-trace/http-clear-text.ctr"
PACKAGE = pathlib.Path(__file__).resolve().parents[1]


def rows(table: str, *files: str, options: tuple[str, ...] = ()) -> list[dict[str, object]]:
    command = [COMMAND, "export", table, *options, "--", *files]
    output = subprocess.run(command, capture_output=True, check=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def has_children() -> bool:
    """Whether a command that was started goes on, or has ended and nobody took note of it."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


class Case(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name: str, content: bytes) -> str:
        path = f"{self.folder}/{name}"
        pathlib.Path(path).write_bytes(content)
        return path

    def large(self) -> str:
        """A trace whose tables are larger than what a pipe holds."""
        path = f"{self.folder}/large.ctr"
        subprocess.run([COMMAND, "generate", path, "--size", "60M"], check=True, capture_output=True)
        return path

    @contextlib.contextmanager
    def command(self, script: str) -> Iterator[None]:
        """Another program in place of the command, which it calls $REAL."""
        path = self.path("other", f"#!/bin/bash\nREAL='{COMMAND}'\n{script}\n".encode())
        os.chmod(path, 0o755)
        with mock.patch.dict(os.environ, {"ZCAP": path}):
            yield


class ReadTest(Case):
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
        log = pathlib.Path(CAPTURES) / "attls/gpmserve.log"
        for logs in (log, [str(log)]):
            flows = zcap.read(pathlib.Path(TRACE), log=logs).read_all()
            self.assertIsNotNone(flows["attls_rule"][0].as_py())

    def test_odd_names(self) -> None:
        content = pathlib.Path(TRACE).read_bytes()
        for name in ("-", "--job", "a [1].ctr", "a'b\n.ctr", "naïve.ctr"):
            self.path(name, content)
            before = os.getcwd()
            os.chdir(self.folder)
            try:
                read = zcap.read(name).read_all()
            finally:
                os.chdir(before)
            self.assertEqual(read.num_rows, len(rows("flows", TRACE)), name)

    def test_shards_are_the_whole(self) -> None:
        files = f"{CAPTURES}/data-trace/*.ctr"
        whole = zcap.read(files).read_all().to_pylist()
        parts = [row for k in (1, 2, 3) for row in zcap.read(files, shard=(k, 3)).read_all().to_pylist()]
        key = lambda row: (row["flow_id"], row["transport"])
        self.assertEqual(sorted(parts, key=key), sorted(whole, key=key))

    def test_engines_take_the_reader(self) -> None:
        wanted = sum(row["server_bytes"] for row in rows("flows", TRACE))  # type: ignore[misc]
        flows = zcap.read(TRACE)
        self.assertEqual(duckdb.sql("SELECT sum(server_bytes) FROM flows").fetchall(), [(wanted,)])
        self.assertEqual(polars.from_arrow(zcap.read(TRACE))["server_bytes"].sum(), wanted)
        frame = zcap.read(TRACE).read_pandas()
        self.assertIsInstance(frame, pandas.DataFrame)
        self.assertEqual(frame["server_bytes"].sum(), wanted)
        self.assertEqual(str(frame["start_time"].dt.tz), "UTC")
        del flows

    def test_questions_of_the_readme_have_its_answers(self) -> None:
        text = (PACKAGE / "README.md").read_text(encoding="utf-8").partition("## Three questions")[2]
        found = re.findall(r"```sql\n(.*?)```\n\n```\n(.*?)```", text, re.DOTALL)
        self.assertEqual(len(found), 3)
        database = duckdb.connect()
        database.execute("SET TimeZone = 'UTC'")
        captures = re.findall(r"(flows|exchanges) = (zcap\.read\(.*?\))\n(?=\w+ =|```)", text, re.DOTALL)
        self.assertEqual([name for name, _ in captures], ["flows", "exchanges"])
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(PACKAGE.parents[1])
        for name, code in captures:
            database.register(name, eval(code).read_all())
        for sql, answer in found:
            cursor = database.execute(sql)
            told = [[str(cell) for cell in row] for row in cursor.fetchall()]
            names = [column[0] for column in cursor.description or []]
            lines = [re.split(r"\s*\|\s*", line.strip()) for line in answer.splitlines()]
            self.assertEqual([names, *told], lines)


class FailureTest(Case):
    def fails(self, *words: str, **options: object) -> zcap.ZcapError:
        """Reading fails with one line that has these words."""
        files = options.pop("files", TRACE)
        with self.assertRaises(zcap.ZcapError) as failed:
            zcap.read(files, **options).read_all()  # type: ignore[arg-type]
        text = str(failed.exception)
        self.assertEqual(len(text.splitlines()), 1, text)
        self.assertNotIn("Traceback", text)
        for word in words:
            self.assertIn(word, text)
        self.assertFalse(has_children())
        # Workers send errors home.
        copy = pickle.loads(pickle.dumps(failed.exception))
        self.assertEqual((str(copy), copy.status), (text, failed.exception.status))
        return failed.exception

    def test_no_command(self) -> None:
        with mock.patch.dict(os.environ, {"PATH": self.folder}):
            del os.environ["ZCAP"]
            self.fails("neither in PATH nor named by ZCAP")
        for path in (self.folder, "/nowhere/zcap", TRACE):
            with mock.patch.dict(os.environ, {"ZCAP": path}):
                self.fails(f"ZCAP is {path}, which is no program")
        broken = self.path("broken", b"\x7fELF, but not really")
        os.chmod(broken, 0o755)
        with mock.patch.dict(os.environ, {"ZCAP": broken}):
            self.fails("cannot be run")

    def test_the_command_in_the_path(self) -> None:
        os.symlink(COMMAND, f"{self.folder}/zcap")
        with mock.patch.dict(os.environ, {"PATH": self.folder}):
            del os.environ["ZCAP"]
            self.assertEqual(zcap.binary(), f"{self.folder}/zcap")
            self.assertEqual(zcap.read(TRACE).read_all().num_rows, 1)

    def test_no_file(self) -> None:
        for files in ("/nowhere/*.ctr", "/nowhere/t.ctr", f"{self.folder}/*", [TRACE, "/nowhere/t"]):
            with self.assertRaises(FileNotFoundError) as failed:
                zcap.read(files)
            self.assertIn("no file is called /", str(failed.exception))
        with self.assertRaises(FileNotFoundError):
            zcap.read([])

    def test_no_trace(self) -> None:
        error = self.fails("README.md", files=f"{CAPTURES}/README.md")
        self.assertEqual(error.status, 2)
        self.fails("notes", files=[TRACE, self.path("notes", b"these are notes\n" * 20)])
        self.fails(self.folder, files=self.folder)

    def test_no_permission(self) -> None:
        path = self.path("hidden.ctr", pathlib.Path(TRACE).read_bytes())
        os.chmod(path, 0)
        os.chmod(self.folder, 0o755)
        if os.geteuid() != 0:
            self.fails("hidden.ctr", "Permission denied", files=path)
            return
        # The superuser may read everything, somebody else may not.
        with self.command('exec setpriv --reuid 65534 --regid 65534 --clear-groups "$REAL" "$@"'):
            if subprocess.run([zcap.binary(), "--version"], capture_output=True).returncode != 0:
                self.skipTest("nobody may run the command")
            self.fails("hidden.ctr", "Permission denied", files=path)

    def test_wrong_questions(self) -> None:
        error = self.fails("--nonsense", filter="--nonsense")
        self.assertEqual(error.status, 64)
        self.assertNotIn("Usage", str(error))
        self.fails("--shard", table="records", shard=(1, 2))
        self.fails("cannot be read in parts", table="records", range=(0, 9), files=self.gzip(TRACE))
        with self.assertRaises(ValueError):
            zcap.read(TRACE, "tables")

    def gzip(self, path: str) -> str:
        return self.path(
            "whole.ctr.gz", subprocess.run(["gzip", "-c", path], capture_output=True, check=True).stdout
        )

    def test_a_trace_that_fails_in_the_middle_is_no_short_table(self) -> None:
        packed = pathlib.Path(self.gzip(self.large())).read_bytes()
        middle = len(packed) // 2
        damaged = self.path("damaged.ctr.gz", packed[:middle] + bytes(500) + packed[middle + 500 :])
        for table in ("records", "flows", "exchanges"):
            self.fails("damaged.ctr.gz", table=table, files=damaged)
        # Engines hand the error on.
        flows = zcap.read(damaged, "records")
        with self.assertRaises(Exception) as failed:
            duckdb.sql("SELECT count(*) FROM flows").fetchall()
        self.assertIn("damaged.ctr.gz", str(failed.exception))
        with self.assertRaises(Exception) as failed:
            polars.from_arrow(zcap.read(damaged, "records"))
        self.assertIn("damaged.ctr.gz", str(failed.exception))
        del flows

    def test_a_command_that_ends_early_is_no_short_table(self) -> None:
        large = self.large()
        whole = zcap.read(large, "records").read_all()
        size = sum(batch.nbytes for batch in whole.to_batches())
        for length in (0, 7, 500, 5000, size // 2):
            for end in ("exit 2", "kill -9 $$", "exit 0"):
                with self.command(f'"$REAL" "$@" | head -c {length}; echo it broke >&2; {end}'):
                    if end == "exit 0":
                        # A stream without its end, which nobody complains of.
                        with self.assertRaises(zcap.ZcapError):
                            zcap.read(large, "records").read_all()
                    else:
                        self.fails("it broke", files=large, table="records")

    def test_damage_and_loss_are_told(self) -> None:
        with self.assertLogs("zcap", "WARNING") as logged:
            zcap.read(f"{CAPTURES}/data-trace/damaged-middle.ctr").read_all()
            zcap.read(f"{CAPTURES}/data-trace/lost.ctr").read_all()
            zcap.read(f"{CAPTURES}/data-trace/cut-short.ctr").read_all()
        said = "\n".join(logged.output)
        for word in ("damaged", "lost", "cut short"):
            self.assertIn(word, said)
        with self.assertNoLogs("zcap", "WARNING"):
            zcap.read(TRACE).read_all()


class EndTest(Case):
    def test_stopping_early_ends_the_command(self) -> None:
        large = self.large()
        start = time.monotonic()
        reader = zcap.read(large, "records")
        self.assertIsInstance(reader.read_next_batch(), pyarrow.RecordBatch)
        reader.close()
        del reader
        self.assertEqual(self.first_of(large), 3)
        # One that nobody has read from.
        for _ in range(20):
            zcap.read(large, "records")
        gc.collect()
        self.assertFalse(has_children())
        self.assertLess(time.monotonic() - start, 60)

    def first_of(self, path: str) -> int:
        records = zcap.read(path, "records")  # noqa: F841, DuckDB finds it by its name
        return len(duckdb.sql("SELECT * FROM records LIMIT 3").fetchall())

    def test_an_end_while_reading(self) -> None:
        """A program that ends with a reader in its hands ends, and the command with it."""
        code = (
            "import sys, zcap\nreader = zcap.read(sys.argv[1], 'records')\n"
            "reader.read_next_batch()\nprint('read', flush=True)"
        )
        run = subprocess.run(
            [sys.executable, "-c", code, self.large()], capture_output=True, text=True, timeout=60
        )
        self.assertEqual((run.returncode, run.stdout, run.stderr), (0, "read\n", ""))


class InstallTest(Case):
    def test_a_wheel_has_all_of_it(self) -> None:
        source = shutil.copytree(PACKAGE, f"{self.folder}/source")
        subprocess.run(
            [
                sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-deps",
                "--no-build-isolation", "--target", f"{self.folder}/site", source,
            ],
            check=True, capture_output=True,
        )
        site = pathlib.Path(self.folder) / "site"
        for name in ("__init__.py", "_command.py", "_read.py", "spark.py", "py.typed"):
            self.assertTrue(stat.S_ISREG((site / "zcap" / name).stat().st_mode), name)
        code = "import sys, zcap; print(zcap.__file__, zcap.read(sys.argv[1]).read_all().num_rows)"
        told = subprocess.run(
            [sys.executable, "-c", code, TRACE], env={**os.environ, "PYTHONPATH": str(site)},
            capture_output=True, text=True, check=True,
        )
        self.assertEqual(told.stdout.split(), [str(site / "zcap/__init__.py"), "1"])

    def test_types(self) -> None:
        """All of it but the data source of Spark, which is checked where PySpark is."""
        told = subprocess.run(
            [
                sys.executable, "-m", "mypy", "--strict", "--cache-dir", self.folder, "--config-file",
                str(PACKAGE / "pyproject.toml"), str(PACKAGE / "src/zcap/__init__.py"),
            ],
            capture_output=True, text=True,
        )
        self.assertEqual(told.returncode, 0, told.stdout)


if __name__ == "__main__":
    unittest.main()
