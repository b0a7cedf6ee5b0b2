#pragma once
#include <stddef.h>
#include <stdint.h>

// Part of the compiler's fuzzer run-time (LLVM, libFuzzer: "using libFuzzer as a library").
int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*target)(const uint8_t *data, size_t size));
