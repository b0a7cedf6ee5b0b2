public import TraceModel

/// A format that can be told from its bytes. ``FormatDetector/formats`` lists them: a new one is a line
/// there.
public protocol TraceFormat: TraceReader, SendableMetatype {
  /// Whether the bytes at the beginning of an input are of this format.
  static func probe(_ window: RawSpan, atEnd: Bool) -> FormatProbe
  /// A reader for an input that ``probe(_:atEnd:)`` said yes to.
  init(_ options: FormatOptions)
}

/// What the first bytes of an input say about one format.
public enum FormatProbe: Sendable, Equatable {
  /// Not this format.
  case no
  /// Perhaps; more bytes are needed to tell.
  case needMore
  /// This format.
  case yes
}
