import Foundation
import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

/// Writes what a reader gives.
final class RewritingSink: TraceSink {
  let target = MemoryTarget()
  let output: ByteSink
  let writer: PcapngWriter
  var numbers: [UInt32: UInt32] = [:]

  init() throws {
    output = ByteSink(target)
    writer = PcapngWriter(output)
    try writer.section(PcapngSection(application: "test"))
  }

  func interface(_ interface: CaptureInterface) throws(TraceError) {
    numbers[interface.id] = try writer.interface(interface)
  }
  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    let packet = PcapngPacket(
      interface: numbers[record.interface] ?? 0, time: record.time,
      originalLength: record.originalLength, direction: record.direction,
      droppedBefore: record.droppedBefore,
      packetID: record.traceNumber == 0 ? nil : UInt64(record.traceNumber))
    // In three parts, of which any may be empty.
    let first = min(14, payload.byteCount)
    let second = payload.byteCount - (payload.byteCount - first) / 2
    try writer.packet(
      packet, payload.extracting(0..<first), payload.extracting(first..<second),
      payload.extracting(second..<payload.byteCount))
  }
  func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try writer.secrets(type: type, bytes)
  }
  func notice(_ notice: TraceNotice) throws(TraceError) {}
  func finish() throws(TraceError) {
    try writer.finish()
    try output.commit()
  }
}

/// Runs a program on a file and returns what it prints; nil where the program is not installed.
func tool(_ name: String, _ arguments: [String], _ bytes: [UInt8]) throws -> String? {
  let places = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  guard
    let place = places.map({ $0 + "/" + name }).first(where: {
      FileManager.default.isExecutableFile(atPath: String($0))
    })
  else { return nil }
  let file = FileManager.default.temporaryDirectory.appendingPathComponent(
    "zcap-\(UUID().uuidString).pcapng")
  try Data(bytes).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(fileURLWithPath: String(place))
  process.arguments = arguments.map { $0 == "@" ? file.path : $0 }
  process.standardOutput = pipe
  process.standardError = FileHandle.nullDevice
  try process.run()
  let output = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  #expect(process.terminationStatus == 0, "\(name)")
  return String(decoding: output, as: UTF8.self)
}

@Suite("Captures: pcapng writer")
struct CapturesWriterTests {
  /// Writes with a writer and returns the bytes.
  func written(_ body: (PcapngWriter) throws -> Void) throws -> [UInt8] {
    let target = MemoryTarget()
    let sink = ByteSink(target)
    try body(PcapngWriter(sink))
    try sink.commit()
    return target.bytes
  }

  func put(
    _ writer: PcapngWriter, _ packet: PcapngPacket, _ bytes: [UInt8], comments: [[UInt8]] = []
  ) throws {
    try unsafe bytes.withUnsafeBytes { buffer throws in
      try unsafe writer.packet(packet, buffer.bytes, comments: comments)
    }
  }

  @Test func bytesOfOnePacket() throws {
    let bytes = try written {
      try $0.section(PcapngSection())
      let id = try $0.interface(
        CaptureInterface(id: 9, linkType: .ethernet, name: "J"))
      let packet = PcapngPacket(
        interface: id, time: 0x1_0203_0405_0607, originalLength: 9, direction: .outbound,
        droppedBefore: 2, packetID: 0x0A0B)
      try put($0, packet, [1, 2, 3, 4, 5], comments: [Array("hi".utf8)])
    }
    let section = hex("0A0D0D0A 1C000000 4D3C2B1A 0100 0000 FFFFFFFFFFFFFFFF 1C000000")
    let interface = hex(
      "01000000 28000000 0100 0000 00000400 0200 0100 4A000000 0900 0100 09000000 00000000 28000000"
    )
    let packet = hex(
      """
      06000000 54000000 00000000 03020100 07060504 05000000 09000000 0102030405 000000
      0200 0400 02000000 0400 0800 0200000000000000 0500 0800 0B0A000000000000
      0100 0200 68690000 00000000 54000000
      """)
    #expect(bytes == section + interface + packet)
  }

  @Test(arguments: [false, true])
  func roundTrip(bigEndian: Bool) throws {
    let (bytes, _) = CapturesPcapngTests.everything(bigEndian: bigEndian)
    let sink = try RewritingSink()
    var reader = PcapngReader()
    _ = try unsafe bytes.withUnsafeBytes {
      try unsafe reader.read($0.bytes, at: 0, atEnd: true, into: sink)
    }
    try sink.finish()
    let before = try readPcapng(bytes)
    let after = try readPcapng(sink.target.bytes, .drip)
    #expect(after.notices.isEmpty)
    #expect(before.records.map(\.payload) == after.records.map(\.payload))
    let old = before.records.map(\.record)
    let new = after.records.map(\.record)
    #expect(old.map(\.time) == new.map(\.time))
    #expect(old.map(\.originalLength) == new.map(\.originalLength))
    #expect(old.map(\.direction) == new.map(\.direction))
    #expect(old.map(\.droppedBefore) == new.map(\.droppedBefore))
    #expect(old.map(\.traceNumber) == new.map(\.traceNumber))
    #expect(old.map(\.linkType) == new.map(\.linkType))
    #expect(before.interfaces.map(\.name) == after.interfaces.map(\.name))
    #expect(before.interfaces.map(\.text) == after.interfaces.map(\.text))
    #expect(before.interfaces.map(\.filter) == after.interfaces.map(\.filter))
    #expect(before.interfaces.map(\.system) == after.interfaces.map(\.system))
    #expect(before.secrets.map(\.bytes) == after.secrets.map(\.bytes))
  }

