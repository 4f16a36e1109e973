/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer entry: any bytes are read as a recording, or refused with a message. The corpus starts
 * with real recordings (any *.lgr):
 *
 *     clang -std=gnu11 -D_GNU_SOURCE -g -O1 -I. -fsanitize=fuzzer,address,undefined \
 *         tests/fuzz/fuzz_recording.c analyzer/[a-z]*.c -ldw -lelf -liberty -lz -o
 * build/fuzz_recording build/fuzz_recording -rss_limit_mb=1024 CORPUS
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "analyzer/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char path[64];
    struct error error = {0};
    struct session_options options = {.without_symbols = true};
    int descriptor = memfd_create("recording", MFD_CLOEXEC);
    if (descriptor < 0 || write(descriptor, bytes, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    struct session *session = session_load(path, &options, &error);
    if (!session && strlen(error.message) == 0)
        abort();
    session_free(session);
    close(descriptor);
    return 0;
}
