public import TraceBytes
public import TraceModel

/// A conversation by its number, as `flows` shows it: `3`, or `udp:3` for UDP.
public struct FlowNumber: Hashable, Sendable {
  public var ipProtocol: UInt8
  public var number: UInt64

  public init(ipProtocol: UInt8, number: UInt64) {
    self.ipProtocol = ipProtocol
    self.number = number
  }

  init(_ text: String) throws(FilterMistake) {
    let isUDP = text.lowercased().hasPrefix("udp:")
    let isTCP = text.lowercased().hasPrefix("tcp:")
    guard let number = UInt64(isUDP || isTCP ? text.dropFirst(4) : text[...]) else {
      throw FilterMistake(
        "--flow \(text): write a number that `zcap flows` shows; for UDP as udp:0.")
    }
    self.init(ipProtocol: isUDP ? 17 : 6, number: number)
  }
}

/// What is known of a record when conversations are wanted by number.
public enum FlowAnswer {
  case wanted, unwanted
  /// A fragment, whose conversation is known when the packet is whole.
  case fragment(FragmentKey)
  /// The fragment that makes the packet whole.
  case lastFragment(FragmentKey, isWanted: Bool)
}

/// Says whether a record belongs to conversations that are wanted. It sees each record that passes all
/// other tests, in order.
public protocol FlowTest: AnyObject {
  func answer(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) -> FlowAnswer
}
