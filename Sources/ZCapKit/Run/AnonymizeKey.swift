package import TraceBytes
package import TraceSecrets

/// The key of pseudonyms as people give it.
package enum AnonymizeKey {
  /// Bytes of a file that count.
  private static let most = 64 * 1024

  /// - Parameter text: the name of a file, or the key itself.
  package static func pseudonyms(_ text: String) throws(TraceError) -> Pseudonyms {
    guard TextInput.exists(text) else { return Pseudonyms(key: Pseudonyms.key(Array(text.utf8))) }
    let source = try ByteSource(path: text)
    while source.count < most, try source.fill() {}
    var bytes: [UInt8] = []
    source.withWindow { bytes.append($0.extracting(first: most)) }
    return Pseudonyms(key: Pseudonyms.key(bytes))
  }
}
