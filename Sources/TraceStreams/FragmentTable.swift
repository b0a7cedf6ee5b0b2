internal import TraceBytes
public import TraceModel

/// Puts the fragments of IPv4 and IPv6 packets together.
/// Source: RFC 791 section 3.2, RFC 8200 section 4.5, RFC 815.
///
/// Of bytes that come twice the first are kept, and IPv4 and IPv6 never mix. What does not become
/// complete is dropped when it is old, or when there is too much of it.
public struct FragmentTable: ~Copyable {
  /// What may be kept of incomplete packets.
  public struct Limits: Sendable {
    /// Packets under way.
    public var packets = 1024
    /// Bytes over all of them, with what keeping them costs.
    public var bytes = 16 << 20
    /// Nanoseconds of trace time that a packet may take (RFC 8200 allows 60 seconds).
    public var age: Int64 = 60_000_000_000

    /// 1,024 packets, 16 MiB, 60 seconds.
    public init() {}
  }

  /// What became of fragments.
  public struct Counts: Sendable, Equatable {
    /// Fragments given to the table, malformed ones too.
    public var fragments: UInt64 = 0
    /// Packets put together.
    public var complete: UInt64 = 0
    /// Packets dropped because they were incomplete for too long, or too many.
    public var dropped: UInt64 = 0
    /// Fragments that cannot be part of a packet.
    public var malformed: UInt64 = 0
    /// Bytes that came twice.
    public var overlap: UInt64 = 0
    /// Bytes among them that differed.
    public var conflicts: UInt64 = 0
  }

  /// A packet put together.
  public struct Whole {
    /// Where everything is in `bytes`.
    public var view: PacketView
    /// The bytes of the packet from its IP header on; fewer than the packet had where a fragment was
    /// captured short.
    public var bytes: [UInt8]
  }

  /// Fragments carry at most this many bytes: offsets have 13 bits of eight bytes each.
  static let largest = 65_535

  private struct Partial {
    var pieces = ReorderBuffer()
    var length: Int?
    var first: PacketView?
    var since: Int64
    var serial: UInt64
  }

  /// What was counted until now.
  public private(set) var counts = Counts()
  /// Bytes kept, with what keeping them costs.
  public private(set) var held = 0
  private let limits: Limits
  private var partials: [FragmentKey: Partial] = [:]
  /// Keys in the order of their first fragment; some are of packets done with.
  private var order: [(key: FragmentKey, serial: UInt64)] = []
  private var orderStart = 0
  private var serial: UInt64 = 0

  /// - Parameter limits: what may be kept; the oldest packet is dropped when it is more.
  public init(limits: Limits = Limits()) { self.limits = limits }

  /// Packets of which fragments came and not all of them, and fragments that fit into none.
  public var incomplete: UInt64 { counts.dropped + UInt64(partials.count) + counts.malformed }

  /// Takes a fragment, and returns the packet when it was the last one missing.
  public mutating func add(_ view: PacketView, _ packet: RawSpan, time: Int64) -> Whole? {
    counts.fragments &+= 1
    let end = view.fragmentOffset + view.fragmentLength
    // All fragments but the last carry a multiple of eight bytes.
    guard view.fragmentLength > 0, end <= Self.largest,
      !view.moreFragments || view.fragmentLength % 8 == 0
    else {
      counts.malformed &+= 1
      return nil
    }
    dropOld(time)
    let key = FragmentKey(view)
    var partial = partials[key] ?? begin(key, time)
    let before = partial.pieces.cost
    let from = min(view.fragmentStart, view.networkEnd)
    let found = partial.pieces.insert(
      packet.extracting(from..<view.networkEnd), length: view.fragmentLength,
      at: SequenceNumber(0) + view.fragmentOffset, from: SequenceNumber(0), time: time, record: 0,
      joins: true)
    counts.overlap &+= UInt64(found.overlap)
    counts.conflicts &+= UInt64(found.conflicts)
    held += partial.pieces.cost - before
    if view.fragmentOffset == 0, partial.first == nil { partial.first = view }
    if !view.moreFragments, partial.length == nil { partial.length = end }
    if let whole = Self.whole(partial) {
      counts.complete &+= 1
      held -= partial.pieces.cost
      partials[key] = nil
      return whole
    }
    partials[key] = partial
    while held > limits.bytes || partials.count > limits.packets, dropOldest() {}
    return nil
  }

  private mutating func begin(_ key: FragmentKey, _ time: Int64) -> Partial {
    serial &+= 1
    if order.count > 64,
      orderStart > order.count / 2 || order.count - orderStart > 2 * (partials.count + 1)
    {
      order = order[orderStart...].filter { partials[$0.key]?.serial == $0.serial }
      orderStart = 0
    }
    order.append((key, serial))
    return Partial(since: time, serial: serial)
  }

  private static func whole(_ partial: Partial) -> Whole? {
    guard let length = partial.length, let first = partial.first else { return nil }
    var next = SequenceNumber(0)
    for piece in partial.pieces.pieces {
      guard piece.start == next else { return nil }
      next = next + piece.length
      if next - SequenceNumber(0) >= length { break }
    }
    guard next - SequenceNumber(0) >= length else { return nil }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(length)
    for piece in partial.pieces.pieces {
      bytes += piece.bytes
      // A fragment that was captured short ends what is known of the packet.
      if piece.bytes.count < piece.length { break }
    }
    if bytes.count > length { bytes.removeLast(bytes.count - length) }
    let view = unsafe first.reassembled(bytes.span.bytes, length: length)
    return Whole(view: view, bytes: bytes)
  }

  private mutating func dropOld(_ time: Int64) {
    while orderStart < order.count {
      let oldest = order[orderStart]
      if let partial = partials[oldest.key], partial.serial == oldest.serial {
        let (age, overflow) = time.subtractingReportingOverflow(partial.since)
        guard overflow || age > limits.age else { return }
        drop(oldest.key)
      }
      orderStart += 1
    }
    order.removeAll(keepingCapacity: true)
    orderStart = 0
  }

  private mutating func dropOldest() -> Bool {
    while orderStart < order.count {
      let oldest = order[orderStart]
      orderStart += 1
      if partials[oldest.key]?.serial == oldest.serial {
        drop(oldest.key)
        return true
      }
    }
    return false
  }

  private mutating func drop(_ key: FragmentKey) {
    guard let partial = partials.removeValue(forKey: key) else { return }
    held -= partial.pieces.cost
    counts.dropped &+= 1
  }
}
