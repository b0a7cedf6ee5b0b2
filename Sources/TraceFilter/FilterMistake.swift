/// A filter that cannot be understood: one sentence that says what is wrong and what to write.
public struct FilterMistake: Error, Sendable, Equatable, CustomStringConvertible {
  /// The sentence.
  public let description: String

  init(_ description: String) { self.description = description }
}
