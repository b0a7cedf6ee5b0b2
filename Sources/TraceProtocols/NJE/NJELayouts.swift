internal import TraceBytes

/// Sign-on records (RCB F0). Source: SA32-0988, network connection control records.
enum NJESignOn {
  /// Offsets behind the two control bytes.
  enum Layout {
    static let length = Field("NCCIDL", 0, 1)
    static let node = Field("NCCINODE", 1, 8)
    static let member = Field("NCCIQUAL", 9, 1)
    static let event = Field("NCCIEVNT", 10, 4)
    static let resistance = Field("NCCIREST", 14, 2)
    static let bufferSize = Field("NCCIBFSZ", 16, 2)
    static let linePassword = Field("NCCILPAS", 18, 8)
    static let nodePassword = Field("NCCINPAS", 26, 8)
    static let flags = Field("NCCIFLG", 34, 1)
    static let features = Field("NCCIFEAT", 35, 4)
  }

  /// Whether a record is an initial or a response sign-on.
  static func isSignOn(_ record: NJEBuffer.Record) -> Bool {
    record.control == 0xF0 && (record.sub == 0xC9 || record.sub == 0xD1)
  }

  /// What a connection control record is, by its EBCDIC letter.
  static func name(_ letter: UInt8) -> String {
    switch letter {
    case 0xC9: "SIGNON"
    case 0xD1: "SIGNON RESPONSE"
    case 0xD2: "SIGNON RESET"
    case 0xD3: "SIGNON CONCURRENCE"
    case 0xD4: "ADD CONNECTION"
    case 0xD5: "SUBTRACT CONNECTION"
    case 0xC2: "SIGNOFF"
    default: "control record \(Hex.shown(letter)) (unknown)"
    }
  }
}

/// The header of a job or of SYSOUT: four bytes, then sections with a length, a type and a modifier.
/// Source: SA32-0988, job header.
enum NJEJobHeader {
  static let prefix = 4

  /// Offsets in the general section (type 00).
  enum Layout {
    static let jobID = Field("NJHGJID", 4, 2)
    static let jobClass = Field("NJHGJCLS", 6, 1)
    static let messageClass = Field("NJHGMCLS", 7, 1)
    static let priority = Field("NJHGPRIO", 9, 1)
    static let account = Field("NJHGACCT", 16, 8)
    static let jobName = Field("NJHGJNAM", 24, 8)
    static let user = Field("NJHGUSID", 32, 8)
    static let password = Field("NJHGPASS", 40, 8)
    static let newPassword = Field("NJHGNPAS", 48, 8)
    static let entryTime = Field("NJHGETS", 56, 8)
    static let originNode = Field("NJHGORGN", 64, 8)
    static let originRemote = Field("NJHGORGR", 72, 8)
    static let executionNode = Field("NJHGXEQN", 80, 8)
    static let executionUser = Field("NJHGXEQU", 88, 8)
    static let printNode = Field("NJHGPRTN", 96, 8)
    static let printRemote = Field("NJHGPRTR", 104, 8)
    static let punchNode = Field("NJHGPUNN", 112, 8)
    static let programmer = Field("NJHGPRGN", 152, 20)
    static let records = Field("NJHGNREC", 196, 4)
    static let jobNumber = Field("NJHGJNO", 200, 4)
    static let notifyNode = Field("NJHGNTYN", 204, 8)
    static let notifyUser = Field("NJHGNTYU", 212, 8)
  }

  /// Where the general section begins and ends; nil when it is not the first.
  static func general(_ text: RawSpan) -> Range<Int>? {
    guard text.has(prefix + 4, at: 0), text.u8(prefix + 2) == 0 else { return nil }
    let length = Int(text.be16(prefix))
    guard length >= Layout.newPassword.end else { return nil }
    return prefix..<min(prefix + length, text.byteCount)
  }

  /// The passwords, which may be encrypted: they are masked in any case.
  static func passwords(_ text: RawSpan) -> [Range<Int>] {
    guard let general = general(text) else { return [] }
    return [Layout.password, Layout.newPassword].compactMap { field in
      let range = general.lowerBound + field.offset..<general.lowerBound + field.end
      return range.upperBound <= general.upperBound && !TextCoding.ebcdic.isEmpty(text, range)
        ? range : nil
    }
  }

  static func text(_ field: Field<ByteRun>, _ text: RawSpan, _ section: Range<Int>) -> String {
    let low = section.lowerBound + field.offset
    guard low + field.size <= section.upperBound else { return "" }
    return TextCoding.ebcdic.text(text, low..<low + field.size)
  }

  static func number(_ field: Field<ByteRun>, _ text: RawSpan, _ section: Range<Int>) -> Int? {
    let low = section.lowerBound + field.offset
    guard low + field.size <= section.upperBound else { return nil }
    return field.size == 2 ? Int(text.be16(low)) : Int(text.be32(low))
  }
}

/// The header of a data set of SYSOUT. Source: SA32-0988, data set header.
enum NJEDataSetHeader {
  /// Offsets in the general section.
  enum Layout {
    static let node = Field("NDHGNODE", 4, 8)
    static let remote = Field("NDHGRMT", 12, 8)
    static let procedureStep = Field("NDHGPROC", 20, 8)
    static let step = Field("NDHGSTEP", 28, 8)
    static let ddname = Field("NDHGDD", 36, 8)
    static let outputClass = Field("NDHGCLAS", 47, 1)
    static let records = Field("NDHGNREC", 48, 4)
    static let form = Field("NDHGFORM", 60, 8)
    static let writer = Field("NDHGXWTR", 84, 8)
    static let name = Field("NDHGNAME", 92, 8)
  }

  static func general(_ text: RawSpan) -> Range<Int>? {
    guard text.has(NJEJobHeader.prefix + 4, at: 0), text.u8(NJEJobHeader.prefix + 2) == 0 else {
      return nil
    }
    let length = Int(text.be16(NJEJobHeader.prefix))
    guard length >= Layout.outputClass.end else { return nil }
    return NJEJobHeader.prefix..<min(NJEJobHeader.prefix + length, text.byteCount)
  }
}

/// A command or message between nodes (NMR, RCB 9A). Source: SA32-0988, nodal message record.
enum NJEMessage {
  enum Layout {
    static let flags = Field("NMRFLAG", 0, 1)
    static let level = Field("NMRLEVEL", 1, 1)
    static let type = Field("NMRTYPE", 2, 1)
    static let length = Field("NMRML", 3, 1)
    static let toNode = Field("NMRTONOD", 4, 8)
    static let toMember = Field("NMRTOQUL", 12, 1)
    static let out = Field("NMROUT", 13, 8)
    static let fromNode = Field("NMRFMNOD", 21, 8)
    static let fromMember = Field("NMRFMQUL", 29, 1)
    static let text = 30
  }

  static let isCommand: UInt8 = 0x80
  static let hasUser: UInt8 = 0x20
}
