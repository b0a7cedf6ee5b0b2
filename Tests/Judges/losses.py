"""Loses, swaps and cuts packets, and compares what `exchanges` says then with what it says of the whole capture.

usage: losses.py ZCAP FILE... [--most N] [--pairs]: N times in each way, spread over the file (12); pairs of losses.

A row must be one of the whole capture, or say that something is missing or in doubt. A row that does so, and is not
in doubt about its answer, has no other request's answer. Rows that are gone though their packets are there are shown,
and wrong where nothing is lost.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import struct
import subprocess
import sys
import tempfile

ENHANCED_PACKET = 6
IP_BEHIND = {0: 4, 1: 14, 12: 0, 14: 0, 101: 0, 108: 4, 113: 16, 228: 0, 229: 0, 276: 20}
EVENTS = ("MESSAGE", "OUTPUT", "UNBIND")
DOUBT = ("uncertain", "may be that of another")


class Segment:
    """Where the headers and the data of a TCP segment are in a packet of one link type."""

    def __init__(self, packet, link):
        self.ip = IP_BEHIND[link]
        if link == 1 and packet[12:14] == b"\x81\x00":
            self.ip += 4
        version = packet[self.ip] >> 4
        if version == 4:
            tcp, fragment = packet[self.ip + 9] == 6, packet[self.ip + 6] & 0x3F or packet[self.ip + 7]
            self.tcp = self.ip + (packet[self.ip] & 15) * 4
            self.end = self.ip + struct.unpack_from(">H", packet, self.ip + 2)[0]
        else:
            tcp, fragment = version == 6 and packet[self.ip + 6] == 6, False
            self.tcp = self.ip + 40
            self.end = self.tcp + struct.unpack_from(">H", packet, self.ip + 4)[0]
        self.data = self.tcp + (packet[self.tcp + 12] >> 4) * 4
        if not tcp or fragment or self.end > len(packet) or not self.tcp + 20 <= self.data < self.end:
            raise ValueError("no data of TCP, or not all of it")
        self.source = packet[self.ip + 12 : self.ip + 16] if version == 4 else packet[self.ip + 8 : self.ip + 24]
        self.target = packet[self.ip + 16 : self.ip + 20] if version == 4 else packet[self.ip + 24 : self.ip + 40]
        self.source += packet[self.tcp : self.tcp + 2]
        self.target += packet[self.tcp + 2 : self.tcp + 4]

    def piece(self, packet, start, end):
        """The packet with some of its data. Nobody looks at the checksums."""
        at = self.ip + (2 if packet[self.ip] >> 4 == 4 else 4)
        head, removed = bytearray(packet[: self.data]), self.end - self.data - (end - start)
        struct.pack_into(">H", head, at, struct.unpack_from(">H", head, at)[0] - removed)
        is_first, is_last, syn = start == 0, end == self.end - self.data, head[self.tcp + 13] & 2
        sequence = struct.unpack_from(">I", head, self.tcp + 4)[0] + start + (0 if is_first else syn >> 1)
        struct.pack_into(">I", head, self.tcp + 4, sequence & 0xFFFFFFFF)
        head[self.tcp + 13] &= ~((0 if is_first else 2) | (0 if is_last else 13))
        return bytes(head) + packet[self.data + start : self.data + end]


class Capture:
    """The blocks of a pcapng file, and where the segments are that have data."""

    def __init__(self, path):
        self.blocks, self.segments, links, at = [], {}, [], 0
        content = open(path, "rb").read()
        while at < len(content):
            kind, length = struct.unpack_from("<II", content, at)
            block = content[at : at + length]
            if kind == 1:
                links.append(struct.unpack_from("<H", block, 8)[0])
            elif kind == ENHANCED_PACKET:
                try:
                    link = links[struct.unpack_from("<I", block, 8)[0]]
                    self.segments[len(self.blocks)] = Segment(self.packet(block), link)
                except (IndexError, KeyError, ValueError, struct.error):
                    pass
            self.blocks.append(block)
            at += length

    @staticmethod
    def packet(block):
        return block[28 : 28 + struct.unpack_from("<I", block, 20)[0]]

    @staticmethod
    def with_packet(block, packet):
        old = struct.unpack_from("<I", block, 20)[0]
        body = block[8:20] + struct.pack("<II", len(packet), len(packet)) + packet + bytes(-len(packet) % 4)
        body += block[28 + old + -old % 4 : -4]
        length = struct.pack("<I", len(body) + 12)
        return block[:4] + length + body + length

    def time(self, index):
        high, low = struct.unpack_from("<II", self.blocks[index], 12)
        return high << 32 | low

    def lost(self, *indices):
        return [block for index, block in enumerate(self.blocks) if index not in indices]

    def swapped(self, first, second):
        """The second one comes before the first one, at its time."""
        early = self.blocks[second][:12] + self.blocks[first][12:20] + self.blocks[second][20:]
        return self.blocks[:first] + [early] + self.lost(second)[first:]

    def cut(self, size):
        blocks = []
        for index, block in enumerate(self.blocks):
            segment, packet = self.segments.get(index), self.packet(block)
            if segment is None:
                blocks.append(block)
                continue
            count = segment.end - segment.data
            for start in range(0, count, size):
                piece = segment.piece(packet, start, min(start + size, count))
                blocks.append(self.with_packet(block, piece))
        return blocks

    def damaged(self, most, pairs, chance):
        """Name, blocks, the times of what is lost, and whether times stay."""
        order = sorted(self.segments)
        for index in spread(order, most):
            yield f"{index} lost", self.lost(index), {self.time(index)}, True
        for _ in range(min(most, len(order) // 2) if pairs else 0):
            first = chance.randrange(len(order) - 1)
            pair = order[first], order[min(len(order) - 1, first + chance.randrange(1, 6))]
            yield f"{pair} lost", self.lost(*pair), {self.time(index) for index in pair}, True
        for first, second in spread(list(self.neighbours(order)), most):
            yield f"{first, second} swapped", self.swapped(first, second), set(), False
        for size in (1, 7, 100) if len(order) < 2000 else (100,):
            yield f"pieces of {size}", self.cut(size), set(), True

    def neighbours(self, order):
        """Segments of a connection that follow each other."""
        last = {}
        for index in order:
            segment = self.segments[index]
            ends = frozenset((segment.source, segment.target))
            if ends in last:
                yield last[ends], index
            last[ends] = index


def spread(items, most):
    return items if len(items) <= most else [items[index * len(items) // most] for index in range(most)]


def rows(zcap, path):
    result = subprocess.run([zcap, "exchanges", "--json", "-q", path], capture_output=True, timeout=120)
    if result.returncode not in (0, 1):
        raise SystemExit(f"{path}: status {result.returncode}, {result.stderr.decode()}")
    return [json.loads(line) for line in result.stdout.splitlines()]


FIELDS = "community_id protocol operation result status failed request_bytes response_bytes missing "
# Names may have been told in what is lost.
NAMES, TIMES = "object query host", "time_ns first_byte_ns last_byte_ns"


def identity(row, has_times):
    return tuple(row[field] for field in (FIELDS + (TIMES if has_times else NAMES)).split())


def place(row, has_times):
    return (row["community_id"], row["time_ns"]) if has_times else (row["community_id"], row["operation"], row["object"])


def is_marked(row):
    """Whether it says that something is missing, or is an event that has no answer."""
    is_event = row["request_bytes"] is None or row["response_bytes"] is None and row["operation"] in EVENTS
    endings = row["request_ending"], row["response_ending"]
    return bool(is_event or row["findings"] or row["missing"] or "incomplete" in endings)


def answer(row, has_times):
    """What tells one answer from another."""
    late = row["first_byte_ns"]
    return (row["time_ns"] + late if late is not None else None) if has_times else (row["result"], row["status"])


def judge(whole, found, lost_times, has_times):
    """What is wrong, as (kind, row, rows of the whole at its place)."""
    left = collections.Counter(identity(row, has_times) for row in whole)
    places = collections.defaultdict(list)
    for row in whole:
        places[place(row, has_times)].append(row)
    for row in found:
        same = identity(row, has_times)
        if left[same] > 0:
            left[same] -= 1
            continue
        true = places[place(row, has_times)]
        if not is_marked(row):
            yield "unmarked", row, true
        elif row["result"] and row["missing"] is None and true and not any(word in text for word in DOUBT for text in row["findings"]):
            is_part = any(
                row["first_byte_ns"] is None or each["first_byte_ns"] is not None
                and each["first_byte_ns"] <= row["first_byte_ns"] <= each["last_byte_ns"] for each in true)
            if not is_part if has_times else all(answer(row, False) != answer(each, False) for each in true):
                yield "another's answer", row, true
    there = {place(row, has_times) for row in found}
    known = {row["community_id"] for row in found}
    for row in whole:
        is_gone = place(row, has_times) not in there and row["time_ns"] not in lost_times
        # A conversation that is not recognised without its beginning is said to be.
        if is_gone and left[identity(row, has_times)] > 0 and row["community_id"] in known:
            yield "gone", row, []


def short(row):
    names = "protocol time_ns operation object result first_byte_ns request_bytes response_bytes missing findings"
    return " ".join(str(row[name])[:70] for name in names.split() if row[name] not in (None, []))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("zcap")
    parser.add_argument("files", nargs="+")
    parser.add_argument("--most", type=int, default=12)
    parser.add_argument("--pairs", action="store_true")
    options = parser.parse_args()
    total, wrong = collections.Counter(), collections.Counter()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(2) as pool:
        for number, path in enumerate(options.files):
            source = f"{folder}/{number}.pcapng"
            subprocess.run([options.zcap, "convert", "-q", path, "-o", source], capture_output=True)
            whole = rows(options.zcap, source) if os.path.exists(source) else []
            if not whole:
                continue
            capture = Capture(source)

            def check(job):
                step, (name, blocks, lost_times, has_times) = job
                damaged = f"{source}.{step}"
                with open(damaged, "wb") as file:
                    file.writelines(blocks)
                found = list(judge(whole, rows(options.zcap, damaged), lost_times, has_times))
                os.remove(damaged)
                return name, found

            for name, found in pool.map(check, enumerate(capture.damaged(options.most, options.pairs, random.Random(1)))):
                way = name.split()[-1] if not name.startswith("pieces") else "pieces"
                total[way] += 1
                wrong[way] += any(kind != "gone" or way != "lost" for kind, _, _ in found)
                for kind, row, true in found:
                    print(f"{path}: {name}: {kind}: {short(row)}")
                    for each in true[:2]:
                        print(f"    in the whole capture: {short(each)}")
            sys.stdout.flush()
            os.remove(source)
    print(", ".join(f"{way}: {wrong[way]} of {total[way]} wrong" for way in total))
    raise SystemExit(1 if any(wrong.values()) else 0)


main()
