import ArgumentParser
import TraceSecrets
import ZCapKit

/// Whether names and addresses are mapped, shared by all commands that show them.
final class AnonymizeOptions: ParsableArguments {
  @Flag(
    help: """
      Map addresses (prefix-preserving, as CryptoPAn does), link addresses, host names, users, job and \
      interface names to others of the same length. Filters know the true ones.
      """)
  var anonymize = false

  @Option(
    name: .customLong("anonymize-key"),
    help: ArgumentHelp(
      """
      With the same key the same names come out in every run: a file, 64 hexadecimal digits, 32 \
      characters, or a passphrase. Default: a random key.
      """, valueName: "file|text"),
    completion: .file())
  var key: String?

  var isOn: Bool { anonymize || key != nil }

  /// What stands in the place of names; nil when they stay.
  func pseudonyms() throws -> Pseudonyms? {
    guard isOn else { return nil }
    if let key { return try AnonymizeKey.pseudonyms(key, note: Diagnostics.note) }
    Diagnostics.note(
      "names and addresses are mapped with a random key; --anonymize-key gives the same in every run"
    )
    return Pseudonyms(key: Pseudonyms.randomKey())
  }

  /// For a command that shows no payload.
  func stage() throws -> SecretStage.Options? {
    guard let pseudonyms = try pseudonyms() else { return nil }
    var options = SecretStage.Options(.redact)
    options.masks = false
    options.pseudonyms = pseudonyms
    return options
  }
}
