import Foundation
import TestSupport
import TraceBytes
import TraceFilter
import TraceFormats
import TraceModel
import TraceStreams

/// A record as a test writes it down.
struct Sample: Sendable {
  var kind = RecordKind.dataTrace
  var source = "10.1.1.2"
  var destination = "10.1.2.3"
  var ports: (UInt16, UInt16) = (8803, 40_000)
  var name = ""
  var time: Int64 = 0
  var direction = Direction.unknown
  var flags: RecordFlags = []
  var payload: [UInt8] = []
  var linkType = LinkType.none
  var interface: UInt32 = 0

  var record: TraceRecord {
    var record = TraceRecord()
    record.kind = kind
    record.source = IPAddress(source) ?? .unspecified
    record.destination = IPAddress(destination) ?? .unspecified
    record.sourcePort = ports.0
    record.destinationPort = ports.1
    record.ipProtocol = 6
    record.name = RecordName(name, length: kind == .dataTrace ? 8 : 16)
    record.time = time
    record.direction = direction
    record.flags = flags
    record.linkType = linkType
    record.interface = interface
    record.tracedLength = payload.count
    record.originalLength = payload.count
    return record
  }
}

/// Gives a record to any sink.
func give(_ record: TraceRecord, _ payload: [UInt8], to sink: any TraceSink) throws {
  try unsafe payload.withUnsafeBytes { try unsafe sink.record(record, $0.bytes) }
}

/// Whether a sample passes a filter.
func passes(_ sample: Sample, _ filter: FilterSpecification) throws -> Bool {
  let sink = CollectingSink()
  try give(sample.record, sample.payload, to: FlowTracker(to: try RecordFilter(filter, to: sink)))
  return !sink.records.isEmpty
}

/// A specification made by a closure.
func filter(
  _ fill: (inout FilterSpecification) throws -> Void
) rethrows -> FilterSpecification {
  var specification = FilterSpecification()
  try fill(&specification)
  return specification
}

/// A pcap file of packets; the time of each is its index in microseconds.
func pcapFile(_ packets: [[UInt8]], linkType: UInt32) -> [UInt8] {
  var file: [UInt8] = []
  func put(_ value: UInt32) { file += (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }
  for value in [0xA1B2_C3D4, 0x0004_0002, 0, 0, 262_144, linkType] { put(value) }
  for (index, packet) in packets.enumerated() {
    let values = [1_700_000_000 + index / 1_000_000, index % 1_000_000, packet.count, packet.count]
    for value in values { put(UInt32(value)) }
    file += packet
  }
  return file
}

/// tcpdump, when it is there.
enum Tcpdump {
  static let path: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "")
    .split(separator: ":").map { "\($0)/tcpdump" }
    .first { FileManager.default.isExecutableFile(atPath: $0) }

  /// The packets of a file that an expression keeps; nil when tcpdump cannot read the file or does
  /// not take the expression for it.
  static func keep(_ expression: String, in file: URL) throws -> [CollectingSink.Kept]? {
    guard let path else { return nil }
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(fileURLWithPath: path)
    process.arguments = ["-r", file.path, "-w", "-", expression]
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
    let bytes = [UInt8](output.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { return nil }
    var reader = PcapReader()
    return try collect(&reader, bytes).records
  }
}

/// The records of a file that a filter keeps.
func keep(_ filter: FilterSpecification, in file: URL) throws -> [CollectingSink.Kept] {
  let sink = CollectingSink()
  try TraceInput(ByteSource(path: file.path)).run(
    into: FlowTracker(to: try RecordFilter(filter, to: sink)))
  return sink.records
}

/// A folder that is removed at the end of a test.
final class Folder {
  let url = FileManager.default.temporaryDirectory
    .appendingPathComponent("zcap-filter-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }
  deinit { try? FileManager.default.removeItem(at: url) }

  func file(_ name: String, _ bytes: [UInt8]) throws -> URL {
    let file = url.appendingPathComponent(name)
    try Data(bytes).write(to: file)
    return file
  }
}
