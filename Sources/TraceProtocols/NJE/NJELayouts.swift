internal import TraceBytes

/// Sign-on records (RCB F0). Source: SA32-0988, network connection control records.
enum NJESignOn {
  /// Fields behind the two control bytes.
  enum Layout {
    static let node = Field("NCCINODE", 1, 8)
    static let member = Field<UInt8>("NCCIQUAL", 9)
    static let resistance = Field<UInt16>("NCCIREST", 14)
    static let bufferSize = Field<UInt16>("NCCIBFSZ", 16)
    static let linePassword = Field("NCCILPAS", 18, 8)
    static let nodePassword = Field("NCCINPAS", 26, 8)
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

  /// What each section begins with; type 0 is the general one.
  enum Section {
    static let length = Field<UInt16>("section length", 0)
    static let type = Field<UInt8>("section type", 2)
    static let size = 4
  }

  /// Fields of the general section.
  enum Layout {
    static let jobID = Field<UInt16>("NJHGJID", 4)
    static let jobClass = Field("NJHGJCLS", 6, 1)
    static let messageClass = Field("NJHGMCLS", 7, 1)
    static let account = Field("NJHGACCT", 16, 8)
    static let jobName = Field("NJHGJNAM", 24, 8)
    static let user = Field("NJHGUSID", 32, 8)
    static let password = Field("NJHGPASS", 40, 8)
    static let newPassword = Field("NJHGNPAS", 48, 8)
    static let originNode = Field("NJHGORGN", 64, 8)
    static let originRemote = Field("NJHGORGR", 72, 8)
    static let executionNode = Field("NJHGXEQN", 80, 8)
    static let executionUser = Field("NJHGXEQU", 88, 8)
    static let printNode = Field("NJHGPRTN", 96, 8)
    static let printRemote = Field("NJHGPRTR", 104, 8)
    static let punchNode = Field("NJHGPUNN", 112, 8)
    static let programmer = Field("NJHGPRGN", 152, 20)
    static let jobNumber = Field<UInt32>("NJHGJNO", 200)
    static let notifyNode = Field("NJHGNTYN", 204, 8)
    static let notifyUser = Field("NJHGNTYU", 212, 8)
  }

  /// Where the general section begins and ends; nil when it is not the first, or ends before `least`.
  static func general(
    _ text: RawSpan, least: Int = Layout.newPassword.end
  ) -> Range<Int>? {
    guard text.has(Section.size, at: prefix), text[Section.type, at: prefix] == 0 else {
      return nil
    }
    let length = Int(text[Section.length, at: prefix])
    return length >= least ? prefix..<min(prefix + length, text.byteCount) : nil
  }

  /// The passwords, which may be encrypted: they are masked in any case.
  static func passwords(_ text: RawSpan) -> [Range<Int>] {
    guard let general = general(text) else { return [] }
    return [Layout.password, Layout.newPassword].compactMap { field in
      let range = field.range(at: general.lowerBound)
      return range.upperBound <= general.upperBound && !TextCoding.ebcdic.isEmpty(text, range)
        ? range : nil
    }
  }

  static func text(_ field: Field<ByteRun>, _ text: RawSpan, _ section: Range<Int>) -> String {
    let range = field.range(at: section.lowerBound)
    return range.upperBound <= section.upperBound ? TextCoding.ebcdic.text(text, range) : ""
  }

  static func number<Value: FixedWidthInteger & BitwiseCopyable>(
    _ field: Field<Value>, _ text: RawSpan, _ section: Range<Int>
  ) -> Int? {
    let base = section.lowerBound
    return base + field.end <= section.upperBound ? Int(text[field, at: base]) : nil
  }
}

/// The header of a data set of SYSOUT. Source: SA32-0988, data set header.
enum NJEDataSetHeader {
  /// Fields of the general section.
  enum Layout {
    static let node = Field("NDHGNODE", 4, 8)
    static let remote = Field("NDHGRMT", 12, 8)
    static let procedureStep = Field("NDHGPROC", 20, 8)
    static let step = Field("NDHGSTEP", 28, 8)
    static let ddname = Field("NDHGDD", 36, 8)
    static let outputClass = Field("NDHGCLAS", 47, 1)
    static let records = Field<UInt32>("NDHGNREC", 48)
  }

  static func general(_ text: RawSpan) -> Range<Int>? {
    NJEJobHeader.general(text, least: Layout.outputClass.end)
  }
}

/// A command or message between nodes (NMR, RCB 9A). Source: SA32-0988, nodal message record.
enum NJEMessage {
  enum Layout {
    static let flags = Field<UInt8>("NMRFLAG", 0)
    static let length = Field<UInt8>("NMRML", 3)
    static let toNode = Field("NMRTONOD", 4, 8)
    static let out = Field("NMROUT", 13, 8)
    static let fromNode = Field("NMRFMNOD", 21, 8)
    static let text = 30
  }

  static let isCommand: UInt8 = 0x80
  static let hasUser: UInt8 = 0x20
}
