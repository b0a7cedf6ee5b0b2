"""The command: where it is, and how it is run."""

from __future__ import annotations

import logging
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader
from types import TracebackType
from typing import cast

import pyarrow

#: Statuses of the command that are an answer: 0 rows were found, 1 none were.
_ANSWERED = (0, 1)

#: Lines of the command, and characters of how it was called, that an error repeats.
_LAST_LINES = 5
_CALL_LENGTH = 300

#: What the command says of data that a trace does not have; logged as a warning, other lines as information.
_LOSS = ("damaged", "lost by the trace", "cut short", "missing segments", "dropped by the capture")

_log = logging.getLogger("zcap")


class ZcapError(RuntimeError):
    """zcap could not read a trace. The text is one line: why, the status, and how the command was called."""

    def __init__(self, arguments: Sequence[str], status: int, errors: str) -> None:
        lines = [line.strip() for line in errors.splitlines() if line.strip()]
        # Behind what is wrong stands how the command is used.
        said = [line for line in lines if not line.startswith(("Usage:", "See 'zcap", "Help:"))]
        call = shlex.join(arguments)
        if len(call) > _CALL_LENGTH:
            call = call[:_CALL_LENGTH] + "…"
        ended = f"status {status}" if status >= 0 else f"ended by signal {-status}"
        super().__init__(f"{' | '.join(said[-_LAST_LINES:] or ['zcap said nothing'])} ({ended}: {call})")
        #: The status of the command; of one that a signal ended the signal, negative.
        self.status = status
        #: All that it said.
        self.errors = errors
        self._made_of = (list(arguments), status, errors)

    def __reduce__(self) -> tuple[type[ZcapError], tuple[list[str], int, str]]:
        # Workers of Spark, Dask and Ray send errors home.
        return type(self), self._made_of


def binary() -> str:
    """The path of the command: what ZCAP names, what spark.files has brought, or what PATH has."""
    named = os.environ.get("ZCAP")
    if named:
        if not (os.path.isfile(named) and os.access(named, os.X_OK)):
            raise ZcapError([named], 127, f"ZCAP is {named}, which is no program")
        return named
    found = _shipped() or shutil.which("zcap")
    if not found:
        raise ZcapError(["zcap"], 127, "zcap is neither in PATH nor named by ZCAP")
    return found


def _shipped() -> str | None:
    """The file zcap among spark.files, where this is a task of Spark."""
    try:
        from pyspark import SparkFiles
    except ImportError:
        return None
    try:
        path: str = SparkFiles.get("zcap")
    except Exception:  # Outside of Spark there is no folder of files.
        return None
    if not os.path.isfile(path):
        return None
    if not os.access(path, os.X_OK):
        os.chmod(path, 0o755)
    return path


class Run:
    """One run of the command, whose output is read while it works."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.arguments = [binary(), *arguments]
        # A file, so that neither side waits for the other.
        self._errors = tempfile.TemporaryFile()
        try:
            self._process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors
            )
        except (OSError, ValueError) as error:
            self._errors.close()
            raise ZcapError(self.arguments, 126, f"zcap cannot be run: {error}") from error

    @property
    def output(self) -> BufferedReader:
        """What the command writes."""
        return cast(BufferedReader, self._process.stdout)

    @contextmanager
    def saying_why(self) -> Iterator[None]:
        """Where the output is read: when it is no table, or ends too early, the command says why."""
        try:
            yield
        except (pyarrow.ArrowInvalid, OSError) as error:
            with self:
                self.finish()
                raise ZcapError(self.arguments, 0, f"this is no table: {error}") from error

    def finish(self) -> None:
        """Waits for the end; raises ZcapError unless the command has answered."""
        status = self.wait()
        if status not in _ANSWERED:
            raise ZcapError(self.arguments, status, self.said())
        for line in self.said().splitlines():
            is_loss = any(word in line for word in _LOSS)
            _log.log(logging.WARNING if is_loss else logging.INFO, "%s", line)

    def said(self) -> str:
        """What the command has said so far."""
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace")

    def wait(self) -> int:
        """Waits for the end and returns the status."""
        return self._process.wait()

    def __del__(self) -> None:
        if hasattr(self, "_process"):
            self.close()

    def close(self) -> None:
        """Ends the command, whether it is done or not: nobody reads what it still has to write."""
        self.output.close()
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._errors.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
