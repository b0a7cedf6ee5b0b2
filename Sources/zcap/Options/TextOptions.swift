import ArgumentParser
import TraceBytes
import TraceRender

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension PayloadForm: ExpressibleByArgument {}

/// When output is coloured.
enum ColorMode: String, ExpressibleByArgument, CaseIterable {
  case auto, always, never

  /// Whether standard output gets colours: on a terminal, and never against the user's NO_COLOR.
  var isOn: Bool {
    switch self {
    case .always: true
    case .never: false
    case .auto: isatty(1) == 1 && !isSet("NO_COLOR") && !isDumb
    }
  }

  private func isSet(_ name: String) -> Bool {
    guard let value = unsafe getenv(name) else { return false }
    return unsafe value[0] != 0
  }

  private var isDumb: Bool {
    guard let value = unsafe getenv("TERM") else { return false }
    return unsafe String(cString: value) == "dumb"
  }
}

/// How payload becomes text, shared by the commands that show it.
struct TextOptions: ParsableArguments {
  @Option(
    name: .customLong("as"),
    help: """
      What payload is shown as: ascii (and UTF-8), ebcdic, hex, both (hex with EBCDIC and ASCII) or \
      auto, which judges by the bytes for each conversation and direction.
      """)
  var form = PayloadForm.auto

  @Option(
    name: .customLong("codepage"),
    help: "EBCDIC code page: 1047, 037 or any single-byte one that iconv knows (273, 1140).")
  var page = PageArgument.standard

  @Option(help: "Break lines after so many columns.")
  var wrap: Int?

  @Option(name: .customLong("max-bytes"), help: "Show at most so many bytes of each payload.")
  var maxBytes: Int?

  @Option(
    name: .customLong("tz"), parsing: .unconditional,
    help: "Zone of printed times, +HH:MM or -HH:MM east of UTC.")
  var zone = ZoneArgument(seconds: 0)

  @Option(help: "Colours: auto (on a terminal and without NO_COLOR), always or never.")
  var color = ColorMode.auto

  @Flag(help: "Replace credentials by asterisks, of the same length.")
  var redact = false

  @Flag(help: "Say why --as auto shows bytes the way it does.")
  var why = false

  mutating func validate() throws {
    if let wrap, !(8...10_000).contains(wrap) {
      throw ValidationError("--wrap \(wrap): from 8 to 10,000 columns.")
    }
    if let maxBytes, maxBytes < 0 {
      throw ValidationError("--max-bytes \(maxBytes): 0 or more.")
    }
  }

  func options() -> PrintOptions {
    var options = PrintOptions()
    options.form = form
    options.page = page.page
    options.layout = TextLayout(wrap: wrap ?? 0)
    options.maxBytes = maxBytes ?? Int.max
    options.color = color.isOn
    options.redact = redact
    options.why = why
    options.zone = zone.seconds
    return options
  }
}

/// An EBCDIC code page by its name.
struct PageArgument: ExpressibleByArgument {
  var page: CodePage
  static let standard = PageArgument(page: .ibm1047)

  init(page: CodePage) { self.page = page }

  init?(argument: String) {
    guard let page = CodePage.named(argument) else { return nil }
    self.page = page
  }

  var defaultValueDescription: String { page.name }
}

/// `UTC`, `Z`, `+02:00`, `-0530` or `+2`.
struct ZoneArgument: ExpressibleByArgument {
  var seconds: Int

  init(seconds: Int) { self.seconds = seconds }

  init?(argument: String) {
    if ["Z", "UTC", "GMT"].contains(argument.uppercased()) {
      seconds = 0
      return
    }
    guard let sign = argument.first, sign == "+" || sign == "-" else { return nil }
    let digits = argument.dropFirst().filter { $0 != ":" }
    guard (1...4).contains(digits.utf8.count),
      digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(digits)
    else { return nil }
    let isShort = digits.utf8.count <= 2
    let (hours, minutes) = isShort ? (number, 0) : (number / 100, number % 100)
    guard hours <= 18, minutes < 60 else { return nil }
    seconds = (sign == "-" ? -1 : 1) * (hours * 3600 + minutes * 60)
  }

  var defaultValueDescription: String { "UTC" }
}
