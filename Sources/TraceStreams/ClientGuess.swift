internal import TraceBytes

/// Which end of a conversation is the client, from what the first record shows.
public struct ClientGuess: Sendable, Equatable {
  /// How the answer was found.
  public enum Evidence: UInt8, Sendable {
    case handshake, log, bytes, port, firstRecord

    public var text: StaticString {
      switch self {
      case .handshake: "SYN"
      case .log: "log"
      case .bytes: "request bytes"
      case .port: "port"
      case .firstRecord: "first record"
      }
    }
  }

  public var sourceIsClient: Bool
  public var evidence: Evidence

  public init(sourceIsClient: Bool, evidence: Evidence) {
    self.sourceIsClient = sourceIsClient
    self.evidence = evidence
  }

  /// Judges by the first payload bytes, then by the ports, then takes the sender of the first record.
  public static func from(
    _ payload: RawSpan, sourcePort: UInt16, destinationPort: UInt16
  ) -> ClientGuess {
    if payload.byteCount >= 5 {
      let word = payload.be32(0)
      if answers.contains(word) { return ClientGuess(sourceIsClient: false, evidence: .bytes) }
      if requests.contains(word) { return ClientGuess(sourceIsClient: true, evidence: .bytes) }
    }
    if let sourceIsClient = firstIsClient(sourcePort, destinationPort) {
      return ClientGuess(sourceIsClient: sourceIsClient, evidence: .port)
    }
    return ClientGuess(sourceIsClient: true, evidence: .firstRecord)
  }

  /// Whether the first of two ports is the client's: the other one is below 1024 or the first one in
  /// the ephemeral range from 32768, and not both are. Nil where the ports tell nothing.
  static func firstIsClient(_ first: UInt16, _ second: UInt16) -> Bool? {
    if (first < 1024) != (second < 1024) { return second < 1024 }
    if (first >= 32_768) != (second >= 32_768) { return first >= 32_768 }
    return nil
  }

  private static func words(_ texts: [String]) -> [UInt32] {
    texts.map { $0.utf8.prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
  }

  /// First four bytes of what a server says first.
  private static let answers = words(["HTTP", "RTSP", "220 ", "220-", "+OK ", "* OK"])
  /// First four bytes of what a client says first.
  private static let requests = words([
    "GET ", "POST", "PUT ", "HEAD", "DELE", "OPTI", "PATC", "CONN", "EHLO", "HELO", "PRI ",
  ])
}
