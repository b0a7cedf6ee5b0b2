"""The data source of Spark in a small cluster, judged by plain zcap.

usage: spark.py COMMAND FOLDER         checks; the traces are generated into FOLDER
       spark.py COMMAND FOLDER SIZE    measures the processor time of Spark for a trace of SIZE, such as 1G

COMMAND is the path of zcap. What is checked: every sum over several traces, one large, in shards and ranges, with
an executor killed in mid-job; every option; the three ways in which executors find the command; what a task says
that fails; the questions of the README.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

from pyspark.sql import SparkSession

import zcap.spark

COMMAND, FOLDER = os.path.realpath(sys.argv[1]), sys.argv[2]
ROOT = pathlib.Path(__file__).resolve().parents[2]
CAPTURES = f"{ROOT}/captures"
README = ROOT / "Integrations/python/README.md"

#: What is summed of each table, and how the table is cut.
SUMS = {
    "flows": (["client_bytes", "server_bytes", "client_records", "confidential_records"], {"shards": 4}),
    "exchanges": (["request_bytes", "response_bytes", "last_byte_ns"], {"shards": 4}),
    "records": (["captured_length", "offset", "time_ns"], {"splitBytes": 3_000_000}),
    "files": (["records", "bytes"], {}),
}


def export(table, files, *options):
    """The rows that plain zcap has of files as one trace."""
    words = [COMMAND, "export", table, *options, "--", *files]
    output = subprocess.run(words, capture_output=True, check=True).stdout
    return [json.loads(line) for line in output.splitlines()]


def sums_of(rows, names):
    return [len(rows)] + [sum(row[name] or 0 for row in rows) for name in names]


def generate(name, *options):
    path = f"{FOLDER}/{name}"
    subprocess.run([COMMAND, "generate", path, "--force", *options], check=True, capture_output=True)
    return path


def cluster(where="ZCAP"):
    """A session of two executors that find the command in one of three places."""
    for name in ("ZCAP", "SPARK_HOME"):
        os.environ.pop(name, None)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["ZCAP_DRIVER"] = str(os.getpid())
    builder = (
        SparkSession.builder.master("local-cluster[2,1,1024]").appName("zcap")
        .config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
    )
    if where == "ZCAP":
        os.environ["ZCAP"] = COMMAND
    elif where == "spark.files":
        shipped = f"{FOLDER}/shipped"
        os.makedirs(shipped)
        shutil.copyfile(COMMAND, f"{shipped}/zcap")  # without the right to run it
        builder = builder.config("spark.files", f"{shipped}/zcap")
    elif where == "PATH":
        found = f"{FOLDER}/path"
        os.makedirs(found)
        os.symlink(COMMAND, f"{found}/zcap")
        os.environ["PATH"] = f"{found}:{os.environ['PATH']}"
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    spark.dataSource.register(zcap.spark.ZcapDataSource)
    return spark


def table(spark, name, *files, **options):
    return spark.read.format("zcap").option("table", name).options(**options).load(list(files))


def summed(frame, names):
    sums = [f"coalesce(sum(CAST({name} AS DECIMAL(38))), 0)" for name in names]
    return [int(value) for value in frame.selectExpr("count(*)", *sums).collect()[0]]


def processes(mark):
    """The processes below this one whose command line has some text, with their parents."""
    parents, found = {}, []
    for folder in pathlib.Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                status = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                parents[int(folder.name)] = int(status[1])
                if mark in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
            except OSError:
                continue

    def is_mine(process):
        while process in parents and process != os.getpid():
            process = parents[process]
        return process == os.getpid()

    return [process for process in found if is_mine(process)]


def processor_seconds():
    """User and system time of everything below this process, of what has ended too."""
    tick = os.sysconf("SC_CLK_TCK")
    total = 0
    for process in processes(b""):
        if process != os.getpid():
            try:
                stat = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
                total += sum(map(int, stat[11:15]))
            except OSError:
                continue
    return total / tick


class Killer(threading.Thread):
    """Kills an executor as soon as a job has a task that is done and two that are not."""

    def __init__(self, spark):
        super().__init__(daemon=True)
        self.tracker, self.killed = spark.sparkContext.statusTracker(), None

    def run(self):
        for _ in range(3000):
            for stage in self.tracker.getActiveStageIds():
                told = self.tracker.getStageInfo(stage)
                if told and told.numActiveTasks >= 2 and told.numCompletedTasks >= 1:
                    self.killed = processes(b"CoarseGrainedExecutorBackend")[0]
                    os.kill(self.killed, signal.SIGKILL)
                    self.tasks = (told.numCompletedTasks, told.numActiveTasks, told.numTasks)
                    return
            time.sleep(0.01)


def check_sums(spark, files):
    print("| table | rows | parts | wall s | sums |\n|---|---|---|---|---|")
    for name, (columns, options) in SUMS.items():
        truth = sums_of([row for file in files for row in export(name, [file])], columns)
        killer = Killer(spark) if name == "exchanges" else None
        if killer:
            killer.start()
        start = time.monotonic()
        frame = table(spark, name, *files, **options)
        parts = frame.rdd.getNumPartitions()
        sums = summed(frame, columns)
        took = time.monotonic() - start
        assert sums == truth, f"{name}: {sums} for {truth}"
        assert parts > len(files) or not options, parts
        print(f"| {name} | {truth[0]:,} | {parts} | {took:.1f} | those of zcap |", flush=True)
        if killer:
            killer.join(timeout=5)
            assert killer.killed, "no executor was killed"
            done, active, count = killer.tasks
            print(f"killed an executor when {done} of {count} tasks were done and {active} at work", flush=True)


def check_rows(name, frame, truth):
    """Every row and column but times, which Spark has as times of day."""
    columns = [column for column in frame.columns if column not in ("time", "start_time")]
    mine = sorted(repr([row[column] for column in columns]) for row in frame.select(columns).collect())
    wanted = sorted(repr([row[column] for column in columns]) for row in truth)
    assert mine == wanted and wanted, f"{name}: {set(mine) ^ set(wanted)}"
    print(f"{name}: {len(wanted)} rows are those of zcap", flush=True)


def check_options(spark, files):
    # A conversation that goes on in the next file: cut where a record begins.
    middle = export("records", files[:1])
    cut = middle[len(middle) // 2]["offset"]
    data = pathlib.Path(files[0]).read_bytes()
    halves = [f"{FOLDER}/first, half.ctr", f"{FOLDER}/second.ctr"]
    pathlib.Path(halves[0]).write_bytes(data[:cut])
    pathlib.Path(halves[1]).write_bytes(data[cut:])
    whole = export("flows", halves)
    assert len(whole) < len(export("flows", halves[:1])) + len(export("flows", halves[1:]))
    check_rows("together", table(spark, "flows", *halves, together="true"), whole)
    check_rows("together, shards", table(spark, "flows", *halves, together="true", shards=3), whole)
    apart = [row for half in halves for row in export("flows", [half])]
    check_rows("apart", table(spark, "flows", *halves), apart)

    seams = sorted(table(spark, "files", files[-1], splitBytes=3_000_000).collect(), key=lambda row: row.range_start)
    assert len(seams) > 5
    for one, next_one in zip(seams, seams[1:]):
        assert one.next_offset == next_one.first_offset and one.seam_orphans == 0, (one, next_one)
    assert sum(row.records for row in seams) == export("files", files[-1:])[0]["records"]
    print(f"seams: {len(seams)} parts of a file fit", flush=True)

    trace, log = f"{CAPTURES}/data-trace/confidential.ctr", f"{CAPTURES}/attls/gpmserve.log"
    rows = export("flows", [trace], "--log", log, "--label", "system=S Y1", "--label", "stack=A")
    assert rows[0]["attls_rule"], rows
    check_rows("log, labels", table(spark, "flows", trace, log=log, labels="system=S Y1,stack=A"), rows)
    rows = export("records", files[:1], "--job", "CICS*", "--direction", "in")
    assert 0 < len(rows) < len(middle)
    for row in rows:
        row["record"] = None
    parts = table(spark, "records", files[0], filter="--job CICS* --direction in", splitBytes=1_000_000)
    check_rows("filter, ranges", parts, rows)
    rows = export("records", [trace], "--count", "2")
    check_rows("filter that counts", table(spark, "records", trace, filter="--count=2", splitBytes=100), rows)
    text = f"{CAPTURES}/data-trace/http-clear-text.ctr"
    check_rows("payload", table(spark, "records", text, payload="text"), export("records", [text], "--payload", "text"))

    # Nobody reads the rest of a table that is large.
    assert len(table(spark, "records", files[-1]).limit(5).collect()) == 5
    for _ in range(100):
        left = processes(b"export\0records")
        if not left:
            break
        time.sleep(0.1)
    assert not left, f"zcap goes on: {left}"
    print("limit: zcap ends when nobody reads on", flush=True)


def check_failures(spark, files):
    bad = f"{FOLDER}/no trace.ctr"
    pathlib.Path(bad).write_text("This is a note.\n" * 50)
    whole = subprocess.run(["gzip", "-c", files[0]], capture_output=True, check=True).stdout
    short = f"{FOLDER}/short.ctr.gz"
    pathlib.Path(short).write_bytes(whole[: len(whole) // 2] + bytes(1000))
    for wanted, files_, options in [
        ("no trace.ctr", [files[0], bad], {}), ("short.ctr.gz", [files[0], short], {}),
        ("no trace.ctr", [files[0], bad], {"together": "true"}),
        ("--nonsense", files[:1], {"filter": "--nonsense"}),
        ("/nowhere/*.ctr", ["/nowhere/*.ctr"], {}), ("shards", files[:1], {"shards": "0"}),
        ("s3://", ["s3://t/x.ctr"], {}), ("colour", files[:1], {"colour": "red"}),
    ]:
        try:
            rows = table(spark, "flows", *files_, **options).count()
        except Exception as error:  # whatever Spark makes of it
            lines = [line for line in str(error).splitlines() if wanted in line]
            assert lines, f"{wanted} is not in {error}"
            print(f"failure: {re.sub('/[^ ]*/', '', lines[-1].strip())}", flush=True)
        else:
            raise AssertionError(f"{wanted}: {rows} rows")


def questions():
    """The questions of the README: SQL, and the answer below it."""
    return re.findall(r"```sql\n(.*?)```\n\n```\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def check_questions(spark):
    found = questions()
    assert len(found) == 3
    table(spark, "flows", f"{CAPTURES}/data-trace/*.ctr", together="true", log=f"{CAPTURES}/attls/gpmserve.log"
          ).createOrReplaceTempView("flows")
    table(spark, "exchanges", f"{CAPTURES}/protocols/*.ctr", f"{CAPTURES}/data-trace/http-clear-text.ctr",
          together="true").createOrReplaceTempView("exchanges")
    for sql, answer in found:
        rows = [[str(cell) for cell in row] for row in spark.sql(sql).collect()]
        wanted = [re.split(r"\s*\|\s*", line.strip()) for line in answer.splitlines()[1:]]
        assert rows == wanted, f"{rows} for {wanted}"
    print(f"README: {len(found)} questions have its answers", flush=True)


def check():
    files = [
        generate(f"trace{number}.ctr", "--size", size, "--seed", str(number + 1))
        for number, size in enumerate(["4M", "4M", "4M", "60M"])
    ]
    spark = cluster()
    check_sums(spark, files)
    check_options(spark, files)
    check_failures(spark, files)
    check_questions(spark)
    spark.stop()
    for where in ["spark.files", "PATH"]:
        # A Java of its own: the first has its environment.
        words = [sys.executable, __file__, COMMAND, FOLDER, where]
        subprocess.run(words, check=True)


def find(where):
    spark = cluster(where)
    rows = export("flows", [f"{FOLDER}/trace0.ctr"])
    check_rows(f"found by {where}", table(spark, "flows", f"{FOLDER}/trace0.ctr", shards=2), rows)
    spark.stop()


def measure(size):
    """Processor time of jobs whose rows Spark only counts or sums, and of plain zcap for the same rows."""
    trace = generate("large.ctr", "--size", size, "--flows", "300")
    print("| table | rows | plain zcap, NDJSON | plain zcap, Arrow | Spark, all of it | of this, beside zcap |")
    print("|---|---|---|---|---|---|")

    def plain(name, form):
        before = os.times()
        subprocess.run([COMMAND, "export", name, trace, "--format", form, "-o", "/dev/null", "--force"],
                       check=True, capture_output=True)
        after = os.times()
        return after.children_user - before.children_user + after.children_system - before.children_system

    for name in ["records", "flows", "exchanges"]:
        ndjson, arrow = plain(name, "ndjson"), plain(name, "arrow")
        spark = cluster()
        columns = SUMS[name][0]
        table(spark, name, f"{CAPTURES}/data-trace/*.ctr").selectExpr(*columns).collect()  # all is loaded
        table(spark, name, f"{CAPTURES}/data-trace/*.ctr").selectExpr(*columns).collect()
        before = processor_seconds()
        rows = summed(table(spark, name, trace), columns)[0]
        took = processor_seconds() - before
        spark.stop()
        SparkSession._instantiatedSession = None
        print(f"| {name} | {rows:,} | {ndjson:.1f} | {arrow:.1f} | {took:.1f} | {took - arrow:.1f} |", flush=True)


if len(sys.argv) == 3:
    check()
elif sys.argv[3] in ("spark.files", "PATH"):
    find(sys.argv[3])
else:
    measure(sys.argv[3])
