/* SPDX-License-Identifier: MIT */
#include "preload/base/address_sort.h"

#include <stdint.h>
#include <string.h>

static uintptr_t address_at(const char *record)
{
    return *(const uintptr_t *)(const void *)record;
}

/* Moves each record down past the larger ones, in steps of `gap`. */
static void pass(char *records, size_t count, size_t record_bytes, size_t gap)
{
    uintptr_t moving[ADDRESS_SORT_LARGEST_BYTES / sizeof(uintptr_t)];
    for (size_t i = gap; i < count; i++) {
        size_t at = i;
        if (address_at(records + (i - gap) * record_bytes) <=
            address_at(records + i * record_bytes))
            continue;
        memcpy(moving, records + i * record_bytes, record_bytes);
        for (; at >= gap && address_at(records + (at - gap) * record_bytes) > moving[0]; at -= gap)
            memcpy(records + at * record_bytes, records + (at - gap) * record_bytes, record_bytes);
        memcpy(records + at * record_bytes, moving, record_bytes);
    }
}

void address_sort(void *records, size_t count, size_t record_bytes)
{
    for (size_t gap = count / 2; gap > 0; gap /= 2)
        pass(records, count, record_bytes, gap);
}
