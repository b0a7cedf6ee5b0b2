internal import TraceBytes

/// The rooms, a line for each protocol; the first that is certain has the bytes.
public enum ProtocolRegistry {
  public static let rooms: [ProtocolRoom] = []

  /// The room of a protocol, nil for one that is known by name only.
  public static func room(_ application: ApplicationProtocol) -> ProtocolRoom? {
    rooms.first { $0.application == application }
  }
}
