/// The last alert in clear on each connection: it tells which side gave up.
struct AlertMemory {
  private static let maximumConnections = 1 << 14

  private var alerts: [UInt32: String] = [:]
  /// Connections of which the next received line is the body of an alert.
  private var expected: Set<UInt32> = []

  subscript(_ id: UInt32) -> String? { alerts[id] }

  mutating func forget(_ id: UInt32) {
    alerts[id] = nil
    expected.remove(id)
  }

  mutating func add(_ data: ATTLSMessage.DataLine, _ id: UInt32) {
    let bytes = data.bytes
    if data.isReceived, expected.remove(id) != nil, bytes.count == 2 {
      note(bytes[0], bytes[1], isReceived: true, id)
      return
    }
    guard let header = TLSRecordHeader(bytes), header.type == 0x15, header.length == 2 else {
      return
    }
    if bytes.count == 7 {
      note(bytes[5], bytes[6], isReceived: data.isReceived, id)
    } else if bytes.count == 5, data.isReceived {
      if expected.count >= Self.maximumConnections { expected.removeAll() }
      expected.insert(id)
    }
  }

  private mutating func note(_ level: UInt8, _ code: UInt8, isReceived: Bool, _ id: UInt32) {
    // close_notify ends every session and explains nothing.
    guard code != 0 else { return }
    if alerts.count >= Self.maximumConnections { alerts.removeAll() }
    let event = TLSEvent(offset: 0, content: .alert(level: level, code: code))
    alerts[id] = event.text(sender: isReceived ? "the partner" : "z/OS")
  }
}
