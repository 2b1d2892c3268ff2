// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The option that every command has.
struct DataFolderOption: ParsableArguments {
  @Option(
    name: .customLong("data-dir"),
    help: ArgumentHelp(
      "The cluster's data folder (default: $XDG_DATA_HOME/callsign or ~/.local/share/callsign).", valueName: "folder"))
  var path: String?

  func validate() throws {
    // A shell variable without a value; it would mean the folder that this one happens to be in.
    if path == "" { throw ValidationError("--data-dir needs a folder, and was given none") }
  }

  var value: DataFolder { DataFolder(path) }
}
