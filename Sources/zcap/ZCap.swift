import ArgumentParser
import TraceBytes

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@main
struct ZCap: ParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "zcap",
    abstract: "Read what z/OS network traces leave behind.",
    discussion: """
      Decodes SYSTCPDA data and packet traces with the AT-TLS clear text in them, listings, reports,
      captures and logs; shows them as text and writes pcapng for Wireshark.

      Status: 0 done, 1 nothing matched, 2 could not, 3 data lost or damaged (--strict), 64 usage.
      """,
    version: version,
    subcommands: [
      Info.self, Convert.self, Flows.self, Print.self, HTTP.self, Exchanges.self, Export.self,
      Explain.self,
      Attls.self,
      Policy.self,
      Generate.self, Bench.self,
    ])

  static func main() {
    Signals.install()
    main(nil)
  }

  /// Tells what went wrong and ends the run; a closed pipe is success.
  static func report(_ error: any Error) throws {
    guard let error = error as? TraceError else { throw error }
    if case .io(_, let number) = error.reason, number == EPIPE { return }
    Diagnostics.error(error)
    throw ExitStatus.failed.code
  }

  /// Runs the body and turns its failure into a line and a status. A closed pipe is success: whoever
  /// read it has seen enough.
  static func reporting(_ body: () throws(TraceError) -> Void) throws {
    do throws(TraceError) {
      try body()
    } catch {
      if case .io(_, let number) = error.reason, number == EPIPE { throw ExitStatus.done.code }
      Diagnostics.error(error)
      throw ExitStatus.failed.code
    }
  }
}
