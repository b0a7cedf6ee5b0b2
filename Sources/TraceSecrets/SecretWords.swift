/// What is looked for beside what every trace holds.
public struct SecretWords {
  /// Names of fields that a site calls secret.
  public var names: [String] = []
  /// Whether card numbers are secret.
  public var cards = false
  /// What matches is secret, or what the first group holds.
  private(set) var patterns: [Regex<AnyRegexOutput>] = []

  /// What every trace is searched for, and nothing else.
  public init() {}

  /// Adds a regular expression.
  ///
  /// - Throws: when it is none.
  public mutating func add(pattern: String) throws(SecretPatternMistake) {
    do {
      patterns.append(try Regex(pattern).matchingSemantics(.unicodeScalar))
    } catch {
      throw SecretPatternMistake(pattern: pattern, reason: "\(error)")
    }
  }
}

/// A pattern that is no regular expression.
public struct SecretPatternMistake: Error {
  /// The text that was given.
  public let pattern: String
  /// What the regular-expression engine says of it.
  public let reason: String
}
