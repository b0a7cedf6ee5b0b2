/// Why a header could not be read.
public enum WireFault: Error, Sendable, Equatable {
  /// The captured bytes end inside the header.
  case truncated
  /// The header contradicts itself or the bytes around it.
  case malformed
}
