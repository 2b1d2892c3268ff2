// SPDX-License-Identifier: Apache-2.0

extension String {
  /// The text as a shell takes it for one word: in quotes where it has more than letters, digits and what paths have.
  var shellWord: String {
    let isPlain = !isEmpty && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "/._-+:@%=,".contains($0)) }
    return isPlain ? self : "'" + replacing("'", with: "'\\''") + "'"
  }
}
