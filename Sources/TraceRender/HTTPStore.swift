public import TraceBytes
internal import TraceProtocols
public import TraceSecrets

/// What is kept of messages, with the bounds on it, and what was counted while keeping it.
public final class HTTPStore {
  /// What is wanted, and how much of it.
  public struct Options: Sendable {
    /// Heads are kept whole; without, only start lines.
    public var keepsHeads = false
    /// Bodies are kept.
    public var keepsBodies = false
    /// Only what the line of an exchange shows is kept: the start lines of requests.
    public var isForLines = false
    /// Bodies whose coding hides them from the search for secrets are left out, and searched when it is undone.
    public var redacts = false
    /// Bytes of one body that are kept, coded and decoded.
    public var messageBytes = 8 << 20
    /// Bytes that are kept at a time, of all messages together: more where bodies are wanted.
    public var totalBytes: Int {
      get { total ?? (keepsBodies ? 64 << 20 : 16 << 20) }
      set { total = newValue }
    }
    private var total: Int?

    /// Start lines only.
    public init() {}
  }

  /// What was counted.
  public struct Counts: Sendable, Equatable {
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
  static let entryBytes = 700

  /// What is wanted.
  public let options: Options
  /// What was counted so far.
  public internal(set) var counts = Counts()
  /// What collectors gave and nobody took yet.
  private var items: [HTTPItem] = []
  /// Whether collectors gave something that nobody took yet.
  public var hasItems: Bool { !items.isEmpty }

  func add(_ item: HTTPItem) {
    // Taken out while it grows: an access within which others may follow is checked at run time.
    var taken: [HTTPItem] = []
    swap(&taken, &items)
    taken.append(item)
    swap(&taken, &items)
  }
  private var used = 0

  /// An empty store.
  public init(_ options: Options = Options()) { self.options = options }

  /// Masks secrets in bodies whose coding was undone; everything else comes masked.
  public var masker: SecretMasker?

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

  /// Takes out what collectors gave since the last time, in its order.
  public func takeItems(_ body: (HTTPItem) throws(TraceError) -> Void) throws(TraceError) {
    var taken: [HTTPItem] = []
    swap(&taken, &items)
    for item in taken { try body(item) }
    taken.removeAll(keepingCapacity: taken.count <= 64)
    if items.isEmpty { swap(&taken, &items) }
  }

  /// Whether what waits takes half of what may be kept.
  public var isHalfFull: Bool { used > options.totalBytes / 2 }

  func release(_ count: Int) { used -= count }
}
