/// One way of taking bytes that nobody vouches for; each renders its input to the end.
public enum FuzzTarget: String, CaseIterable, Sendable {
  // One reader of TraceFormats each, its output in every form the command has.
  case cte, pcap, pcapng, listing, ipcs, sniffer
  /// Whatever the content is taken for, gzip included.
  case input
  /// Captures, written as pcapng and read again.
  case roundtrip
  // Stages, which get records, packets, streams made of the bytes.
  case segments, streams, http, payload
  /// The rooms of TraceProtocols: the first byte says which.
  case room
  // The AT-TLS side.
  case log, policy, yaml

  /// Takes one input.
  ///
  /// - Throws: ``Finding`` when something came out that must not.
  public func run(_ bytes: [UInt8], _ rendering: Rendering) throws {
    switch self {
    case .cte, .pcap, .pcapng, .listing, .ipcs, .sniffer:
      try ReaderRun.run(self, bytes, rendering)
    case .input: try InputRun.run(bytes, rendering)
    case .roundtrip: try RoundTrip.run(bytes)
    case .segments: try SegmentRun.run(bytes)
    case .streams: try StreamRun.run(bytes, rendering)
    case .http: try HTTPRun.run(bytes, rendering)
    case .payload: try PayloadRun.run(bytes, rendering)
    case .room: try RoomRun.run(bytes)
    case .log: try LogRun.run(bytes)
    case .policy: try PolicyRun.run(bytes)
    case .yaml: try PolicyRun.run(Array("---\n".utf8) + bytes)
    }
  }
}

/// Something that must not be.
public struct Finding: Error, CustomStringConvertible {
  public let description: String

  public init(_ description: String) { self.description = description }

  /// Throws unless the condition holds.
  static func unless(_ condition: Bool, _ text: @autoclosure () -> String) throws {
    if !condition { throw Finding(text()) }
  }
}

/// Bytes taken one after the other; 0 when there are no more.
struct ByteCursor {
  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { at >= bytes.count }

  mutating func next() -> UInt8 {
    guard at < bytes.count else { return 0 }
    at += 1
    return bytes[at - 1]
  }

  mutating func next16() -> Int { Int(next()) << 8 | Int(next()) }

  mutating func take(_ count: Int) -> [UInt8] {
    let end = min(bytes.count, at + count)
    defer { at = end }
    return Array(bytes[at..<end])
  }
}
