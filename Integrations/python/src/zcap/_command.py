"""The command: where it is, and how it is run."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import IO, Sequence

#: Statuses of the command that are an answer: 0 rows were found, 1 none were.
_ANSWERED = (0, 1)

#: Lines of the command that an error repeats.
_LAST_LINES = 5


class ZcapError(RuntimeError):
    """zcap could not read a trace; the text has its last lines and the command."""

    def __init__(self, arguments: Sequence[str], status: int, errors: str) -> None:
        lines = errors.strip().splitlines()[-_LAST_LINES:]
        super().__init__(
            f"zcap ended with status {status}: " + " | ".join(lines or ["it said nothing"])
            + f" (command: {' '.join(arguments)})"
        )
        self.status = status
        self.errors = errors


def binary() -> str:
    """The path of the command: what ZCAP names, what spark.files has brought, or what PATH has."""
    named = os.environ.get("ZCAP")
    if named:
        if not os.access(named, os.X_OK):
            raise ZcapError([named], 127, f"ZCAP is {named}, which is no program")
        return named
    shipped = _shipped()
    if shipped:
        return shipped
    found = shutil.which("zcap")
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
        path = SparkFiles.get("zcap")
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
        self._process = subprocess.Popen(
            self.arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors
        )

    @property
    def output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def finish(self) -> None:
        """Waits for the end; raises ZcapError unless the command has answered."""
        status = self.wait()
        if status not in _ANSWERED:
            self._errors.seek(0)
            raise ZcapError(self.arguments, status, self._errors.read().decode("utf-8", "replace"))

    def wait(self) -> int:
        """Waits for the end and returns the status."""
        return self._process.wait()

    def close(self) -> None:
        """Ends the command, whether it is done or not."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        self.output.close()
        self._errors.close()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
