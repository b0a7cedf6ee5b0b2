/// A conversation by its number, as `flows` shows it: `3`, or `udp:3` for UDP.
public struct FlowNumber: Hashable, Sendable {
  /// IP protocol number: 6 TCP, 17 UDP. Each counts its own conversations.
  public var ipProtocol: UInt8
  /// Number in order of first appearance in the whole trace, from 0.
  public var number: UInt64

  /// A number as a program knows it, without the spelling of the command line.
  public init(ipProtocol: UInt8, number: UInt64) {
    self.ipProtocol = ipProtocol
    self.number = number
  }

  init(_ text: String) throws(FilterMistake) {
    let isUDP = text.lowercased().hasPrefix("udp:")
    let isTCP = text.lowercased().hasPrefix("tcp:")
    guard let number = UInt64(isUDP || isTCP ? text.dropFirst(4) : text[...]) else {
      throw FilterMistake(
        "--flow \(text): write a number that `zcap flows` shows, for UDP as udp:0, or a flow_id of "
          + "16 hexadecimal digits.")
    }
    self.init(ipProtocol: isUDP ? 17 : 6, number: number)
  }
}
