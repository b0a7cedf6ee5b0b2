internal import TraceBytes
internal import TraceModel
internal import TraceProtocols

/// Finds out from packets what Wireshark has to be told of a port: what the first ones on it say.
struct PortLooks {
  /// What the bytes of a packet tell of the server's port.
  struct Finding {
    var port: UInt16
    var application: ApplicationProtocol
  }

  /// Packets that are looked at for a port; others on it say the same.
  private static let most: UInt8 = 16

  /// Looks left, by port.
  private var left = ContiguousArray(repeating: PortLooks.most, count: 1 << 16)
  /// What is only likely, until a second packet says it.
  private var likely: [UInt16: ApplicationProtocol] = [:]

  /// What a packet of TCP tells; nil when it tells nothing new.
  @inline(__always)
  mutating func look(_ placed: inout PlacedRecord, _ bytes: RawSpan) -> Finding? {
    guard placed.packet.hasTransport, placed.packet.ipProtocol == .tcp else { return nil }
    let data = placed.packet.payload
    let (source, destination) = (placed.source.port, placed.destination.port)
    guard !data.isEmpty, data.upperBound <= bytes.byteCount, left[Int(source)] > 0,
      left[Int(destination)] > 0
    else { return nil }
    return look(bytes.extracting(data), source, destination)
  }

  private mutating func look(_ data: RawSpan, _ source: UInt16, _ destination: UInt16) -> Finding? {
    left[Int(source)] &-= 1
    left[Int(destination)] &-= 1
    let guess = ApplicationProtocol.guess(data)
    guard guess.confidence >= .likely else { return nil }
    // Where the bytes do not tell, the server has the smaller number.
    let isFromClient = ApplicationProtocol.isFromClient(data) ?? (destination < source)
    let port = isFromClient ? destination : source
    guard guess.confidence == .certain || likely.removeValue(forKey: port) == guess.application
    else {
      likely[port] = guess.application
      return nil
    }
    left[Int(port)] = 0
    return Finding(port: port, application: guess.application)
  }
}
