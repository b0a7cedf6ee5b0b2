internal import TraceBytes

/// Which end of a conversation is the client, from what the first record shows.
public struct ClientGuess: Sendable, Equatable {
  /// How the answer was found.
  public enum Evidence: UInt8, Sendable {
    case handshake, bytes, port, firstRecord

    public var text: StaticString {
      switch self {
      case .handshake: "SYN"
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

  /// Judges by the first payload bytes, then by the ports (a client's port is ephemeral and higher),
  /// then takes the sender of the first record.
  public static func from(
    _ payload: RawSpan, sourcePort: UInt16, destinationPort: UInt16
  ) -> ClientGuess {
    if payload.byteCount >= 5 {
      let word = payload.be32(0)
      if answers.contains(word) { return ClientGuess(sourceIsClient: false, evidence: .bytes) }
      if requests.contains(word) { return ClientGuess(sourceIsClient: true, evidence: .bytes) }
    }
    if sourcePort != destinationPort {
      return ClientGuess(sourceIsClient: sourcePort > destinationPort, evidence: .port)
    }
    return ClientGuess(sourceIsClient: true, evidence: .firstRecord)
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
