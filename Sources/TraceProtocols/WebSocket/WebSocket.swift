internal import TraceBytes
internal import TraceModel

/// WebSocket, reached through the hand-over of HTTP/1. Source: RFC 6455, RFC 7692.
package enum WebSocket {
  /// The coding of a message that goes on from those before it, and of one that stands by itself, as
  /// ``SecretContent/codings`` have it.
  package static let deflated = "permessage-deflate"
  /// The same of a message that stands by itself.
  package static let deflatedAlone = "permessage-deflate, alone"

  /// What the answer to the upgrade says of the connection.
  struct Agreement: Sendable {
    var client: FlowSide
    /// Value of Sec-WebSocket-Extensions.
    var extensions = ""
    /// Value of Sec-WebSocket-Protocol.
    var subprotocol = ""

    /// Whether a side begins each message with an empty window.
    func forgets(_ side: FlowSide) -> Bool {
      extensions.contains(
        side == client ? "client_no_context_takeover" : "server_no_context_takeover")
    }
  }

  /// The room of one connection. None is in the registry: nothing tells frames from other bytes.
  static func room(_ agreement: Agreement) -> ProtocolRoom {
    ProtocolRoom(
      .webSocket, dissector: Dissector("websocket"), recognise: recognise,
      makeReader: { WebSocketReader(agreement) })
  }

  /// A frame of text after missing bytes: nothing else can be told from bytes inside a frame.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    guard let frame = WebSocketFrame(bytes), frame.kind == .text, !frame.isCompressed,
      frame.length >= 8, frame.headBytes + frame.length <= bytes.byteCount
    else { return nil }
    let text = frame.payload(bytes)
    guard let valid = String(validating: text, as: UTF8.self),
      valid.unicodeScalars.allSatisfy({ $0.value >= 0x20 || $0 == "\n" || $0 == "\r" || $0 == "\t" }
      )
    else { return nil }
    return Recognition(.certain, fromClient: frame.mask != nil)
  }
}
