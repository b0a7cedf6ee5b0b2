"""Checks the names that other tools know.

usage: names.py community FOLDER: flows.ndjson has the Community IDs that the package communityid makes.
       names.py zeek FOLDER: conn.log and http.log are to zat what flows.ndjson and exchanges.ndjson say.
"""

import datetime
import json
import sys

import communityid
from zat import zeek_log_reader


def rows(path):
    return [json.loads(line) for line in open(path, encoding="utf-8")]


def community(folder):
    maker = communityid.CommunityID()
    flows = rows(f"{folder}/flows.ndjson")
    for flow in flows:
        make = {"tcp": communityid.FlowTuple.make_tcp, "udp": communityid.FlowTuple.make_udp}
        ends = make[flow["transport"]](
            flow["client_ip"], flow["server_ip"], flow["client_port"], flow["server_port"]
        )
        wanted = maker.calc(ends)
        assert flow["community_id"] == wanted, f"{flow}: {wanted}"
    print(len(flows))


def same(record, fields):
    for name, value in fields.items():
        assert record[name] == value, f"{name}: {record[name]!r} for {value!r}"


def zeek(folder):
    flows = rows(f"{folder}/flows.ndjson")
    log = list(zeek_log_reader.ZeekLogReader(f"{folder}/conn.log").readrows())
    assert len(log) == len(flows), f"{len(log)} of {len(flows)}"
    states = {"closed": "SF", "half_closed": "S2", "reset": "RSTO"}
    for record, flow in zip(log, flows):
        same(record, {
            "uid": "C" + flow["flow_id"], "id.orig_h": flow["client_ip"],
            "id.orig_p": flow["client_port"], "id.resp_h": flow["server_ip"],
            "id.resp_p": flow["server_port"], "proto": flow["transport"],
            "orig_bytes": flow["client_bytes"], "resp_bytes": flow["server_bytes"],
            "conn_state": states.get(flow["end"], "OTH"), "missed_bytes": flow["missing_bytes"],
            "community_id": flow["community_id"], "zos_job": flow["job"] or "-",
        })
        duration = record["duration"]
        assert abs(duration / datetime.timedelta(seconds=1) - flow["duration_ns"] / 1e9) < 1e-3
    exchanges = [row for row in rows(f"{folder}/exchanges.ndjson") if row["protocol"] == "HTTP/1"]
    log = list(zeek_log_reader.ZeekLogReader(f"{folder}/http.log").readrows())
    assert len(log) == len(exchanges) > 0, f"{len(log)} of {len(exchanges)}"
    for record, row in zip(log, exchanges):
        same(record, {
            "uid": "C" + row["flow_id"], "trans_depth": row["exchange"], "method": row["operation"],
            # zat reads a count that is not set as 0.
            "status_code": row["status"] or 0,
        })
    print(len(flows), len(exchanges))


{"community": community, "zeek": zeek}[sys.argv[1]](sys.argv[2])
