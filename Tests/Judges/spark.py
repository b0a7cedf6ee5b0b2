"""Runs the data source of Spark over several traces and a larger one, in shards and ranges, kills an executor
in mid-job, and compares every sum with plain zcap.

usage: ZCAP=… spark.py FOLDER; the traces are generated into FOLDER.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = str(ROOT / "Integrations/python/src")
sys.path.insert(0, PACKAGE)
os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["PYTHONPATH"] = PACKAGE

from pyspark.sql import SparkSession  # noqa: E402

import zcap.spark  # noqa: E402

#: What is summed of each table, and how the table is cut.
SUMS = {
    "flows": (["client_bytes", "server_bytes", "client_records", "confidential_records"], {"shards": 4}),
    "exchanges": (["request_bytes", "response_bytes", "last_byte_ns"], {"shards": 4}),
    "records": (["captured_length", "offset", "time_ns"], {"splitBytes": 3_000_000}),
    "files": (["records", "bytes"], {}),
}


def wanted(table, files):
    """Rows and sums as zcap has them, a file at a time."""
    rows = []
    for file in files:
        output = subprocess.run(
            [os.environ["ZCAP"], "export", table, "--", file], capture_output=True, check=True
        ).stdout
        rows += [json.loads(line) for line in output.splitlines()]
    return [len(rows)] + [sum(row[name] or 0 for row in rows) for name in SUMS[table][0]]


def found(spark, table, pattern):
    names, options = SUMS[table]
    frame = spark.read.format("zcap").option("table", table).options(**options).load(pattern)
    parts = frame.rdd.getNumPartitions()
    sums = [f"coalesce(sum(CAST({name} AS DECIMAL(38))), 0)" for name in names]
    row = frame.selectExpr("count(*)", *sums).collect()[0]
    return [int(value) for value in row], parts


def executors():
    """The processes of the executors that this cluster has started."""
    mine = str(os.getpid())
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
            environment = (folder / "environ").read_bytes()
        except OSError:
            continue
        if b"CoarseGrainedExecutorBackend" in command and f"ZCAP_DRIVER={mine}".encode() in environment:
            found.append(int(folder.name))
    return found


def main(folder):
    files = []
    for number, size in enumerate(["4M", "4M", "4M", "20M"]):
        files.append(f"{folder}/trace{number}.ctr")
        subprocess.run(
            [os.environ["ZCAP"], "generate", files[-1], "--size", size, "--seed", str(number + 1), "--force"],
            check=True, capture_output=True,
        )
    os.environ["ZCAP_DRIVER"] = str(os.getpid())
    spark = (
        SparkSession.builder.master("local-cluster[2,1,1024]").appName("zcap")
        .config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
        .config("spark.executorEnv.PYTHONPATH", PACKAGE)
        .config("spark.executorEnv.ZCAP", os.environ["ZCAP"])
        .config("spark.executorEnv.ZCAP_DRIVER", os.environ["ZCAP_DRIVER"])
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    spark.dataSource.register(zcap.spark.ZcapDataSource)
    killed = []

    def kill():
        time.sleep(3)
        running = executors()
        if running:
            os.kill(running[0], signal.SIGKILL)
            killed.append(running[0])

    failed = False
    for table in SUMS:
        truth = wanted(table, files)
        if table == "exchanges":
            threading.Thread(target=kill, daemon=True).start()
        start = time.monotonic()
        sums, parts = found(spark, table, f"{folder}/*.ctr")
        took = time.monotonic() - start
        verdict = "the same" if sums == truth else f"DIFFERENT: {sums} for {truth}"
        failed |= sums != truth
        print(f"{table}: {truth[0]} rows in {parts} parts, {took:.1f} s, {verdict}", flush=True)
    print(f"executors killed: {len(killed)}")
    spark.stop()
    sys.exit(1 if failed or not killed else 0)


main(sys.argv[1])
