// SPDX-License-Identifier: Apache-2.0
import ArgumentParser

/// The option that every command has.
struct DataFolderOption: ParsableArguments {
  @Option(
    name: .customLong("data-dir"),
    help: ArgumentHelp(
      "The cluster's data folder (default: $XDG_DATA_HOME/callsign or ~/.local/share/callsign).", valueName: "folder"))
  var path: String?

  var value: DataFolder { DataFolder(path) }
}
