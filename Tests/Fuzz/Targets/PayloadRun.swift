internal import TraceBytes
internal import TraceModel
internal import TraceRender
internal import TraceSecrets
internal import TraceStreams

/// Payloads of one conversation in every form: text of all kinds, 3270 screens, telnet, secrets.
/// The first byte chooses form and directions; FF EF (a telnet end of record) ends a payload.
enum PayloadRun {
  static func run(_ bytes: [UInt8], _ rendering: Rendering) throws {
    var directions = bytes.first ?? 0
    let payloads = payloads(bytes.dropFirst())
    let form = PayloadForm.allCases[Int(directions >> 4) % PayloadForm.allCases.count]
    _ = try rendering.take(.auto)
    _ = try rendering.take(.json)
    var options = PrintOptions()
    options.form = form
    options.why = true
    var end: any PlacedSink = RecordPrinter(rendering.sink(.auto), options)
    if bytes.count % 2 == 0 { end = SecretStage(to: end, SecretStage.Options(.redact)) }
    let printer = FlowTracker(to: end)
    let json = FlowTracker(to: RecordJSON(rendering.sink(.json), options))
    for (index, payload) in payloads.enumerated() {
      var record = TraceRecord()
      record.kind = .dataTrace
      record.number = UInt64(index + 1)
      record.direction = directions & 1 == 0 ? .inbound : .outbound
      record.sourcePort = directions & 1 == 0 ? 1025 : 23
      record.destinationPort = directions & 1 == 0 ? 23 : 1025
      record.ipProtocol = 6
      record.originalLength = payload.count
      record.tracedLength = payload.count
      directions = directions >> 1 | directions << 7
      try unsafe printer.record(record, payload.span.bytes)
      try unsafe json.record(record, payload.span.bytes)
    }
    try printer.finish()
    try json.finish()
    try OutputChecks.text(try rendering.take(.auto), "print --as \(form)", allowsTabs: true)
    try OutputChecks.jsonLines(try rendering.take(.json), "print --json")
  }

  private static func payloads(_ bytes: ArraySlice<UInt8>) -> [[UInt8]] {
    var payloads: [[UInt8]] = [[]]
    for byte in bytes {
      let ends = byte == 0xEF && payloads[payloads.count - 1].last == 0xFF
      payloads[payloads.count - 1].append(byte)
      if ends { payloads.append([]) }
    }
    return payloads
  }
}
