internal import Foundation

/// Readers written by other people, installed from PyPI by Scripts/python-venv; tests that need them are
/// skipped without.
public enum Judges {
  public static let python = RunCommand.packageRoot + "/.python/bin/python"

  /// Whether all of them are there.
  public static let areThere: Bool = {
    let result = try? RunCommand.run(
      python,
      [
        "-c",
        "import pyarrow, duckdb, duckdb_cli, polars, pandas, communityid, zat.zeek_log_reader, mypy, yaml",
      ])
    return result?.status == 0
  }()

  public static let needed: String =
    "pyarrow, DuckDB, Polars, pandas, communityid, zat, mypy, yaml: run Scripts/python-venv"

  /// Runs one of the scripts in Tests/Judges.
  public static func run(_ script: String, _ arguments: [String]) throws -> CommandResult {
    try RunCommand.run(python, [RunCommand.packageRoot + "/Tests/Judges/" + script] + arguments)
  }
}
