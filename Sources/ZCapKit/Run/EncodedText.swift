package import ATTLS
package import TraceBytes
internal import TraceFormats
package import TraceModel

extension ATTLSLogTrace {
  /// Whether the input, in whatever encoding, holds AT-TLS messages; nil when more of it is needed.
  package static func recognisesText(_ window: RawSpan, atEnd: Bool) -> Bool? {
    guard let form = PlainText(window, atEnd: atEnd) else { return nil }
    if form.isPlain { return recognises(window, atEnd: atEnd) }
    var text: [UInt8] = []
    _ = form.read(window, atEnd: atEnd, into: &text)
    return recognises(unsafe text.span.bytes, atEnd: atEnd)
  }
}

/// Lets a reader of plain text read EBCDIC and records of fixed length too.
package struct EncodedText: TraceReader {
  private var reader: any TraceReader
  private var form: PlainText?
  /// Bytes of plain text given to the reader so far; its offsets are those.
  private var written: UInt64 = 0
  package private(set) var account = ByteAccount()

  package init(_ reader: any TraceReader) { self.reader = reader }

  package var format: String { reader.format }

  package mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    if form == nil { form = PlainText(window, atEnd: atEnd) }
    guard let form else { return 0 }
    if form.isPlain {
      let taken = try reader.read(window, at: offset, atEnd: atEnd, into: sink)
      account = reader.account
      return taken
    }
    var text: [UInt8] = []
    let taken = form.read(window, atEnd: atEnd, into: &text)
    let isLast = atEnd && taken == window.byteCount
    _ = try reader.read(unsafe text.span.bytes, at: written, atEnd: isLast, into: sink)
    written += UInt64(text.count)
    // Characters are bytes in EBCDIC; what the line ends differ by is framing.
    let total = offset + UInt64(taken)
    account.damaged = min(total, reader.account.damaged)
    account.records = min(total - account.damaged, reader.account.records)
    account.framing = total - account.damaged - account.records
    return taken
  }
}
