/* SPDX-License-Identifier: MIT */
#include "preload/scan/unforked_pages.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "preload/arch/machine.h"
#include "preload/base/memory_calls.h"
#include "preload/base/page_ranges.h"
#include "preload/base/private_memory.h"
#include "preload/scan/touched_pages.h"

static struct page_ranges kept; /* from children */

/* Pages that were used, next to one another; their copies follow one another in `copies`. */
struct run {
    uintptr_t start;
    size_t size_bytes;
};
enum { RUNS = 65536 };
static struct run *runs;
static size_t run_count, copied_bytes;
static char *copies;

void unforked_pages_advised(uintptr_t start, size_t size_bytes, int advice)
{
    if (advice == MADV_DONTFORK || advice == MADV_WIPEONFORK)
        page_ranges_add(&kept, start, size_bytes);
    else if (advice == MADV_DOFORK || advice == MADV_KEEPONFORK)
        page_ranges_remove(&kept, start, size_bytes);
}

void unforked_pages_forget(uintptr_t start, size_t size_bytes)
{
    page_ranges_remove(&kept, start, size_bytes);
}

void unforked_pages_moved(uintptr_t start, size_t size_bytes, uintptr_t to, size_t new_bytes)
{
    if (!page_ranges_has(&kept, start, size_bytes))
        return;
    page_ranges_remove(&kept, start, size_bytes);
    page_ranges_add(&kept, to, new_bytes);
}

static void list_runs(uintptr_t start, uintptr_t end, void *context)
{
    struct touched_pages pages;
    (void)context;
    touched_pages_start(&pages, start, end, TOUCHED_PRIVATE);
    while (run_count < RUNS && touched_pages_next(&pages, &start, &end)) {
        runs[run_count++] = (struct run){start, end - start};
        copied_bytes += end - start;
    }
}

/* The kernel reads: what is gone, protected or a device's is an error then, and no fault. */
static void copy(char *to, uintptr_t from, size_t size_bytes)
{
    const pid_t self = getpid();
    while (size_bytes) {
        struct iovec local = {to, size_bytes}, remote = {(void *)from, size_bytes};
        ssize_t count = process_vm_readv(self, &local, 1, &remote, 1, 0);
        size_t done = count > 0 ? (size_t)count : machine_page_bytes();
        to += done;
        from += done;
        size_bytes -= done < size_bytes ? done : size_bytes;
    }
}

static void copy_runs(void)
{
    char *to = copies;
    for (size_t i = 0; i < run_count; to += runs[i++].size_bytes)
        copy(to, runs[i].start, runs[i].size_bytes);
}

void unforked_pages_save(void)
{
    run_count = copied_bytes = 0;
    if (page_ranges_is_empty(&kept))
        return;
    if (!runs)
        runs = private_memory_map(RUNS * sizeof *runs);
    if (!runs)
        return;
    page_ranges_each_in(&kept, 0, UINTPTR_MAX, list_runs, NULL);
    touched_pages_close();
    copies = copied_bytes ? private_memory_map(copied_bytes) : NULL;
    if (copies)
        copy_runs();
}

void unforked_pages_restore(void)
{
    char *from = copies;
    for (size_t i = 0; copies && i < run_count; from += runs[i++].size_bytes)
        memory_call_remap(from, runs[i].size_bytes, runs[i].size_bytes,
                          MREMAP_MAYMOVE | MREMAP_FIXED, (void *)runs[i].start);
}

void unforked_pages_release(void)
{
    if (copies)
        private_memory_unmap(copies, copied_bytes);
    copies = NULL;
}

void unforked_pages_restart_after_fork(void)
{
    unforked_pages_release();
    memset(&kept, 0, sizeof kept);
}
