public import TraceModel

/// Something odd in a byte stream; every kind is reported once per message, where it first shows.
public struct HTTPFinding: Sendable, Equatable {
  /// What is odd.
  public var kind: Kind
  /// The stream it was seen in.
  public var direction: FlowSide
  /// Offset in the stream.
  public var offset: UInt64
  /// The exchange it belongs to, when there is one.
  public var exchange: UInt64?
  /// A size that belongs to the kind (bytes skipped, bytes missing), otherwise zero.
  public var value: UInt64 = 0
  /// When the bytes came that showed it.
  public var time: Int64 = 0

  /// The kinds of finding.
  public enum Kind: UInt8, Sendable, CaseIterable {
    /// A line of the head or of chunk framing ends in LF alone.
    case bareLF
    /// CR without LF inside the head.
    case bareCR
    /// A NUL or another control byte inside the head.
    case controlInHead
    /// A field value that goes on in the next line.
    case obsoleteFold
    /// A blank between field name and colon.
    case blankBeforeColon
    /// A line in the head without a colon, or with an empty or impossible name.
    case badFieldLine
    /// A start line that only a lenient reader accepts.
    case oddStartLine
    /// A request without a version, or a response without a head.
    case http09
    /// Several Content-Length values, all the same.
    case duplicateLength
    /// Several Content-Length values that differ.
    case conflictingLengths
    /// A Content-Length that is not a number.
    case badLength
    /// A Content-Length with leading zeros.
    case oddLength
    /// A Content-Length of 2^63 or more.
    case hugeLength
    /// Transfer-Encoding and Content-Length in one message.
    case codingAndLength
    /// A transfer coding that is not known.
    case unknownTransferCoding
    /// Chunked, but spelt or placed as it should not be.
    case oddTransferCoding
    /// Transfer-Encoding in an HTTP/1.0 message.
    case codingInOldVersion
    /// A chunk size that is not a hexadecimal number.
    case badChunkSize
    /// A chunk size of 2^64 or more.
    case hugeChunkSize
    /// A chunk size with blanks around it.
    case oddChunkSize
    /// A chunk-size line longer than the limit.
    case longChunkLine
    /// Chunk data that no line end follows.
    case badChunkEnd
    /// A trailer section longer than the limit.
    case longTrailers
    /// A head longer than the limit.
    case longHead
    /// A start line longer than the limit.
    case longStartLine
    /// The stream begins inside a message; the value is the number of bytes passed over.
    case startedMidMessage
    /// Bytes where a start line should be.
    case noStartLine
    /// A start line was found again; the value is the number of bytes passed over.
    case resynchronised
    /// A gap; the value is its size if known.
    case gap
    /// A response that no request precedes.
    case requestMissing
    /// Requests on both streams of one connection.
    case rolesMixed
    /// Bytes on a tunnel before the server agreed to it.
    case earlyTunnelData
    /// Bytes after the end of their stream.
    case dataAfterEnd
    /// The framing of the message could not be determined.
    case framingUnknown
    /// Encapsulated field of ICAP that cannot be read.
    case badEncapsulated
    /// A dialogue line longer than the limit.
    case longLine
  }
}

extension HTTPFinding.Kind {
  /// One sentence for people.
  public var summary: String {
    switch self {
    case .bareLF: "line ends in LF without CR"
    case .bareCR: "CR without LF in the head"
    case .controlInHead: "control byte in the head"
    case .obsoleteFold: "field value continues on the next line"
    case .blankBeforeColon: "blank between field name and colon"
    case .badFieldLine: "line in the head is not a field"
    case .oddStartLine: "start line is not as the grammar has it"
    case .http09: "HTTP/0.9: no version, no head"
    case .duplicateLength: "Content-Length given more than once with the same value"
    case .conflictingLengths: "Content-Length given with different values"
    case .badLength: "Content-Length is not a number"
    case .oddLength: "Content-Length has leading zeros"
    case .hugeLength: "Content-Length is 2^63 or more"
    case .codingAndLength: "both Transfer-Encoding and Content-Length"
    case .unknownTransferCoding: "unknown transfer coding"
    case .oddTransferCoding: "chunked is not the one last transfer coding, or has parameters"
    case .codingInOldVersion: "Transfer-Encoding in HTTP/1.0"
    case .badChunkSize: "chunk size is not a hexadecimal number"
    case .hugeChunkSize: "chunk size is 2^64 or more"
    case .oddChunkSize: "blanks around a chunk size"
    case .longChunkLine: "very long chunk-size line"
    case .badChunkEnd: "no line end after chunk data"
    case .longTrailers: "trailer section is over the limit"
    case .longHead: "head is over the limit"
    case .longStartLine: "start line is over the limit"
    case .startedMidMessage: "the stream begins inside a message"
    case .noStartLine: "no start line where a message should begin"
    case .resynchronised: "start line found again"
    case .gap: "bytes are missing"
    case .requestMissing: "response without a request"
    case .rolesMixed: "requests in both directions"
    case .earlyTunnelData: "tunnel data before the answer to CONNECT"
    case .dataAfterEnd: "bytes after the end of the stream"
    case .framingUnknown: "the end of the message cannot be determined"
    case .badEncapsulated: "Encapsulated field cannot be read"
    case .longLine: "line is over the limit"
    }
  }
}
