/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer entry: any bytes are read as a recording, or refused with a message. `make fuzz` builds
 * and runs it, starting with real recordings.
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
