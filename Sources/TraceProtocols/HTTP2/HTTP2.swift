internal import TraceBytes

/// HTTP/2 in clear text, gRPC in it. Source: RFC 9113, RFC 7541; gRPC: "gRPC over HTTP2" of its project.
enum HTTP2 {
  static let room = ProtocolRoom(
    .http2, dissector: Dissector("http2", decodeAs: "http2"), recognise: recognise,
    makeReader: { HTTP2Reader() })

  /// What a client says first (RFC 9113 section 3.4).
  static let preface: StaticString = "PRI * HTTP/2.0"

  /// The preface of a client, or frames one behind the other.
  static func recognise(_ bytes: RawSpan) -> Recognition? {
    if bytes.has(preface, at: 0) { return Recognition(.certain, fromClient: true) }
    if (3..<preface.utf8CodeUnitCount).contains(bytes.byteCount), beginsPreface(bytes) {
      return Recognition(.possible, fromClient: true)
    }
    var at = 0
    var frames = 0
    var isTold = false
    while frames < 4, let frame = HTTP2Frame(bytes.extracting(at..<bytes.byteCount)) {
      guard frame.kind != nil else { return nil }
      // A frame of nothing but zeros and small numbers is like many things; one that says more is not.
      if frame.kind == .settings || frame.kind == .headers || frame.kind == .windowUpdate {
        isTold = true
      }
      frames += 1
      at += HTTP2Frame.headBytes + frame.length
      guard at < bytes.byteCount else { break }
    }
    guard isTold, frames > 0 else { return nil }
    if frames >= 2, at <= bytes.byteCount || frames >= 3 { return Recognition(.certain) }
    // What a server says first: its settings, in few bytes.
    guard let first = HTTP2Frame(bytes), first.kind == .settings, first.flags <= 1,
      first.length <= 256
    else { return nil }
    return Recognition(.likely)
  }

  private static func beginsPreface(_ bytes: RawSpan) -> Bool {
    for index in 0..<bytes.byteCount
    where unsafe bytes.u8(index) != preface.utf8Start[index] { return false }
    return true
  }
}
