/* SPDX-License-Identifier: MIT */
#include "preload/blocks/live_word.h"

struct live_word_shape live_word_shape = {.granule_shift = 4, .small_bytes = 16};

/* 40 bytes are a chunk of 48 of glibc's. */
void live_word_start(bool is_glibc)
{
    if (is_glibc)
        live_word_shape =
            (struct live_word_shape){.granule_shift = 5, .small_bytes = 40, .half_mask = 16};
}
