package import TraceSecrets

/// What is said of credentials, in the same words everywhere.
package enum CredentialWords {
  /// That credentials are in the output, once.
  package static func seen(_ session: Session, _ what: String) -> [String] {
    // What a filter left out was neither shown nor written.
    guard session.secrets?.credentials.seen == true, session.passed > 0 else { return [] }
    return ["clear-text credentials were \(what); --redact masks them"]
  }

  /// For the summary: what was masked.
  package static func masked(_ stage: SecretStage) -> String {
    let counts = stage.credentials
    return
      "masked \(counts.masked.counted("credential")) (\(counts.maskedBytes.counted("byte")))"
  }

  /// What masking could not do, a line each.
  package static func limits(_ stage: SecretStage) -> [String] {
    var lines: [String] = []
    if !stage.unsearched.isEmpty {
      let parts = stage.unsearched.map {
        "\($0.what): \($0.bytes.counted("byte")) of \($0.flows.counted("conversation"))"
      }
      lines.append("not searched for credentials: \(parts.joined(separator: "; "))")
    }
    if stage.leftOut > 0 {
      lines.append("left out \(stage.leftOut.counted("payload")) that cannot be searched")
    }
    if stage.hurried > 0 {
      lines.append(
        "\(stage.hurried.counted("record")) masked before the rest of their messages was there, to "
          + "bound memory")
    }
    if stage.secretsLeftOut > 0 {
      lines.append(
        "\(stage.secretsLeftOut.counted("block")) of decryption secrets left out, because of --redact"
      )
    }
    return lines
  }
}
