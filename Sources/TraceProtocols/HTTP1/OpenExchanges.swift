/// What is known of the exchanges under way on a connection, by number: mostly of one, so that a dictionary would take
/// more than what it holds.
public struct OpenExchanges<Known> {
  @usableFromInline var number: UInt64 = 0
  @usableFromInline var only: Known?
  @usableFromInline var others: [UInt64: Known] = [:]

  /// None is under way.
  @inlinable public init() {}

  /// Whether none is under way.
  @inlinable public var isEmpty: Bool { only == nil && others.isEmpty }

  /// What is known of one; nil when it is not under way.
  @inlinable
  public subscript(number: UInt64) -> Known? {
    get {
      if only != nil, self.number == number { return only }
      return others.isEmpty ? nil : others[number]
    }
    set {
      if only != nil && self.number == number
        || only == nil && newValue != nil && others[number] == nil
      {
        only = newValue
        self.number = number
      } else {
        others[number] = newValue
        if others.isEmpty { others = [:] }
      }
    }
  }
}
