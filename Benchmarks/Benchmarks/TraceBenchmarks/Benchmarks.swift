import Benchmark
import TraceBytes
import TraceConvert
import TraceFormats
import TraceProtocols
import TraceModel
import TraceStreams

// Instructions are the same on a busy machine, time is not; machines that do not count them show time only.
//   swift package --package-path Benchmarks benchmark
let benchmarks: @Sendable () -> Void = {
  Benchmark.defaultConfiguration = .init(
    metrics: [.instructions, .wallClock, .peakMemoryResident],
    warmupIterations: 1, scalingFactor: .one, maxDuration: .seconds(2))

  let trace = Made.trace(size: 2_000_000)
  let packets = Made.records(.packet, count: 4000)
  let oneWay = Made.oneDirection(count: 4000)
  let sends = Made.records(.data, count: 4000)
  let large = Made.bytes(1 << 20)

  Benchmark("decode, 2 MB of entries") { benchmark in
    for _ in benchmark.scaledIterations { try Made.decode(trace, into: Nothing()) }
  }
  Benchmark("segment sets, 256 records of 16 segments") { benchmark in
    for _ in benchmark.scaledIterations { try Made.segments(large) }
  }
  Benchmark("reassembly, 4,000 packets") { benchmark in
    for _ in benchmark.scaledIterations {
      try packets.give(to: streams())
    }
  }
  Benchmark("reassembly, 4,000 packets of one direction") { benchmark in
    for _ in benchmark.scaledIterations {
      try oneWay.give(to: streams())
    }
  }
  Benchmark("reassembly, 4,000 packets of one direction in reversed pairs") { benchmark in
    for _ in benchmark.scaledIterations {
      try oneWay.give(to: streams(), swapped: true)
    }
  }
  Benchmark("EBCDIC to text, 1 MB") { benchmark in
    for _ in benchmark.scaledIterations { try Made.print(large, as: .ebcdic) }
  }
  Benchmark("checksum, 1 MB in segments of 1,460 bytes") { benchmark in
    for _ in benchmark.scaledIterations { blackHole(Made.checksums(large)) }
  }
  Benchmark("pcapng of 4,000 sends") { benchmark in
    for _ in benchmark.scaledIterations {
      try sends.give(to: writer())
    }
  }
  Benchmark("pcapng of 4,000 packets") { benchmark in
    for _ in benchmark.scaledIterations {
      try packets.give(to: writer())
    }
  }
  Benchmark("HTTP, 1,000 exchanges") { benchmark in
    for _ in benchmark.scaledIterations { Made.exchanges(1000) }
  }
}

/// A tracker and a follower whose streams go nowhere.
private func streams() -> FlowTracker {
  let flows = FlowTable()
  return FlowTracker(to: StreamFollower(NoStreams(), flows: flows), flows: flows)
}

/// A writer of pcapng whose bytes go nowhere.
private func writer() -> FlowTracker {
  let flows = FlowTable()
  return FlowTracker(to: PcapngSink(ByteSink(Nowhere()), flows: flows), flows: flows)
}
