/* SPDX-License-Identifier: MIT */
#include "preload/scan/changed_pages.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#include "preload/arch/machine.h"
#include "preload/base/private_memory.h"
#include "preload/blocks/live_radix.h"

/* Of /proc/self/pagemap: the page is in memory, and in that of this process alone. */
#define IS_PRESENT ((uint64_t)1 << 63)
#define IS_EXCLUSIVE ((uint64_t)1 << 56)

enum { WINDOW_PAGES = 4096, WORD_BITS = 64, WINDOWS = 65536 };
struct window {
    uintptr_t first_page; /* number of its first page */
    uint64_t unchanged[WINDOW_PAGES / WORD_BITS];
};

/* In address order. */
static struct window *windows;
static size_t window_count;
static bool are_unknown;

static void read_window(int fd, struct window *window)
{
    static uint64_t entries[WINDOW_PAGES];
    ssize_t count =
        pread(fd, entries, sizeof entries, (off_t)(window->first_page * sizeof *entries));
    for (size_t i = 0; i < WINDOW_PAGES / WORD_BITS; i++)
        window->unchanged[i] = 0;
    for (size_t i = 0; count > 0 && i < (size_t)count / sizeof *entries; i++)
        if ((entries[i] & (IS_PRESENT | IS_EXCLUSIVE)) == IS_PRESENT)
            window->unchanged[i / WORD_BITS] |= (uint64_t)1 << i % WORD_BITS;
}

/* One window begins where the first block behind the one before it does. */
static bool cover_leaf(live_leaf leaf, uintptr_t address, void *context)
{
    uintptr_t page = address / machine_page_bytes();
    const struct window *last = window_count ? &windows[window_count - 1] : NULL;
    (void)leaf;
    if (last && page < last->first_page + WINDOW_PAGES)
        return true;
    if (window_count == WINDOWS)
        return false;
    windows[window_count].first_page = page;
    read_window(*(const int *)context, &windows[window_count]);
    window_count++;
    return true;
}

void changed_pages_note(void)
{
    window_count = 0;
    if (!live_radix_inherited || are_unknown)
        return;
    int saved_errno = errno;
    if (!windows)
        windows = private_memory_map(WINDOWS * sizeof *windows);
    int fd = windows ? open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        live_radix_walk(live_radix_inherited, cover_leaf, &fd);
        close(fd);
    }
    errno = saved_errno;
}

void changed_pages_are_unknown(void)
{
    are_unknown = true;
}

void changed_pages_restart_after_fork(void)
{
    are_unknown = false;
    window_count = 0;
}

/* The window that begins at or before a page; NULL: none does. Blocks come in address order,
 * mostly. */
static const struct window *find_window(uintptr_t page)
{
    static const struct window *last;
    if (last && page - last->first_page < WINDOW_PAGES)
        return last;
    size_t low = 0, high = window_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (windows[middle].first_page <= page)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? NULL : (last = &windows[low - 1]);
}

static inline bool is_unchanged(uintptr_t page)
{
    const struct window *window = find_window(page);
    uintptr_t place = window ? page - window->first_page : WINDOW_PAGES;
    return place < WINDOW_PAGES && window->unchanged[place / WORD_BITS] >> place % WORD_BITS & 1;
}

bool changed_pages_any(uintptr_t start, uintptr_t end)
{
    for (; start < end; start = machine_page_of(start) + machine_page_bytes())
        if (!is_unchanged(start / machine_page_bytes()))
            return true;
    return false;
}

void changed_pages_each(uintptr_t start, uintptr_t end,
                        void (*visit)(uintptr_t start, uintptr_t end, void *context), void *context)
{
    for (uintptr_t next; start < end; start = next) {
        next = machine_page_of(start) + machine_page_bytes();
        next = next < end ? next : end;
        if (!is_unchanged(start / machine_page_bytes()))
            visit(start, next, context);
    }
}
