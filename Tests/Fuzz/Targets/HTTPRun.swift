internal import TraceBytes
internal import TraceProtocols
internal import TraceModel
internal import TraceRender

/// A conversation of HTTP or its like. The bytes are what is sent, but for
/// FF (the other end speaks), FE n (n bytes are missing), FD (this end closes), FC (a new segment) and
/// FB x (x as it is).
enum HTTPRun {
  static func run(_ bytes: [UInt8], _ rendering: Rendering) throws {
    for redacts in [false, true] {
      for form in Rendering.Form.allCases { _ = try rendering.take(form) }
      let messages = MessageRendering(rendering, redacts: redacts)
      let open = messages.open()
      let about = HTTPFlow(
        number: 1, name: "FUZZ", lower: Endpoint(.unspecified, 1),
        upper: Endpoint(.unspecified, 2))
      play(bytes, open.connection)
      try messages.close(open, about)
      try messages.finish()
      try rendering.check()
    }
  }

  private static func play(_ bytes: [UInt8], _ connection: HTTPConnection) {
    var cursor = ByteCursor(bytes)
    var direction = FlowSide.lower
    var run: [UInt8] = []
    var time: Int64 = 0
    func flush() {
      guard !run.isEmpty else { return }
      time += 1_000_000
      unsafe connection.data(direction, run.span.bytes, time: time)
      run.removeAll(keepingCapacity: true)
    }
    while !cursor.isAtEnd {
      let byte = cursor.next()
      switch byte {
      case 0xFF:
        flush()
        direction = direction.other
      case 0xFE:
        flush()
        let count = cursor.next()
        connection.gap(
          direction, byteCount: count == 0 ? nil : count == 255 ? .max : UInt64(count), reason: 1)
      case 0xFD:
        flush()
        connection.end(direction, time: time)
      case 0xFC: flush()
      case 0xFB: run.append(cursor.next())
      default: run.append(byte)
      }
    }
    flush()
  }
}
