import Foundation
import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

/// Parts of a file, cut anywhere, have all of its records together, each once.
@Suite("Interop: ranges")
struct RangeTests {
  /// A trace of the transfer of a trace: every payload is a piece of a chain of good entries, some of them
  /// longer than an entry, so that they are segmented; others come between their segments.
  ///
  /// - Parameter inside: the form in which the trace that was transferred stands in payloads.
  private static func trace(
    in container: Container, size: Int, inside: Container = .chain, short: Bool = false
  ) throws -> [UInt8] {
    var random = SplitMix(UInt64(size))
    var inner: [UInt8] = []
    let server = Endpoint(IPAddress(ipv4: 0x0A01_0102), 21)
    let client = Endpoint(IPAddress(ipv4: 0x0A01_004D), 50_123)
    var writer = CTEWriter()
    // What a record of every container holds.
    writer.largestEntry = 25_000
    func record(_ number: Int, _ length: Int) -> TraceRecord {
      var record = TraceRecord()
      record.kind = .dataTrace
      record.name = RecordName("FTPD1", length: 8)
      record.ipProtocol = 6
      record.socketDomain = 2
      record.socketType = 1
      record.direction = .outbound
      (record.source, record.sourcePort) = (server.address, server.port)
      (record.destination, record.destinationPort) = (client.address, client.port)
      record.time = 1_770_113_700_000_000_000 + Int64(number) * 1_000_000
      record.traceNumber = UInt32(number)
      record.tracedLength = length
      record.originalLength = length
      return record
    }
    let innerMemory = MemoryTarget()
    let innerSink = ByteSink(innerMemory)
    let innerWriter = ContainerWriter(inside, to: innerSink)
    for number in 1...900 {
      let text = [UInt8](repeating: 0x41, count: Int(random.next() % (short ? 60 : 900)))
      var entry: [UInt8] = []
      unsafe writer.append(record(number, text.count), text.span.bytes, to: &entry)
      try unsafe innerWriter.write(entry.span.bytes)
    }
    try innerWriter.finish()
    try innerSink.flush()
    inner = innerMemory.bytes
    let memory = MemoryTarget()
    let sink = ByteSink(memory)
    let outer = ContainerWriter(container, to: sink)
    if short {
      outer.recordSize = 8180
      outer.prefix = [UInt8](repeating: 0xA7, count: 20) + [0, 0, 0, 0]
    }
    var at = 0
    var number = 0
    var written = 0
    while written < size {
      number += 1
      let wanted =
        short
        ? Int(random.next() % 300) : number % 9 == 0 ? 150_000 : Int(random.next() % 20_000)
      var payload: [UInt8] = []
      while payload.count < wanted {
        let part = inner[at..<min(inner.count, at + wanted - payload.count)]
        payload += part
        at = at + part.count == inner.count ? Int(random.next() % 500) : at + part.count
      }
      var entries: [UInt8] = []
      unsafe writer.append(record(number, payload.count), payload.span.bytes, to: &entries)
      var start = 0
      while start < entries.count {
        let length = Int(entries[start]) << 8 | Int(entries[start + 1])
        try unsafe outer.write(Array(entries[start..<(start + length)]).span.bytes)
        start += length
        written += length
      }
    }
    try outer.finish()
    try sink.flush()
    return memory.bytes
  }

  private struct Row: Equatable {
    var offset: UInt64
    var line: String
  }

  /// The rows without the number of the record, which a part does not know.
  private func rows(_ path: String, _ range: String?) throws -> [Row] {
    let arguments = ["export", "records", path, "--payload", "bytes"]
    let result = try RunCommand.run(
      RunCommand.zcap, arguments + (range.map { ["--range", $0] } ?? []))
    #expect(result.status <= 1, "\(result.errors)")
    return try result.text.split(separator: "\n").map { line in
      let parts = line.split(separator: ",")
      let offset = try #require(parts.first { $0.hasPrefix("\"offset\":") })
      return Row(
        offset: try #require(UInt64(offset.dropFirst(9))),
        line: parts.filter { !$0.hasPrefix("\"record\":") }.joined(separator: ","))
    }
  }