  /// Every length of data around the four-byte boundary, with and without options.
  @Test(arguments: 0...9)
  func paddingAndOptions(length: Int) throws {
    let data = Array(UInt8(1)...9).prefix(length).map { $0 }
    for options in 0..<16 {
      let bytes = try written {
        try $0.section(PcapngSection())
        let id = try $0.interface(CaptureInterface(id: 0, linkType: .raw))
        let packet = PcapngPacket(
          interface: id, time: 5, originalLength: 0,
          direction: options & 1 == 0 ? .unknown : .inbound,
          droppedBefore: options & 2 == 0 ? 0 : 3, packetID: options & 4 == 0 ? nil : 77)
        try put($0, packet, data, comments: options & 8 == 0 ? [] : [[0x61], [0xFF, 0, 0x62]])
        try put($0, packet, data)
        try $0.finish()
      }
      let sink = try readPcapng(bytes)
      #expect(sink.notices.isEmpty)
      #expect(sink.records.map(\.payload) == [data, data])
      let record = try #require(sink.records.first?.record)
      #expect(record.originalLength == length)
      #expect(record.direction == (options & 1 == 0 ? .unknown : .inbound))
      #expect(record.droppedBefore == (options & 2 == 0 ? 0 : 3))
      #expect(record.traceNumber == (options & 4 == 0 ? 0 : 77))
    }
  }

  @Test func textIsMadeFit() throws {
    // A NUL inside, and a character of two bytes across the longest length.
    let name = "a\0b" + String(repeating: "é", count: 40_000)
    let bytes = try written {
      try $0.section(PcapngSection())
      _ = try $0.interface(CaptureInterface(id: 0, linkType: .raw, name: name))
    }
    let read = try #require(try readPcapng(bytes).interfaces.first?.name)
    #expect(read == "ab" + String(repeating: "é", count: 32_499))
    let odd = "abc" + String(repeating: "é", count: 40_000)
    let oddBytes = try written {
      try $0.section(PcapngSection())
      _ = try $0.interface(CaptureInterface(id: 0, linkType: .raw, name: odd))
    }
    #expect(try readPcapng(oddBytes).interfaces.first?.name.utf8.count == 64_999)
  }

  @Test func longPacketsAreCutToTheSnapLength() throws {
    let long = [UInt8](repeating: 1, count: 200_000)
    let bytes = try written { writer in
      try writer.section(PcapngSection())
      let id = try writer.interface(CaptureInterface(id: 0, linkType: .raw))
      let packet = PcapngPacket(interface: id, time: 0, originalLength: 400_000)
      try unsafe long.withUnsafeBytes {
        try unsafe writer.packet(packet, $0.bytes, $0.bytes)
      }
    }
    let record = try #require(try readPcapng(bytes).records.first)
    #expect(record.payload.count == 262_144)
    #expect(record.record.originalLength == 400_000)
  }

  @Test func otherToolsReadIt() throws {
    let frame = [UInt8](repeating: 0x11, count: 12) + hex("88B5") + Array(0..<50)
    let bytes = try written {
      try $0.section(
        PcapngSection(
          hardware: "z16", system: "z/OS 3.1", application: "zcap", comments: ["one", "two"]))
      let id = try $0.interface(
        CaptureInterface(
          id: 0, linkType: .ethernet, name: "GPMSERVE", text: "data trace",
          filter: "port 443", system: "z/OS"), comments: ["three"])
      let packet = PcapngPacket(
        interface: id, time: 1_700_000_000_123_456_789, originalLength: 99, direction: .outbound,
        droppedBefore: 5, packetID: 4711)
      try put($0, packet, frame, comments: [Array("hello".utf8), [0xFF]])
      try put($0, PcapngPacket(interface: id, time: 1_700_000_001, originalLength: 0), frame)
      try $0.finish()
    }
    let fields = [
      "frame.time_epoch", "frame.cap_len", "frame.len", "frame.interface_name",
      "frame.interface_description", "frame.packet_flags_direction", "frame.drop_count",
      "frame.packet_id", "frame.comment",
    ]
    if let text = try tool(
      "tshark", ["-r", "@", "-T", "fields"] + fields.flatMap { ["-e", $0] }, bytes)
    {
      let first = try #require(text.split(separator: "\n").first)
      #expect(
        first == """
          1700000000.123456789\t64\t99\tGPMSERVE\tdata trace\t0x00000002\t5\t4711\thello,\u{FFFD}
          """)
    }
    if let text = try tool("capinfos", ["-c", "-M", "@"], bytes) {
      #expect(text.contains("Number of packets:   2"))
    }
    if let text = try tool("editcap", ["-F", "pcapng", "@", "-"], bytes) {
      #expect(!text.isEmpty)
    }
  }
}
