/// Why a stretch of input could not be read, or an output not be written: what, where, and what to do.
public struct TraceError: Error, Sendable, Equatable {
  /// The kinds of failure a caller can act on.
  public enum Reason: Sendable, Equatable {
    /// Fewer bytes than the structure needs.
    case truncated(need: Int, have: Int)
    /// A length field that contradicts the bytes around it.
    case badLength(field: String, value: UInt64)
    /// A field with a value that the format does not allow.
    case badValue(field: String, value: UInt64)
    /// Input that is none of the formats known; the text says what it seems to be and what to do.
    case unrecognised(String)
    /// The operating system refused: operation and its reason.
    case io(operation: String, errno: Int32)
    /// A failure told in one sentence.
    case failed(String)
  }

  /// The format or file in which it happened.
  public var subject: String
  /// Byte offset in the input, where one is known.
  public var offset: UInt64?
  /// What is wrong.
  public var reason: Reason

  /// - Parameters:
  ///   - subject: the file, format or option that it is about.
  ///   - offset: in the file.
  public init(_ subject: String, at offset: UInt64? = nil, _ reason: Reason) {
    self.subject = subject
    self.offset = offset
    self.reason = reason
  }
}

extension TraceError: CustomStringConvertible {
  /// The sentence for people.
  public var description: String {
    let place = offset.map { " at offset \($0)" } ?? ""
    return "\(subject)\(place): \(reason)"
  }
}

extension TraceError.Reason: CustomStringConvertible {
  /// The sentence for people.
  public var description: String {
    switch self {
    case .truncated(let need, let have): "cut short, \(need) bytes needed and \(have) there"
    case .badLength(let field, let value): "\(field) of \(value) does not fit the bytes around it"
    case .badValue(let field, let value): "\(field) has the value \(value), which is not allowed"
    case .unrecognised(let hint): hint
    case .io(let operation, let number): "\(operation): \(systemErrorText(number))"
    case .failed(let sentence): sentence
    }
  }
}
