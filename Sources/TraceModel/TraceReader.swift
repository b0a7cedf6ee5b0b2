public import TraceBytes

/// Reads one format: whole records out of a window of bytes, and an account of everything else.
public protocol TraceReader {
  /// The format in words: "pcapng, little-endian".
  var format: String { get }
  /// What became of the bytes read so far.
  var account: ByteAccount { get }

  /// Reads the whole records of a window and gives them to the sink.
  ///
  /// - Parameters:
  ///   - window: bytes of the input; the first one is at `offset`.
  ///   - atEnd: whether the window holds the last byte of the input. Then everything is consumed.
  /// - Returns: how many bytes are done with. 0 asks for a larger window; more than the window holds
  ///   passes over bytes that follow.
  /// - Throws: what the sink throws; bad input is a notice, never an error.
  mutating func read(
    _ window: RawSpan, at offset: UInt64, atEnd: Bool, into sink: any TraceSink
  ) throws(TraceError) -> Int
}

/// What comes beside records, for every stage.
public protocol TraceEvents: AnyObject {
  /// A comment of the record that comes next, as UTF-8 of any content; several are several calls. The
  /// record bears ``RecordFlags/commented``. The span is valid during the call only.
  func comment(_ text: RawSpan) throws(TraceError)
  /// Something that is not a record: damage, loss, bytes passed over.
  func notice(_ notice: TraceNotice) throws(TraceError)
  /// An interface of a capture file, before its first packet.
  func interface(_ interface: CaptureInterface) throws(TraceError)
  /// Decryption secrets of a pcapng file, to be carried through.
  func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError)
  /// Everything read so far has been given; a live output is flushed now.
  func pause() throws(TraceError)
  /// The input has ended; stages give what they hold back.
  func finish() throws(TraceError)
}

extension TraceEvents {
  public func comment(_ text: RawSpan) throws(TraceError) {}
  public func notice(_ notice: TraceNotice) throws(TraceError) {}
  public func interface(_ interface: CaptureInterface) throws(TraceError) {}
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {}
  public func pause() throws(TraceError) {}
  public func finish() throws(TraceError) {}
}

extension TraceEvents {
  /// Something that is to be said of the input at an offset.
  public func notice(
    _ kind: TraceNotice.Kind, _ reason: TraceNotice.Reason, at offset: UInt64, length: UInt64 = 0
  ) throws(TraceError) {
    try notice(TraceNotice(kind, reason, at: offset, length: length))
  }
}

/// Takes what readers find: a stage of the pipeline.
public protocol TraceSink: AnyObject, TraceEvents {
  /// One record and its payload. The span is valid during the call only.
  func record(_ record: borrowing TraceRecord, _ payload: RawSpan) throws(TraceError)
}

/// A stage in the middle: what it does not take itself goes on.
public protocol TraceStage: TraceSink {
  /// The next stage.
  var downstream: any TraceSink { get }
}

extension TraceStage {
  public func comment(_ text: RawSpan) throws(TraceError) { try downstream.comment(text) }
  public func notice(_ notice: TraceNotice) throws(TraceError) { try downstream.notice(notice) }
  public func interface(_ interface: CaptureInterface) throws(TraceError) {
    try downstream.interface(interface)
  }
  public func secrets(type: UInt32, _ bytes: RawSpan) throws(TraceError) {
    try downstream.secrets(type: type, bytes)
  }
  public func pause() throws(TraceError) { try downstream.pause() }
  public func finish() throws(TraceError) { try downstream.finish() }
}

/// What became of the bytes of an input: the sum is what was read.
public struct ByteAccount: Sendable, Equatable {
  /// Bytes of records that were given to the sink.
  public var records: UInt64 = 0
  /// Record lengths, block headers, file headers and other framing.
  public var framing: UInt64 = 0
  /// Fill that means nothing.
  public var fill: UInt64 = 0
  /// Bytes reported as damaged, cut short or not understood.
  public var damaged: UInt64 = 0

  /// No byte was read.
  public init() {}

  /// All bytes accounted for.
  public var total: UInt64 { records + framing + fill + damaged }
}

