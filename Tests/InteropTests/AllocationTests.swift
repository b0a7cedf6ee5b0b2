import Foundation
import TestSupport
import Testing
import TraceBytes
import TraceFormats
import TraceModel

/// How many allocations a record costs: those of a trace with twice the records of one conversation,
/// less those of the trace with half of them.
///
/// Without optimization records cost some; what is bounded here is that it stays so. With
/// `ZCAP_RELEASE` naming an optimized command, as CI has it, there must be none.
@Suite("Interop: allocations", .enabled(if: Shim.isPossible))
struct AllocationTests {
  private static let release = ProcessInfo.processInfo.environment["ZCAP_RELEASE"]

  enum Kind: String, CaseIterable {
    case data, capture
  }

  /// Allocations per record: optimized, and not.
  private static let bounds: [(command: String, release: Double, debug: Double)] = [
    ("info", 0.01, 0.1), ("flows", 0.01, 8), ("convert -o out.pcapng", 0.01, 7),
    ("convert -o out.pcapng.gz", 0.01, 7), ("convert --port 1 -o out.pcapng", 0.01, 5),
    ("print --as ascii", 0.01, 40), ("print", 0.01, 60),
  ]

  @Test("none for a record", arguments: Kind.allCases, bounds.map(\.command))
  func perRecord(_ kind: Kind, _ command: String) throws {
    let scratch = try ScratchFolder()
    let shim = try Shim("allocations", in: scratch)
    let bound = try #require(Self.bounds.first { $0.command == command })
    var counts: [Double] = []
    for count in [2000, 4000] {
      try Self.write(kind, count, to: scratch("trace"))
      let result = try RunCommand.shell(
        """
        ALLOCATIONS="$1/count" LD_PRELOAD="$2" "${3:-$zcap}" \(command) trace > /dev/null
        status=$?
        rm -f out.*
        [ $status -le 1 ] && cat count
        """, [scratch.path, shim.path] + (Self.release.map { [Self.absolute($0)] } ?? []),
        in: scratch.path)
      counts.append(try #require(Double(result.text.dropLast()), "\(result.errors)"))
    }
    let perRecord = (counts[1] - counts[0]) / 2000
    #expect(perRecord <= (Self.release == nil ? bound.debug : bound.release))
  }

  private static func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : RunCommand.packageRoot + "/" + path
  }

  /// A trace of one conversation: sends of 600 bytes, the client's and the server's in turn.
  private static func write(_ kind: Kind, _ count: Int, to path: String) throws {
    let text = Array(String(repeating: "What is said. ", count: 43).utf8)[..<600]
    var file: [UInt8] = []
    let entries = CTEWriter()
    if kind == .capture {
      file += le(0xA1B2_C3D4) + [2, 0, 4, 0] + le(0) + le(0) + le(65_535) + le(101)
    }
    for number in 0..<count {
      let fromClient = number % 2 == 0
      let sent = UInt32(600 * (number / 2))
      if kind == .capture {
        var packet: [UInt8] = [0x45, 0, 2, 0x80, 0, 1, 0, 0, 64, 6, 0, 0]
        packet += fromClient ? [10, 0, 0, 1, 10, 0, 0, 2] : [10, 0, 0, 2, 10, 0, 0, 1]
        packet += fromClient ? [0x9C, 0x40, 0, 80] : [0, 80, 0x9C, 0x40]
        packet += be(sent) + be(sent + (fromClient ? 0 : 600)) + [0x50, 0x18, 1, 0, 0, 0, 0, 0]
        // A new minute costs the printer its text.
        file += le(UInt32(number / 1000)) + le(UInt32(number % 1000 * 1000))
        file += le(640) + le(640) + packet + text
      } else {
        var record = TraceRecord()
        record.kind = .dataTrace
        record.time = 1_767_600_000_000_000_000 + Int64(number) * 1_000_000
        record.direction = fromClient ? .inbound : .outbound
        let ends = [
          Endpoint(IPAddress(ipv4: 0x0A00_0001), 40_000),
          Endpoint(IPAddress(ipv4: 0x0A00_0002), 80),
        ]
        (record.source, record.sourcePort) = (ends[number % 2].address, ends[number % 2].port)
        let other = ends[1 - number % 2]
        (record.destination, record.destinationPort) = (other.address, other.port)
        record.ipProtocol = 6
        record.socketDomain = 2
        record.socketType = 1
        record.name = RecordName("GPMSERVE", length: 8)
        record.flags = .clearText
        record.tracedLength = text.count
        record.originalLength = text.count
        let payload = Array(text)
        unsafe entries.append(record, payload.span.bytes, to: &file)
      }
    }
    try RunCommand.write(file, to: path)
  }

  private static func le(_ value: UInt32) -> [UInt8] { Array(be(value).reversed()) }
  private static func be(_ value: UInt32) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
  }
}
