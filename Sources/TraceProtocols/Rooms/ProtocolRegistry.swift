internal import TraceBytes
public import TraceModel

/// The rooms, a line for each protocol; the first that is certain has the bytes.
public enum ProtocolRegistry {
  /// All rooms, in the order in which they are asked; the surest signs come first.
  public static let rooms: [ProtocolRoom] =
    [
      DRDA.room,
      MQ.room,
      IMSConnect.room,
      NJE.room,
      TN3270.room,
      LineTelnet.room,
      Syslog.room,
      LPD.room,
      Kafka.room,
      HTTP2.room,
      LDAP.room,
    ] + TextServices.rooms

  /// The room of a protocol, nil for one that is known by name only.
  public static func room(_ application: ApplicationProtocol) -> ProtocolRoom? {
    rooms.first { $0.application == application }
  }

  /// The room of what follows the answer 101 of HTTP, by the value of its Upgrade field and that of
  /// Sec-WebSocket-Extensions; nil when it is nothing that is read here.
  public static func room(
    afterUpgrade name: String, extensions: String, client: FlowSide
  ) -> ProtocolRoom? {
    switch name.lowercased() {
    case "websocket":
      var agreement = WebSocket.Agreement(client: client)
      agreement.extensions = extensions.lowercased()
      return WebSocket.room(agreement)
    case "h2c": return HTTP2.room
    default: return nil
    }
  }

  /// The protocol that bytes are of, judged by the rooms: the first that is certain, else the surest.
  static func guess(_ bytes: RawSpan) -> ProtocolGuess? {
    var best: ProtocolGuess?
    for room in rooms {
      guard let known = room.recognise(bytes) else { continue }
      if known.confidence == .certain {
        return ProtocolGuess(room.application, .certain, fromClient: known.fromClient)
      }
      if known.confidence > best?.confidence ?? .none {
        best = ProtocolGuess(room.application, known.confidence)
      }
    }
    return best
  }
}
