/// What all conversations of a run together keep of lines, heads and messages under way.
///
/// Each conversation has bounds of its own, which are far larger than its share when thousands are open. When the
/// budget is used up, no conversation keeps more than a little: long lines and heads are cut, and messages are read as
/// far as their beginning goes. When requests have taken as much again, of those that wait on one connection only the
/// last does.
public final class MessageBudget {
  /// Bytes that are kept when nobody says how many.
  public static let standard = 4 << 20
  /// Bytes of a line, a head or a message that are kept when the budget is used up.
  static let least = 1024
  /// What a request counts that waits for its answer: half of what it costs, so that thousands can.
  static let request = 512

  /// Bytes that may be kept.
  public let most: Int
  /// Bytes that are kept.
  public var held: Int { kept }
  // What no other module can reach is not checked at each access.
  private var kept = 0

  /// - Parameter most: bytes that may be kept by all who share it.
  public init(most: Int = MessageBudget.standard) { self.most = most }

  /// Whether nobody may keep more than a little.
  public var isFull: Bool { kept > most }
  /// Whether not even one more request may wait beside another on its connection: as much again as what else waits,
  /// of which a few conversations of other protocols can fill the budget.
  private var isExhausted: Bool { kept > 2 * most }

  /// Whether one more may wait on a conversation beside `count` others, of which it allows `most`.
  func hasRoom(beside count: Int, most: Int) -> Bool {
    count < most && (count == 0 || !isExhausted)
  }

  /// Counts the requests that wait on a conversation; the last one is its own affair.
  /// - Parameter text: bytes of their texts, beyond what is counted for each request.
  func countRequests(_ held: inout Int, _ count: Int, text: Int) {
    change(&held, to: max(0, count - 1) * Self.request + text)
  }

  /// Bytes of the texts of a request beyond what is counted for it.
  static func excess(_ text: Int) -> Int { max(0, text - request) }

  /// Counts what one of those who share it keeps now, and kept before.
  public func change(_ before: inout Int, to now: Int) {
    guard before != now else { return }
    kept += now - before
    before = now
  }
}
