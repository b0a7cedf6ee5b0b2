"""Applies the examples in Integrations to rows as the programs that they are for would.

usage: examples.py INTEGRATIONS FOLDER: FOLDER has records.ndjson, flows.ndjson and exchanges.ndjson, and
flows.ecs and exchanges.ecs of the same rows.
"""

import configparser
import datetime
import json
import re
import sys

import yaml

INTEGRATIONS, FOLDER = sys.argv[1:]
EPOCH = datetime.datetime(1970, 1, 1)
#: Go's layout of a time and Splunk's, as Python has them.
GO = [("2006", "%Y"), ("01", "%m"), ("02", "%d"), ("15", "%H"), ("04", "%M"), ("05", "%S"),
      (".000000", ".%f"), ("Z07:00", "Z")]


def rows(name):
    return [json.loads(line) for line in open(f"{FOLDER}/{name}", encoding="utf-8", newline="\n")]


def microseconds(text, layout):
    return (datetime.datetime.strptime(text, layout) - EPOCH) // datetime.timedelta(microseconds=1)


def nanoseconds(row):
    return row["time_ns"] if "time_ns" in row else row["start_ns"]


def load(path):
    with open(f"{INTEGRATIONS}/{path}", encoding="utf-8") as file:
        return yaml.safe_load(file)


def filebeat():
    config = load("elastic/filebeat.yml")
    [source] = config["filebeat.inputs"]
    [parser] = source["parsers"]
    assert parser["ndjson"]["target"] == "" and parser["ndjson"]["overwrite_keys"]
    count = 0
    for name in ["flows", "exchanges"]:
        for event, row in zip(rows(f"{name}.ecs"), rows(f"{name}.ndjson"), strict=True):
            assert microseconds(event["@timestamp"], "%Y-%m-%dT%H:%M:%S.%fZ") == nanoseconds(row) // 1000
            assert event["host"]["name"] == "S0W1"
            count += 1
    return count


def splunk():
    config = configparser.RawConfigParser(comment_prefixes="#", delimiters="=")
    config.optionxform = str
    with open(f"{INTEGRATIONS}/splunk/props.conf", encoding="utf-8") as file:
        config.read_file(file)
    options = config["zcap"]
    layout = options["TIME_FORMAT"].replace("%6N", "%f")
    most = int(options["MAX_TIMESTAMP_LOOKAHEAD"])
    count = 0
    for name in ["records", "flows", "exchanges"]:
        text = open(f"{FOLDER}/{name}.ndjson", encoding="utf-8", newline="").read()
        events = [one for one in re.split(options["LINE_BREAKER"], text)[::2] if one]
        for event, row in zip(events, rows(f"{name}.ndjson"), strict=True):
            found = re.search(options["TIME_PREFIX"], event)
            time = event[found.end() :][:most]
            assert microseconds(time, layout) == nanoseconds(row) // 1000, event
            count += 1
    return count


def collector():
    config = load("otel/collector.yaml")
    for pipeline in config["service"]["pipelines"].values():
        for kind in ["receivers", "exporters"]:
            assert set(pipeline[kind]) == set(config[kind]), pipeline
    count = 0
    for name, receiver in config["receivers"].items():
        table = name.split("/")[1]
        assert f"/{table}-*.ndjson" in receiver["include"][0]
        [operator] = receiver["operators"]
        layout = operator["timestamp"]["layout"]
        for go, python in GO:
            layout = layout.replace(go, python)
        field = operator["timestamp"]["parse_from"].removeprefix("attributes.")
        for row in rows(f"{table}.ndjson"):
            assert microseconds(row[field], layout) == nanoseconds(row) // 1000, row
            count += 1
    return count


counts = [filebeat(), splunk(), collector()]
assert all(counts)
print(*counts)
