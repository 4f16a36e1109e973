/* SPDX-License-Identifier: MIT */
#include "preload/recording/process_mark.h"

#include <sys/mman.h>
#include <unistd.h>

#include "preload/arch/machine.h"
#include "preload/base/memory_calls.h"
#include "preload/base/private_memory.h"
#include "preload/recording/recording_writer.h"

#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

static volatile uint32_t no_mark;
const volatile uint32_t *process_mark = &no_mark;

volatile uint32_t *process_mark_make(void)
{
    volatile uint32_t *mark = private_memory_map(machine_page_bytes());
    if (mark && memory_call_advise((void *)mark, machine_page_bytes(), MADV_WIPEONFORK) != 0)
        return NULL;
    return mark;
}

volatile bool process_mark_is_given_up;

void process_mark_give_up(void)
{
    process_mark_is_given_up = true;
    process_mark = &no_mark;
}

bool process_is_itself(void)
{
    return process_is_recording() && recording_header->pid == getpid();
}
