import TraceRender

/// What commands say about credentials, in the same words.
enum CredentialWords {
  /// One line, once, that credentials are in the output.
  static func warn(_ what: String) {
    Diagnostics.line("zcap: clear-text credentials were \(what); --redact masks them")
  }

  /// For the summary: what was masked.
  static func masked(_ counts: CredentialCounts) -> String {
    "masked \(counts.masked.counted("credential")) (\(counts.maskedBytes.counted("byte")))"
  }

  /// Secrets would open what is encrypted, with everything in it.
  static func tellSecrets(_ count: UInt64) {
    guard count > 0 else { return }
    Diagnostics.line(
      "zcap: \(count.counted("block")) of decryption secrets left out, because of --redact")
  }
}
