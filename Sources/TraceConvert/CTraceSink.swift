public import TraceBytes
public import TraceFormats
public import TraceModel

/// Writes a component trace in its own form: the same entries, with what stages in front have changed in them.
public final class CTraceSink: PlacedSink {
  private let output: ByteSink
  private let headers: EntryHeaders
  private let name: String
  private var writer: ContainerWriter?
  private let copier = EntryCopier()
  /// Records written.
  public private(set) var written: UInt64 = 0

  /// - Parameters:
  ///   - headers: those of the input, which a reader notes.
  ///   - name: of the output, for a message.
  public init(_ output: ByteSink, _ headers: EntryHeaders, name: String) {
    self.output = output
    self.headers = headers
    self.name = name
  }

  /// - Throws: when the record is of no component trace.
  public func record(_ placed: inout PlacedRecord, _ payload: RawSpan) throws(TraceError) {
    guard let header = headers.take(placed.record.number) else {
      throw TraceError(
        name,
        .failed(
          "the input is no component trace (CTRACE): only one can be written in its own form; leave "
            + "out --format ctrace to write pcapng"))
    }
    let writer = self.writer ?? ContainerWriter(container, to: output)
    self.writer = writer
    try copier.append(placed.record, header: header, payload) { (entry) throws(TraceError) in
      try writer.write(entry)
    }
    written &+= 1
  }

  /// The form of transfer that the input came in. The prefixes of an external writer are not made again.
  private var container: Container {
    switch headers.framing ?? .none {
    case .none: .chain
    case .rdw: .rdw
    case .bdw: .bdw
    case .length, .lengthWithItself: .length
    case .ftpBlock: .ftpBlock
    }
  }

  /// What became of the form of transfer of the input, where it is not that of the output; nil when it is.
  public var remark: String? {
    guard headers.hasPrefixes, written > 0 else { return nil }
    let form =
      container == .chain
      ? "a saved buffer, entries end to end" : "entries with record lengths (RDW)"
    return
      "the record prefixes of the external writer are not written again: \(name) is \(form)"
  }

  // A component trace has no place for what captures say of interfaces, and for comments.
  public func comment(_ text: RawSpan) throws(TraceError) {}
  public func notice(_ notice: TraceNotice) throws(TraceError) {}
  public func interface(_ interface: CaptureInterface) throws(TraceError) {}
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {}
  public func pause() throws(TraceError) {}

  public func finish() throws(TraceError) { try writer?.finish() }
}