/// Something a reader found that is not a record.
public struct TraceNotice: Sendable, Equatable {
  /// What became of the bytes.
  public enum Kind: Sendable, Equatable {
    /// Bytes that should have been records and are not.
    case damaged
    /// The input ends inside a record.
    case cutShort
    /// Bytes passed over on purpose.
    case skipped
    /// The trace says that records were lost.
    case lost
    /// Something to know that costs no bytes.
    case remark
  }

  /// What was wrong or worth knowing; its description is the sentence for people.
  public enum Reason: Sendable, Equatable {
    /// No record of the format begins with these bytes.
    case notARecord
    /// The input ends inside a record; what is there of it was given.
    case inputEnds
    /// Two lengths that a record has for the same bytes are different.
    case lengthsDisagree
    /// A descriptor word, a block length or another mark between records cannot be.
    case framing
    /// Bytes at the head of the file look like the prefix of a record, and no other record has one.
    case unknownPrefix
    /// A pcapng block of a type that the format does not define.
    case unknownBlock(UInt32)
    /// Not all segments of a large record are in the trace.
    case segmentsMissing
    /// The stack lost records; how many of each kind, where the trace says so.
    case lostRecords(packets: UInt64?, data: UInt64?)
    /// Text in front of the trace, such as the messages of the program that wrote it.
    case foreignText
    /// A listing has times of day only, those at which its program printed the records.
    case timeOfPrinting
    /// A time before 1677 or after 2262; the nearest one that can be held stands in its place.
    case timeOutOfReach
    /// A field holds what it cannot.
    case badValue(field: String, value: UInt64)
    /// A sentence of its own.
    case other(String)
  }

  /// What became of the bytes.
  public var kind: Kind
  /// Why.
  public var reason: Reason
  /// Offset in the file and number of bytes concerned.
  public var offset: UInt64
  /// Bytes concerned; 0 when the notice costs none.
  public var length: UInt64

  /// - Parameter offset: offset in the input, after inflating.
  public init(_ kind: Kind, _ reason: Reason, at offset: UInt64, length: UInt64 = 0) {
    self.kind = kind
    self.reason = reason
    self.offset = offset
    self.length = length
  }
}

extension TraceNotice.Reason: CustomStringConvertible {
  public var description: String {
    switch self {
    case .notARecord: "no valid record stands here"
    case .inputEnds: "the input ends inside a record"
    case .lengthsDisagree: "the length at the end of the record is not the one at its beginning"
    case .framing: "the record lengths of the transfer do not fit together here"
    case .unknownPrefix: "bytes of unknown meaning before the first record"
    case .unknownBlock(let type): "a block of type \(type) that zcap does not know"
    case .segmentsMissing: "segments of a large record are missing"
    case .lostRecords(let packets, let data): Self.lostText(packets, data)
    case .foreignText: "text that belongs to no record"
    case .timeOfPrinting: "times are those of printing, not of capture"
    case .timeOutOfReach:
      "a time that cannot be held (before 1677 or after 2262); the nearest that can is shown"
    case .badValue(let field, let value): "\(field) is \(value), which cannot be"
    case .other(let text): text
    }
  }

  private static func lostText(_ packets: UInt64?, _ data: UInt64?) -> String {
    switch (packets, data) {
    case (nil, nil): "the trace lost records here; it does not say how many"
    default: "the trace lost \(packets ?? 0) packet and \(data ?? 0) data records here"
    }
  }
}

/// An interface of a capture file.
public struct CaptureInterface: Sendable {
  /// Number over the whole run; ``TraceRecord/interface`` refers to it.
  public var id: UInt32
  /// What its packets begin with.
  public var linkType: LinkType
  /// `eth0`; empty when the file does not say.
  public var name: String
  /// A description for people (if_description); empty when there is none.
  public var text: String
  /// The capture filter, as libpcap writes it; empty when there was none.
  public var filter: String
  /// Operating system of the capturing host (if_os); empty when the file does not say.
  public var system: String
  /// Comments on the interface.
  public var comments: [String] = []
  /// Comments on the section that it is the first interface of.
  public var sectionComments: [String] = []

  /// - Parameter id: number over the whole run, not that of the file.
  public init(
    id: UInt32, linkType: LinkType, name: String = "", text: String = "", filter: String = "",
    system: String = ""
  ) {
    self.id = id
    self.linkType = linkType
    self.name = name
    self.text = text
    self.filter = filter
    self.system = system
  }
}
