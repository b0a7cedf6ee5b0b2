public import TraceModel

/// Finds out what the ports of servers speak, from what is written.
public protocol PortListener: AnyObject {
  /// Payload of a conversation of application data; whether more of it is to be shown.
  func heard(_ payload: RawSpan, onPort port: UInt16) -> Bool
  /// A packet of a packet trace or a capture.
  func heard(_ placed: inout PlacedRecord, _ packet: RawSpan)
}