  private func file(_ path: String, _ range: String) throws -> [String: Any] {
    let result = try RunCommand.run(RunCommand.zcap, ["export", "files", path, "--range", range])
    #expect(result.status == 0, "\(result.errors)")
    return try #require(
      try JSONSerialization.jsonObject(with: Data(result.output)) as? [String: Any])
  }

  @Test("random cuts tile the file", arguments: Container.allCases)
  func tile(_ container: Container) throws {
    let scratch = try ScratchFolder()
    let path = scratch("t.ctr")
    let bytes = try Self.trace(in: container, size: 1_000_000)
    try RunCommand.write(bytes, to: path)
    let whole = try rows(path, nil)
    #expect(whole.count > 25)
    var random = SplitMix(UInt64(bytes.count))
    var cuts = (0..<4).map { _ in random.next() % UInt64(bytes.count) }
    cuts = ([0, UInt64(bytes.count)] + cuts).sorted()
    var next: UInt64?
    for (start, end) in zip(cuts, cuts.dropFirst()) {
      let part = try rows(path, "\(start)-\(end)")
      #expect(part == whole.filter { $0.offset >= start && $0.offset < end }, "\(start)-\(end)")
      let seam = try file(path, "\(start)-\(end)")
      if let next { #expect(seam["first_offset"] as? UInt64 == next, "\(start)-\(end)") }
      next = try #require(seam["next_offset"] as? UInt64)
      #expect(seam["seam_orphans"] as? Int == 0)
      #expect(seam["range_start"] as? UInt64 == start)
    }
  }

  @Test(
    "frames in payloads are not those of the file",
    arguments: [Container.writer, .rdw, .bdw, .length, .ftpBlock], [Container.rdw, .length])
  func framesInside(_ container: Container, _ inside: Container) throws {
    let scratch = try ScratchFolder()
    let path = scratch("t.ctr")
    let bytes = try Self.trace(in: container, size: 700_000, inside: inside, short: true)
    try RunCommand.write(bytes, to: path)
    let whole = try rows(path, nil)
    var random = SplitMix(UInt64(bytes.count))
    for _ in 0..<3 {
      let start = 200_000 + random.next() % 300_000
      let part = try rows(path, "\(start)-\(start + 60_000)")
      #expect(part == whole.filter { $0.offset >= start && $0.offset < start + 60_000 }, "\(start)")
    }
  }

  @Test("damage belongs to the part in which it begins, and is told once")
  func damage() throws {
    let scratch = try ScratchFolder()
    let path = scratch("t.ctr")
    var bytes = try Self.trace(in: .chain, size: 1_500_000)
    for at in 700_000..<1_000_000 { bytes[at] = UInt8(truncatingIfNeeded: at &* 7) }
    try RunCommand.write(bytes, to: path)
    let whole = try file(path, "0-")
    var sum = 0
    for range in ["0-300000", "300000-750000", "750000-900000", "900000-1200000", "1200000-"] {
      sum += try #require(try file(path, range)["damaged_stretches"] as? Int)
    }
    #expect(sum > 0)
    #expect(sum == whole["damaged_stretches"] as? Int)
  }

  @Test("what cannot be read in parts is said in one line, status 64")
  func unsplittable() throws {
    for arguments in [
      ["records", "containers/chain.ctr.gz"], ["records", "containers/2cutc.pcapng"],
      ["records", "listing/tcpdata-ascii.txt"], ["flows", "containers/chain.ctr"],
      ["records", "containers/chain.ctr", "--sort"],
      ["records", "containers/chain.ctr", "containers/rdw.ctr"], ["records", "-"],
    ] {
      let result = try RunCommand.run(
        RunCommand.zcap, ["export"] + arguments + ["--range", "0-1000"], in: Captures.folder)
      #expect(result.status == 64, "\(arguments): \(result.errors)")
    }
  }
}
