package import TraceBytes
package import TraceSecrets

/// The key of pseudonyms as people give it.
package enum AnonymizeKey {
  /// Bytes of a file that count.
  private static let most = 64 * 1024

  /// - Parameters:
  ///   - text: the name of a file, or the key itself.
  ///   - note: is told that a text is the key, as the misspelt name of a file would be.
  package static func pseudonyms(
    _ text: String, note: (String) -> Void
  ) throws(TraceError) -> Pseudonyms {
    guard TextInput.exists(text) else {
      if ![32, 64, 66].contains(text.utf8.count) {
        note("--anonymize-key: there is no file of this name; the text itself is the key")
      }
      return Pseudonyms(key: Pseudonyms.key(Array(text.utf8)))
    }
    let source = try ByteSource(path: text)
    while source.count < most, try source.fill() {}
    var bytes: [UInt8] = []
    source.withWindow { bytes.append($0.extracting(first: most)) }
    return Pseudonyms(key: Pseudonyms.key(bytes))
  }
}
