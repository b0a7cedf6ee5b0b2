internal import TraceBytes
internal import TraceProtocols
internal import TraceRender

/// Puts what connections give into the order of time: an exchange is over, and told, long after others that
/// began later. As many items as ``limit`` wait for one that began earlier, and as many bytes as they may take;
/// what comes later still is shown where it comes.
struct HTTPOrder {
  /// Something to show.
  struct Entry {
    var time: Int64
    /// Whether it is an exchange of HTTP/1.
    var isExchange: Bool
    var content: Content
  }

  /// What is to be shown.
  enum Content {
    /// Finished lines.
    case lines([UInt8])
    /// What is rendered when it is shown.
    indirect case item(HTTPItem, HTTPFlow)

    /// Bytes that it takes and nothing else counts.
    var bytes: Int {
      switch self {
      case .lines(let lines): lines.count
      case .item(.told(let exchange, _), _): exchange.text
      case .item: 0
      }
    }
  }

  /// Items that wait.
  static let limit = 4096

  private var waiting = LeastFirst<Entry>()
  private var count: UInt64 = 0
  private var shownTime = Int64.min
  /// Bytes of finished lines and of exchanges told that wait, and how many may.
  private var bytes = 0
  private let mostBytes: Int
  /// Exchanges shown after one that began later.
  private(set) var outOfOrder: UInt64 = 0

  init(bytes: Int) { mostBytes = bytes }

  var isFull: Bool { waiting.count > Self.limit || bytes > mostBytes }

  mutating func add(_ content: Content, time: Int64, isExchange: Bool) {
    bytes += content.bytes
    waiting.add(
      Entry(time: time, isExchange: isExchange, content: content), measure: time, tie: count)
    count &+= 1
  }

  /// The oldest.
  mutating func next() -> Content? {
    guard let entry = waiting.next() else { return nil }
    bytes -= entry.content.bytes
    if entry.isExchange, entry.time < shownTime { outOfOrder &+= 1 }
    shownTime = max(shownTime, entry.time)
    return entry.content
  }
}
