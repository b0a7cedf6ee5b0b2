internal import TraceBytes
internal import TraceModel
internal import TraceProtocols
internal import TraceStreams
internal import TraceTables

/// What of the data of a record stands in a table.
package enum TablePayload: String, CaseIterable, Sendable {
  case none, text, bytes
}

/// A row of the table `records`.
package struct RecordRow {
  var placed: PlacedRecord
  var file: String
  /// Job or interface name.
  var name: String
  var communityID: String?
  var captured: Int
  var original: Int
  var payload: [UInt8]

  var isJob: Bool { placed.record.kind == .dataTrace }

  /// - Parameters:
  ///   - numbered: whether the numbers of records are known, which they are not in the middle of a file.
  static func columns(
    _ payload: TablePayload, numbered: Bool, labels: [TableLabel]
  ) -> [RowColumn<RecordRow>] {
    var columns: [RowColumn<RecordRow>] = [
      RowColumn(always: "file", .text, "Input that the record comes from.") { $1.text($0.file) },
      RowColumn(always: "offset", .int64, "Offset of its first byte in the (expanded) input.") {
        $1.number($0.placed.record.offset)
      },
      RowColumn("record", .int64, "Number in the run, from 1; null under --range.") {
        if numbered { $1.number($0.placed.record.number) } else { $1.null() }
      },
      RowColumn("trace_number", .int64, "Number that the trace itself gives it.") {
        let number = $0.placed.record.traceNumber
        if number != 0 { $1.number(UInt64(number)) } else { $1.null() }
      },
      RowColumn(always: "time", .time, "Time of the record, UTC, cut to microseconds.") {
        $1.time(nanoseconds: $0.placed.record.time)
      },
      RowColumn(always: "time_ns", .int64, "The same in nanoseconds since 1970.") {
        $1.number($0.placed.record.time)
      },
      RowColumn(always: "kind", .text, "What it is: data, packet, frame, lost, capture, …") {
        $1.text($0.placed.record.kind.name)
      },
      RowColumn("direction", .text, "in or out, seen from the traced host.") {
        $1.optional($0.placed.directionWord)
      },
      RowColumn("job", .text, "Job name of a data-trace record.") {
        if $0.isJob { $1.textUnlessEmpty($0.name) } else { $1.null() }
      },
      RowColumn("interface", .text, "Interface name of any other record.") {
        if $0.isJob { $1.null() } else { $1.textUnlessEmpty($0.name) }
      },
      RowColumn("source_ip", .text, "Address of the sender.") {
        if $0.placed.hasAddresses { $1.address($0.placed.source.address) } else { $1.null() }
      },
      RowColumn("source_port", .int32, "Port of the sender.") {
        if $0.placed.hasPorts { $1.number(Int($0.placed.source.port)) } else { $1.null() }
      },
      RowColumn("destination_ip", .text, "Address of the receiver.") {
        if $0.placed.hasAddresses { $1.address($0.placed.destination.address) } else { $1.null() }
      },
      RowColumn("destination_port", .int32, "Port of the receiver.") {
        if $0.placed.hasPorts { $1.number(Int($0.placed.destination.port)) } else { $1.null() }
      },
      RowColumn("ip_protocol", .int32, "IP protocol number: 6 TCP, 17 UDP.") {
        if $0.placed.hasAddresses { $1.number(Int($0.placed.ipProtocol)) } else { $1.null() }
      },
      RowColumn(
        always: "captured_length", .int64,
        "Bytes of data in the record; of TCP and UDP packets those behind the headers."
      ) { $1.number($0.captured) },
      RowColumn(always: "original_length", .int64, "Bytes of data that there were.") {
        $1.number($0.original)
      },
      RowColumn("security", .text, "AT-TLS of a data-trace record: clear, confidential or plain.") {
        $1.optional($0.placed.securityWord)
      },
      RowColumn(always: "is_start", .bool, "Whether a data trace opens its socket here.") {
        $1.bool($0.placed.record.flags.contains(.start))
      },
      RowColumn(always: "is_end", .bool, "Whether a data trace closes its socket here.") {
        $1.bool($0.placed.record.flags.contains(.end))
      },
      RowColumn(always: "truncated", .bool, "Whether data is missing in the record.") {
        $1.bool($0.placed.isTruncated(captured: $0.captured, original: $0.original))
      },
      RowColumn(always: "discarded", .bool, "Whether the stack discarded the packet.") {
        $1.bool($0.placed.record.dropReason != 0)
      },
      RowColumn(always: "reconstructed", .bool, "Whether the bytes were rebuilt from printed text.")
      {
        $1.bool($0.placed.record.flags.contains(.reconstructed))
      },
      RowColumn(always: "segments", .int32, "Segments of the trace that it was put together from.")
      {
        $1.number(Int($0.placed.record.pieces))
      },
      RowColumn("community_id", .text, "Community ID v1 of its conversation, seed 0.") {
        $1.optional($0.communityID)
      },
    ]
    switch payload {
    case .none: break
    case .bytes:
      columns.append(
        RowColumn("payload", .binary, "The data.") { unsafe $1.binary($0.payload.span.bytes) })
    case .text:
      columns.append(
        RowColumn("text", .text, "The data where it is text in ASCII, UTF-8 or EBCDIC (1047).") {
          $1.optional($0.text)
        })
    }
    return columns + labels.map { $0.column() }
  }

  /// The data as text; nil when it is none.
  private var text: String? {
    switch unsafe BodyText.guess(payload.span.bytes) {
    case .empty, .binary: nil
    case .ascii, .utf8: String(decoding: payload, as: UTF8.self)
    case .ebcdic: CodePage.ibm1047.text(payload)
    }
  }
}

/// Makes rows of records.
final class RecordRows: PlacedSink {
  private let table: RowTable<RecordRow>
  private let files: InputNames
  private let keepsPayload: Bool
  private var names = RecordNames()
  private var flows = FlowNames()

  init(_ table: RowTable<RecordRow>, _ files: InputNames, keepsPayload: Bool) {
    self.table = table
    self.files = files
    self.keepsPayload = keepsPayload
  }

  func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    let range = placed.data(in: payload)
    try table.add(
      RecordRow(
        placed: copy placed, file: files.name(of: placed.record.number),
        name: names.text(placed.record),
        communityID: flows.names(placed)?.communityID, captured: range.count,
        original: max(0, placed.dataLength(in: payload)),
        payload: keepsPayload ? payload.extracting(range).copied() : []))
  }

  func closed(_ slot: Int, _ how: FlowEnd) throws(TraceError) { flows.close(slot) }

  func interface(_ interface: CaptureInterface) throws(TraceError) {
    names.add(interface)
  }

  func pause() throws(TraceError) { try table.output.pause() }
}
