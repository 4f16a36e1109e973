/* SPDX-License-Identifier: MIT */
#include "preload/scan/touched_pages.h"
#include "preload/arch/machine.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { WINDOW_PAGES = 4096 };
/* What is so small is read sooner than asked about. */
enum { SMALL_BYTES = 64 * 1024 };
/* Of /proc/self/pagemap: the page is in memory, or swapped out. */
#define IS_PRESENT ((uint64_t)1 << 63)
#define IS_SWAPPED ((uint64_t)1 << 62)
#define IS_OF_FILE ((uint64_t)1 << 61) /* or shared memory */

/* The pages that were asked about last. */
static struct {
    uintptr_t start, end;
    bool used[WINDOW_PAGES];
} window;

static int fd = -2;

void touched_pages_close(void)
{
    if (fd >= 0)
        close(fd);
    fd = -2;
}

/* Private memory: its page tables were copied with the process. */
static bool ask_page_tables(uintptr_t start, size_t count, uint64_t unwanted)
{
    static uint64_t entries[WINDOW_PAGES];
    size_t size_bytes = count * sizeof *entries;
    if (fd == -2)
        fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    off_t offset = (off_t)(start / machine_page_bytes() * sizeof *entries);
    if (fd < 0 || pread(fd, entries, size_bytes, offset) != (ssize_t)size_bytes)
        return false;
    for (size_t i = 0; i < count; i++)
        window.used[i] = (entries[i] & (IS_PRESENT | IS_SWAPPED)) && !(entries[i] & unwanted);
    return true;
}

/* Shared memory is not in our page tables before it is read; the kernel knows what of it exists. */
static bool ask_about_shared(uintptr_t start, size_t count)
{
    static unsigned char resident[WINDOW_PAGES];
    if (mincore((void *)start, count * machine_page_bytes(), resident) != 0)
        return false;
    for (size_t i = 0; i < count; i++)
        window.used[i] = resident[i] & 1;
    return true;
}

static void look_at(uintptr_t page, const struct touched_pages *pages)
{
    size_t count = (pages->end - page + machine_page_bytes() - 1) / machine_page_bytes();
    if (count > WINDOW_PAGES)
        count = WINDOW_PAGES;
    bool is_written = pages->kind == TOUCHED_WRITTEN;
    bool known = pages->kind == TOUCHED_SHARED
                     ? ask_about_shared(page, count)
                     : ask_page_tables(page, count, is_written ? IS_OF_FILE : 0);
    for (size_t i = 0; !known && i < count; i++)
        window.used[i] = !is_written;
    window.start = page;
    window.end = page + count * machine_page_bytes();
}

static bool is_used(const struct touched_pages *pages, uintptr_t page)
{
    if (page < window.start || page >= window.end)
        look_at(page, pages);
    return window.used[(page - window.start) / machine_page_bytes()];
}

void touched_pages_start(struct touched_pages *pages, uintptr_t start, uintptr_t end,
                         enum touched_kind kind)
{
    *pages = (struct touched_pages){start, end, kind};
    window.start = window.end = 0;
}

static uintptr_t skip(const struct touched_pages *pages, uintptr_t from, bool used)
{
    uintptr_t page = from & ~(uintptr_t)(machine_page_bytes() - 1);
    while (page < pages->end && is_used(pages, page) == used)
        page += machine_page_bytes();
    page = page > from ? page : from;
    return page < pages->end ? page : pages->end;
}

bool touched_pages_next(struct touched_pages *pages, uintptr_t *from, uintptr_t *to)
{
    if (pages->at >= pages->end)
        return false;
    if (pages->kind == TOUCHED_PRIVATE && pages->end - pages->at < SMALL_BYTES) {
        *from = pages->at;
        *to = pages->at = pages->end;
        return true;
    }
    *from = skip(pages, pages->at, false);
    *to = pages->at = skip(pages, *from, true);
    return *from < *to;
}
