/// Every bound that keeps hostile or damaged input from costing memory or time.
public struct HTTPLimits: Sendable, Equatable {
  /// Bytes of one message head that are kept; a longer head is cut here.
  public var headBytes = 256 * 1024
  /// Bytes of one head after which the search for its end is given up.
  public var headGiveUpBytes: UInt64 = 16 * 1024 * 1024
  /// Bytes of one trailer section that are kept.
  public var trailerBytes = 64 * 1024
  /// Bytes of one chunk-size line beyond which it is a finding.
  public var chunkLineBytes: UInt64 = 4096
  /// Bytes of one line that are examined while looking for the next start line.
  public var resyncLineBytes = 8 * 1024
  /// Bytes of one direction after which a connection without a start line is not HTTP.
  public var undecidedBytes: UInt64 = 16 * 1024 * 1024
  /// Requests that wait for a response; beyond it the oldest is reported unanswered.
  public var pendingRequests = 100_000
  /// Bytes of one dialogue line (SMTP, FTP) that are kept.
  public var dialogueLineBytes = 64 * 1024
  /// Decoded bytes of one body that ContentDecoder gives out.
  public var decodedBytes: UInt64 = 256 * 1024 * 1024
  /// Decoded bytes per encoded byte that ContentDecoder accepts, once over `ratioFloorBytes`.
  public var decodedRatio: UInt64 = 200
  /// Decoded bytes below which the ratio is not looked at.
  public var ratioFloorBytes: UInt64 = 1024 * 1024

  /// The limits of the command.
  public init() {}

  /// The same with sizes that arithmetic can be done with, and that let a start line pass.
  var inRange: HTTPLimits {
    var limits = self
    let most = 1 << 30
    limits.headBytes = min(max(headBytes, 256), most)
    limits.trailerBytes = min(max(trailerBytes, 0), most)
    limits.resyncLineBytes = min(max(resyncLineBytes, 64), limits.headBytes / 2)
    limits.dialogueLineBytes = min(max(dialogueLineBytes, 16), most)
    limits.pendingRequests = max(pendingRequests, 1)
    return limits
  }
}

/// The limits of a connection, one object for all that have the same.
final class SharedLimits: Sendable {
  let limits: HTTPLimits
  static let standard = SharedLimits(HTTPLimits().inRange)

  private init(_ limits: HTTPLimits) { self.limits = limits }

  static func of(_ limits: HTTPLimits) -> SharedLimits {
    limits == HTTPLimits() ? standard : SharedLimits(limits.inRange)
  }
}
