/// What the first bytes of an input say about one format.
public enum FormatProbe: Sendable, Equatable {
  /// Not this format.
  case no
  /// Perhaps; more bytes are needed to tell.
  case needMore
  /// This format.
  case yes
}
