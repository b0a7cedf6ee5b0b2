public import TraceBytes

/// What the bytes of a payload are taken for.
public enum PayloadForm: String, Sendable, CaseIterable {
  /// ASCII, and UTF-8 where it is well-formed.
  case ascii
  /// Text in an EBCDIC code page.
  case ebcdic
  /// Hexadecimal digits only.
  case hex
  /// Hexadecimal digits with EBCDIC and ASCII beside them.
  case both
  /// Judged by the bytes, for each conversation and direction.
  case auto
}

/// How records are printed.
public struct PrintOptions: Sendable {
  /// What bytes are taken for.
  public var form = PayloadForm.auto
  /// The EBCDIC code page.
  public var page = CodePage.ibm1047
  /// Indent and line breaks of payload.
  public var layout = TextLayout()
  /// Bytes of each payload that are shown at most.
  public var maxBytes = Int.max
  /// Columns that a line of a terminal has, to which dumps are fitted; nil for no end.
  public var room: Int?
  /// No header lines, no indent, nothing but payload.
  public var payloadOnly = false
  /// Whether escape sequences of a terminal are written.
  public var color = false
  /// Says why a form was chosen.
  public var why = false
  /// Seconds that printed times are east of UTC.
  public var zone = Zone.utc

  /// Each payload whole, in a form that is judged by its bytes, without colour, in UTC.
  public init() {}
}
