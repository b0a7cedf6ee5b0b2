internal import ATTLSPolicy
internal import TraceBytes

/// What is said of a policy that is given as a trace.
enum PolicyHint {
  /// Bytes that are looked at.
  private static let most = 1 << 16

  /// The error, with what the file is when it is one of those that `policy` reads.
  static func told(_ error: TraceError, _ file: String) -> TraceError {
    guard case .unrecognised = error.reason, let words = words(file, instead: "trace") else {
      return error
    }
    return TraceError(error.subject, .unrecognised(words))
  }

  /// What a file is when it is one of those that `policy` reads, and not what was wanted.
  static func words(_ file: String, instead wanted: String) -> String? {
    guard file != "-", let bytes = try? TextInput.head(file, most),
      let what = PolicySet.kindInWords(of: bytes)
    else { return nil }
    return "this is \(what), and no \(wanted); 'zcap policy check FILE' tells more"
  }
}
