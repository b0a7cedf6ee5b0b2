package import TraceSecrets

/// What is said of credentials, in the same words everywhere.
package enum CredentialWords {
  /// That credentials are in the output, once.
  package static func seen(_ session: Session, _ what: String) -> [String] {
    // What a filter left out was neither shown nor written.
    guard let stage = session.secrets, session.passed > 0 else { return [] }
    if stage.credentials.seen { return [seen(what)] }
    guard stage.isWatchPartial else { return [] }
    return [
      "no clear-text credentials in the first \(SecretStage.wellWatched.grouped) records and a "
        + "sample of the others; --redact looks at all of them"
    ]
  }

  static func seen(_ what: String) -> String {
    "clear-text credentials were \(what); --redact masks them"
  }

  /// For the summary: what was masked or mapped.
  package static func masked(_ stage: SecretStage) -> String {
    guard stage.masks else { return "names and addresses mapped" }
    let counts = stage.credentials
    return
      "masked \(counts.masked.counted("credential")) (\(counts.maskedBytes.counted("byte")))"
      + (stage.mapsNames ? ", names and addresses mapped" : "")
  }

  /// What masking could not do, a line each.
  package static func limits(_ session: Session) -> [String] {
    guard let stage = session.secrets else { return [] }
    var lines: [String] = []
    let what =
      !stage.mapsNames ? "credentials" : stage.masks ? "credentials and names" : "names"
    if !stage.unsearched.isEmpty {
      let parts = stage.unsearched.map {
        "\($0.what): \($0.bytes.counted("byte")) of \($0.flows.counted("conversation"))"
      }
      lines.append("not searched for \(what): \(parts.joined(separator: "; "))")
    }
    if stage.leftOut > 0 {
      lines.append("left out \(stage.leftOut.counted("payload")) that cannot be searched")
    }
    if stage.passedEarly > 0 {
      lines.append(
        "\(stage.passedEarly.counted("record")) masked before the rest of their messages was there, to "
          + "bound memory")
    }
    if let most = stage.namesAtMost {
      lines.append(
        "names behind the first \(most.grouped) are mapped only where something tells "
          + "that they are names")
    }
    if stage.secretsLeftOut > 0 {
      let option = stage.masks ? "--redact" : "--anonymize"
      lines.append(
        "\(stage.secretsLeftOut.counted("block")) of decryption secrets left out, because of \(option)"
      )
    }
    if let unknown = session.anonymizer?.unknownFrames, unknown > 0 {
      lines.append(
        "\(unknown.counted("frame")) of no kind that is known went on with the addresses that they hold"
      )
    }
    return lines
  }
}
