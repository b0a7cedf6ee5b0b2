internal import TraceBytes

/// Colours, which are ours alone: payload never brings any.
enum StyledLine {
  enum Role {
    case header, client, server
  }

  static func begin(
    _ role: Role, _ options: PrintOptions, _ out: ByteSink
  ) throws(TraceError) {
    guard options.color else { return }
    switch role {
    case .header: try out.append("\u{1B}[1m")
    case .server: try out.append("\u{1B}[36m")
    case .client: try out.append("\u{1B}[32m")
    }
  }

  /// Ends the line and its colour.
  static func end(_ options: PrintOptions, _ out: ByteSink) throws(TraceError) {
    try reset(options, out)
    try out.u8(0x0A)
  }

  static func reset(_ options: PrintOptions, _ out: ByteSink) throws(TraceError) {
    if options.color { try out.append("\u{1B}[0m") }
  }
}
