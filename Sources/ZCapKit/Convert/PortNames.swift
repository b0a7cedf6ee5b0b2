internal import TraceBytes
internal import TraceConvert
internal import TraceModel
internal import TraceProtocols

/// Finds out what Wireshark has to be told of a server's port: what the first bytes on it say.
final class PortNames: PortListener {
  /// Packets that are looked at for a port; others on it say the same.
  private static let most: UInt8 = 16

  /// What is spoken on a port.
  private(set) var dissectors: [UInt16: Dissector] = [:]
  /// Looks at packets left, by port.
  @exclusivity(unchecked) private var left = ContiguousArray(
    repeating: PortNames.most, count: 1 << 16)
  /// What is only likely, until a second record or packet says it.
  private var likely: [UInt16: ApplicationProtocol] = [:]

  func heard(_ payload: RawSpan, onPort port: UInt16) -> Bool {
    !learn(ApplicationProtocol.guess(payload), port)
  }

  /// Whether it is known now what is spoken on a port: bytes of no protocol look like one now and then.
  private func learn(_ guess: ProtocolGuess, _ port: UInt16) -> Bool {
    guard guess.confidence >= .likely else { return false }
    guard guess.confidence == .certain || likely.removeValue(forKey: port) == guess.application
    else {
      likely[port] = guess.application
      return false
    }
    if dissectors[port] == nil { dissectors[port] = guess.application.dissector }
    return true
  }

  func heard(_ placed: inout PlacedRecord, _ packet: RawSpan) {
    guard placed.packet.hasTransport, placed.packet.ipProtocol == .tcp else { return }
    let data = placed.packet.payload
    let (source, destination) = (placed.source.port, placed.destination.port)
    guard !data.isEmpty, data.upperBound <= packet.byteCount,
      unsafe left[Int(source)] > 0 && left[Int(destination)] > 0
    else { return }
    look(packet.extracting(data), source, destination)
  }

  private func look(_ data: RawSpan, _ source: UInt16, _ destination: UInt16) {
    unsafe left[Int(source)] &-= 1
    unsafe left[Int(destination)] &-= 1
    let guess = ApplicationProtocol.guess(data)
    guard guess.confidence >= .likely else { return }
    // Where the bytes do not tell, the server has the smaller number.
    let isFromClient = ApplicationProtocol.isFromClient(data) ?? (destination < source)
    let port = isFromClient ? destination : source
    if learn(guess, port) { unsafe left[Int(port)] = 0 }
  }
}
