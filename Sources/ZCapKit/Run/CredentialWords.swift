package import TraceRender

/// What is said of credentials, in the same words everywhere.
package enum CredentialWords {
  /// That credentials are in the output.
  package static func seen(_ what: String) -> String {
    "clear-text credentials were \(what); --redact masks them"
  }

  /// For the summary: what was masked.
  package static func masked(_ counts: CredentialCounts) -> String {
    "masked \(counts.masked.counted("credential")) (\(counts.maskedBytes.counted("byte")))"
  }

  /// Secrets would open what is encrypted, with everything in it.
  package static func secretsLeftOut(_ count: UInt64) -> String? {
    guard count > 0 else { return nil }
    return "\(count.counted("block")) of decryption secrets left out, because of --redact"
  }
}
