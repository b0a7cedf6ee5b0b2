internal import TraceBytes

/// Nodes, users and jobs that are named in what nodes send each other.
enum NJENames {
  /// Both nodes of an OPEN, with their addresses.
  static func control(_ bytes: RawSpan, _ body: (Range<Int>, ProtocolName) -> Void) {
    guard bytes.byteCount >= NJEControl.Layout.size else { return }
    for field in [NJEControl.Layout.sender, NJEControl.Layout.receiver] {
      body(field.range(), .name)
    }
    for field in [NJEControl.Layout.senderAddress, NJEControl.Layout.receiverAddress] {
      body(field.range(), .address)
    }
  }

  /// The node that signs on, and those of further control records that name one in its place.
  static func signOn(
    _ bytes: RawSpan, _ record: NJEBuffer.Record, _ body: (Range<Int>, ProtocolName) -> Void
  ) {
    guard NJESignOn.isSignOn(record) else { return }
    let range = NJESignOn.Layout.node.range(at: record.data.lowerBound)
    if range.upperBound <= record.data.upperBound { body(range, .name) }
  }

  /// Fields of a decompressed record, less the blanks behind them.
  static func fields(
    _ text: RawSpan, _ record: NJEBuffer.Record, _ body: (Range<Int>) -> Void
  ) {
    let fields: [Field<ByteRun>]
    var start = 0
    if record.control == 0x9A {
      fields = [NJEMessage.Layout.toNode, NJEMessage.Layout.fromNode, NJEMessage.Layout.out]
    } else if record.sub & 0xF0 == 0xC0, let general = NJEJobHeader.general(text) {
      typealias Job = NJEJobHeader.Layout
      start = general.lowerBound
      fields = [
        Job.jobName, Job.user, Job.originNode, Job.originRemote, Job.executionNode,
        Job.executionUser, Job.printNode, Job.printRemote, Job.punchNode, Job.programmer,
        Job.notifyNode, Job.notifyUser,
      ]
    } else if let general = NJEDataSetHeader.general(text), record.sub & 0xC0 == 0xC0 {
      start = general.lowerBound
      fields = [NJEDataSetHeader.Layout.node, NJEDataSetHeader.Layout.remote]
    } else {
      return
    }
    for field in fields {
      let low = start + field.offset
      var high = start + field.end
      guard high <= text.byteCount else { continue }
      while high > low, text.u8(high - 1) == 0x40 || text.u8(high - 1) == 0 { high -= 1 }
      if low < high { body(low..<high) }
    }
  }
}
