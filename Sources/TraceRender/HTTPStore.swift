internal import TraceProtocols

/// What is kept of messages, with the bounds on it, and what was counted while keeping it.
public final class HTTPStore {
  /// What is wanted, and how much of it.
  public struct Options: Sendable {
    /// Heads are kept whole; without, only start lines.
    public var keepsHeads = false
    /// Bodies are kept.
    public var keepsBodies = false
    /// Credentials are masked.
    public var redacts = false
    /// Bytes of one body that are kept, coded and decoded.
    public var messageBytes = 8 << 20
    /// Bytes that are kept at a time, of all messages together.
    public var totalBytes = 64 << 20

    /// Start lines only.
    public init() {}
  }

  /// What was counted.
  public struct Counts: Sendable, Equatable {
    /// Values masked by `redacts`.
    public var masked: UInt64 = 0
    /// Credentials seen in heads and dialogues while nothing was masked; heads are not searched after
    /// the first one.
    public var credentials: UInt64 = 0
    /// Bodies of which not all was kept.
    public var bodiesCut: UInt64 = 0
    /// Heads of which not all was kept.
    public var headsCut: UInt64 = 0
    /// Bodies left out because they cannot be searched for credentials.
    public var bodiesWithheld: UInt64 = 0
  }

  /// Bytes of a start line that are kept where heads are not.
  static let startLineBytes = 2048
  /// What an exchange costs beside its bytes, roughly.
  static let entryBytes = 1024

  /// What is wanted.
  public let options: Options
  /// What was counted so far.
  public internal(set) var counts = Counts()
  /// Items of all collectors that wait to be shown: mostly none, which is known here without a look at
  /// the collector of a connection.
  public internal(set) var waiting = 0
  private var used = 0
  private var heads: UInt64 = 0

  /// An empty store.
  public init(_ options: Options = Options()) { self.options = options }

  /// The limits of decoding one body.
  var decoderLimits: HTTPLimits {
    var limits = HTTPLimits()
    limits.decodedBytes = UInt64(max(0, options.messageBytes))
    return limits
  }

  /// How many of `count` more bytes may be kept; they count until they are released.
  func take(_ count: Int) -> Int {
    let taken = min(count, max(0, options.totalBytes - used))
    used += taken
    return taken
  }

  /// Whether what waits takes half of what may be kept.
  public var isHalfFull: Bool { used > options.totalBytes / 2 }

  func release(_ count: Int) { used -= count }

  /// Whether a head is searched for credentials: to mask them, or to warn once that there are some. For
  /// the warning, after the first 10,000 heads, every sixteenth one is enough: the search costs more
  /// than reading the message.
  func looksForCredentials() -> Bool {
    if options.redacts { return true }
    heads &+= 1
    return counts.credentials == 0 && (heads <= 10_000 || heads % 16 == 0)
  }

  /// Masks the ranges, or counts them.
  func mask(_ ranges: [Range<Int>], in bytes: inout [UInt8], with byte: UInt8 = 0x2A) {
    guard !ranges.isEmpty else { return }
    counts.masked &+= UInt64(ranges.count)
    for range in ranges {
      for index in range.clamped(to: 0..<bytes.count) { bytes[index] = byte }
    }
  }
}
