public import TraceBytes
public import TraceModel

/// Reads the pcap file that the SNIFFER option of IPCS writes with TCPDUMP, as a transfer with record
/// descriptor words leaves it: four bytes before the file header and before each packet.
///
/// Without the words it is a pcap file like any other.
public struct SnifferCapture: TraceFormat {
  private var deframer = Deframer(.rdw)
  private let stream = ByteBuffer()
  private var map = FrameMap(framed: true)
  private var reader: PcapReader

  /// A reader for one file; `firstInterface` is the number of its interface in the run.
  public init(firstInterface: UInt32 = 0, firstNumber: UInt64 = 1) {
    reader = PcapReader(firstInterface: firstInterface, firstNumber: firstNumber)
  }

  public init(_ options: FormatOptions) {
    self.init(firstInterface: options.firstInterface, firstNumber: options.recordsBefore + 1)
  }

  public var format: String { "\(reader.format), RDWs" }

  public var account: ByteAccount {
    var account = reader.account
    account.framing += deframer.markBytes
    return account
  }

  /// Whether a descriptor word and the header of a pcap file stand at the beginning.
  public static func probe(_ window: RawSpan, atEnd: Bool) -> FormatProbe {
    let length = Pcap.FileHeader.size + 4
    guard window.byteCount >= length else { return atEnd ? .no : .needMore }
    guard window.be16(0) == UInt16(length), window.be16(2) == 0 else { return .no }
    return Pcap.magic(window.extracting(4..<length)) == nil ? .no : .yes
  }

  public mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int {
    let taken = try deframer.read(window, at: offset, atEnd: atEnd, into: stream, &map, sink)
    let mapped = MappedSink(map, to: sink)
    let streamEnds = atEnd && taken == window.byteCount
    var used = 0
    let stream = self.stream
    // The reader counts from the beginning of what is in the stream; the sink puts the offsets right.
    try stream.withBytes { (bytes) throws(TraceError) in
      used = try reader.read(bytes, at: 0, atEnd: streamEnds, into: mapped)
    }
    let inStream = min(used, stream.count)
    stream.removeFirst(inStream)
    map.removeFirst(inStream)
    return taken
  }
}

/// Gives records and notices the offsets of the file in place of those of a stream.
private final class MappedSink: TraceSink {
  private let map: FrameMap
  private let sink: any TraceSink

  init(_ map: FrameMap, to sink: any TraceSink) {
    self.map = map
    self.sink = sink
  }

  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError) {
    var record = copy record
    record.offset = map.offset(of: Int(record.offset))
    try sink.record(record, payload)
  }

  func notice(_ notice: TraceNotice) throws(TraceError) {
    var notice = notice
    notice.offset = map.offset(of: Int(notice.offset))
    try sink.notice(notice)
  }

  func interface(_ interface: CaptureInterface) throws(TraceError) {
    try sink.interface(interface)
  }
}
