/* SPDX-License-Identifier: Apache-2.0 */
/* The entry of libFuzzer for programs with a main of their own (LLVM: "Using libFuzzer as a library"). */
#pragma once
#include <stddef.h>
#include <stdint.h>

/// Runs `callback` on one input after the other until the options in `argv` say enough, or something fails.
int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));
