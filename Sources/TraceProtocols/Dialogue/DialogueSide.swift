internal import TraceModel

extension Dialogue {
  enum Phase {
    case lines
    /// After DATA: up to the line with one dot.
    case mail
    /// After BDAT (RFC 3030): a counted piece.
    case counted
    /// After STARTTLS or AUTH TLS: the next byte tells whether TLS follows or clear text.
    case afterTLS
    /// TLS records. Clear text may come again: after CCC (RFC 4217 section 12.3).
    case records
    /// TLS whose records nobody can follow, because bytes of them are missing.
    case opaque
  }

  enum MailPlace {
    case lineStart
    case inLine
    case dot
    case dotCR
  }

  final class Side {
    let direction: FlowSide
    var phase = Phase.lines
    var held: [UInt8] = []
    var offset: UInt64 = 0
    /// Offset of the byte that comes next.
    var next: UInt64 = 0
    var time: Int64 = 0
    var hasLine = false
    var isCut = false
    var isBehindGap = false
    /// What comes may be the text of a mail whose DATA is missing.
    var mayBeMail = false
    /// What comes may be the rest of a reply whose code is missing.
    var lacksCode = false
    /// The code of a reply that goes on.
    var openCode: UInt16 = 0
    var place = MailPlace.lineStart
    var mail: DialogueMail?
    var remaining: UInt64 = 0
    var records = TLSRecords()

    init(_ direction: FlowSide) { self.direction = direction }
  }
}
