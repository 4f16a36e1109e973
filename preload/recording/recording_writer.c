/* SPDX-License-Identifier: MIT */
#include "preload/recording/recording_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preload/arch/machine.h"
#include "preload/base/memory_calls.h"
#include "preload/base/private_memory.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

/*
 * The file is made sparse and large once, while we hold its descriptor. Its parts are mapped when
 * they are needed: mremap with an old size of 0 maps a shared page again together with what follows
 * it in the file, and needs no descriptor. Reserves little address space ahead, so RLIMIT_AS and
 * mlockall barely matter.
 */
enum { SEGMENT_LIMIT = 1024 };
#define FILE_LIMIT_BYTES ((uint64_t)16 << 30)
#define FILE_MINIMUM_BYTES ((uint64_t)1 << 20)
#define SEGMENT_BYTES ((uint64_t)1 << 20)

struct segment {
    char *base;
    uint64_t start, end; /* file offsets; end is written last, 0 while unused */
};

static struct segment segments[SEGMENT_LIMIT];
static _Atomic unsigned segment_count;
static uint64_t file_bytes;
static char recording_path[4096];
static _Atomic unsigned
    disk_full_skips; /* after a failure: how many requests fail without another try */

/* Stands in for the header while there is no recording. */
static union {
    struct recording_header header;
    char page[RECORDING_PAGE_BYTES];
} no_recording;

struct recording_header *recording_header = &no_recording.header;

bool recording_is_open(void)
{
    return recording_header != &no_recording.header;
}

void recording_dropped(enum recording_drop cause)
{
    __atomic_fetch_add(&recording_header->dropped[cause], 1, __ATOMIC_RELAXED);
}

static char *append_text(char *at, const char *end, const char *text)
{
    while (*text && at + 1 < end)
        *at++ = *text++;
    *at = 0;
    return at;
}

static char *append_number(char *at, const char *end, unsigned long number)
{
    char digits[24];
    size_t i = sizeof digits - 1;
    digits[i] = 0;
    do {
        digits[--i] = (char)('0' + number % 10);
        number /= 10;
    } while (number);
    return append_text(at, end, digits + i);
}

static void format_path(const char *directory, unsigned number)
{
    char *at = recording_path, *end = recording_path + sizeof recording_path;
    at = append_text(at, end, directory);
    at = append_text(at, end, "/");
    at = append_number(at, end, (unsigned long)getpid());
    at = append_text(at, end, ".");
    at = append_number(at, end, number);
    append_text(at, end, ".lgr");
}

/* A pid has several recordings after exec, and when pids wrap around. */
static int open_new_file(const char *directory)
{
    if (strlen(directory) + 40 > sizeof recording_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    mkdir(directory, 0700);
    for (unsigned number = 0; number < 1000000; number++) {
        format_path(directory, number);
        int fd = open(recording_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0 || errno != EEXIST)
            return fd;
    }
    return -1;
}

/* Neither the file size limit (it would raise SIGXFSZ) nor the file system's may be passed. */
static uint64_t make_sparse(int fd)
{
    uint64_t bytes = FILE_LIMIT_BYTES;
    struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur < bytes)
        bytes = limit.rlim_cur & ~(uint64_t)(RECORDING_PAGE_BYTES - 1);
    while (bytes >= FILE_MINIMUM_BYTES && ftruncate(fd, (off_t)bytes) != 0)
        bytes = (bytes / 2) & ~(uint64_t)(RECORDING_PAGE_BYTES - 1);
    if (bytes >= FILE_MINIMUM_BYTES)
        return bytes;
    errno = limit.rlim_cur < FILE_MINIMUM_BYTES ? EFBIG : ENOSPC;
    return 0;
}

/* Kernels before 5.14 report a full disk only by SIGBUS: allocate the file's blocks instead. */
static bool allocate_by_path(uint64_t start, uint64_t size_bytes)
{
    int fd = open(recording_path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return true; /* chroot or lost privileges: hope for space */
    int failure = posix_fallocate(fd, (off_t)start, (off_t)size_bytes);
    close(fd);
    return failure == 0;
}

/* Touching a hole of a full disk would be SIGBUS in the target. */
static bool make_touchable(char *memory, uint64_t start, uint64_t size_bytes)
{
    uintptr_t first = machine_page_of((uintptr_t)memory);
    if (madvise((void *)first, (uintptr_t)memory + size_bytes - first, MADV_POPULATE_WRITE) == 0)
        return true;
    return errno == EINVAL && allocate_by_path(start, size_bytes);
}

static struct segment *segment_add(char *base, uint64_t start, uint64_t end)
{
    unsigned index = atomic_fetch_add(&segment_count, 1);
    if (index >= SEGMENT_LIMIT) {
        atomic_fetch_sub(&segment_count, 1);
        return NULL;
    }
    private_memory_note(base, end - start);
    segments[index].base = base;
    segments[index].start = start;
    __atomic_store_n(&segments[index].end, end, __ATOMIC_RELEASE);
    return &segments[index];
}

static struct segment *segment_find(uint64_t start, uint64_t end)
{
    for (unsigned i = atomic_load(&segment_count); i-- > 0;) {
        uint64_t segment_end = __atomic_load_n(&segments[i].end, __ATOMIC_ACQUIRE);
        if (end <= segment_end && start >= segments[i].start)
            return &segments[i];
    }
    return NULL;
}

/* The last mapped page at or before `offset` in the file: what follows can be mapped from it. */
static char *last_mapped_page(uint64_t offset, uint64_t *page_offset)
{
    char *page = NULL;
    for (unsigned i = 0; i < atomic_load(&segment_count); i++) {
        uint64_t end = __atomic_load_n(&segments[i].end, __ATOMIC_ACQUIRE);
        if (!end || segments[i].start > offset)
            continue;
        uint64_t last_of_all = end - machine_page_bytes();
        uint64_t last = last_of_all < offset ? last_of_all : machine_page_of(offset);
        if (!page || last > *page_offset) {
            *page_offset = last;
            page = segments[i].base + (last - segments[i].start);
        }
    }
    return page;
}

static struct segment *segment_map(uint64_t start, uint64_t end)
{
    uint64_t from = 0;
    char *page = last_mapped_page(start, &from);
    uint64_t ahead = end / 8 < SEGMENT_BYTES ? SEGMENT_BYTES : end / 8;
    /* Whole pages: the next segment is mapped from the last one. */
    uint64_t to = machine_page_of(end + ahead < file_bytes ? end + ahead : file_bytes);
    if (!page || end > to)
        return NULL;
    char *base = memory_call_remap(page, 0, to - from, MREMAP_MAYMOVE, NULL);
    if (base == MAP_FAILED)
        return NULL;
    struct segment *segment = segment_add(base, from, to);
    if (!segment)
        memory_call_unmap(base, to - from);
    return segment;
}

static char *address_of(uint64_t start, uint64_t size_bytes)
{
    struct segment *segment = segment_find(start, start + size_bytes);
    if (!segment)
        segment = segment_map(start, start + size_bytes);
    return segment ? segment->base + (start - segment->start) : NULL;
}

static bool refuse(void)
{
    atomic_store(&disk_full_skips, 1000);
    recording_dropped(RECORDING_DROP_FILE);
    return false;
}

/* Takes whole pages of the file and makes sure that they can be written. */
static bool take_pages(uint64_t size_bytes, uint64_t *start, char **memory)
{
    if (!recording_is_open())
        return false;
    if (atomic_load(&disk_full_skips) > 0) {
        atomic_fetch_sub(&disk_full_skips, 1);
        recording_dropped(RECORDING_DROP_FILE);
        return false;
    }
    *start = __atomic_fetch_add(&recording_header->used_bytes, size_bytes, __ATOMIC_RELAXED);
    int saved_errno = errno;
    *memory = address_of(*start, size_bytes);
    bool touchable = *memory && make_touchable(*memory, *start, size_bytes);
    errno = saved_errno;
    if (touchable)
        return true;
    /* Give the space back if nobody took more behind it. */
    uint64_t end = *start + size_bytes;
    __atomic_compare_exchange_n(&recording_header->used_bytes, &end, *start, false,
                                __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    return refuse();
}

struct recording_chunk *recording_chunk_new(enum recording_chunk_type type, uint64_t key,
                                            uint32_t slot, uint32_t sequence, size_t payload_bytes)
{
    uint64_t size_bytes =
        (sizeof(struct recording_chunk) + payload_bytes + RECORDING_PAGE_BYTES - 1) &
        ~(uint64_t)(RECORDING_PAGE_BYTES - 1);
    uint64_t start;
    char *memory;
    if (!take_pages(size_bytes, &start, &memory))
        return NULL;
    struct recording_chunk *chunk = (struct recording_chunk *)memory;
    chunk->pages = (uint32_t)(size_bytes / RECORDING_PAGE_BYTES);
    chunk->key = key;
    chunk->slot = slot;
    chunk->sequence = sequence;
    __atomic_store_n(&chunk->type, (uint32_t)type, __ATOMIC_RELEASE);
    return chunk;
}

uint64_t recording_offset(const void *memory)
{
    for (unsigned i = atomic_load(&segment_count); i-- > 0;) {
        uint64_t end = __atomic_load_n(&segments[i].end, __ATOMIC_ACQUIRE);
        uint64_t distance = (uint64_t)((const char *)memory - segments[i].base);
        if ((const char *)memory >= segments[i].base && distance < end - segments[i].start)
            return segments[i].start + distance;
    }
    return 0;
}

void *recording_address(uint64_t offset, uint64_t size_bytes)
{
    return recording_is_open() ? address_of(offset, size_bytes) : NULL;
}

void recording_forget(void *memory, size_t size_bytes)
{
    uintptr_t start = machine_page_end((uintptr_t)memory);
    uintptr_t end = machine_page_of((uintptr_t)memory + size_bytes);
    int saved_errno = errno;
    if (start < end)
        madvise((void *)start, end - start, MADV_REMOVE);
    errno = saved_errno;
}

enum { STRINGS_PAYLOAD_BYTES = 4 * RECORDING_PAGE_BYTES - sizeof(struct recording_chunk) };
static struct recording_chunk *_Atomic strings;

uint64_t recording_string(const char *bytes, size_t length)
{
    size_t size_bytes = (sizeof(struct recording_string) + length + 3) & ~(size_t)3;
    struct recording_chunk *chunk = atomic_load(&strings);
    for (int tries = 0; tries < 2; tries++) {
        size_t capacity = chunk ? chunk->pages * RECORDING_PAGE_BYTES - sizeof *chunk : 0;
        uint64_t at = chunk ? __atomic_fetch_add(&chunk->used, size_bytes, __ATOMIC_RELAXED) : 0;
        if (chunk && at + size_bytes <= capacity) {
            struct recording_string *string = (void *)((char *)recording_chunk_payload(chunk) + at);
            memcpy(string->bytes, bytes, length);
            __atomic_store_n(&string->length, (uint32_t)length, __ATOMIC_RELEASE);
            return recording_offset(string);
        }
        if (chunk)
            __atomic_fetch_sub(&chunk->used, size_bytes, __ATOMIC_RELAXED);
        size_t payload = size_bytes > STRINGS_PAYLOAD_BYTES ? size_bytes : STRINGS_PAYLOAD_BYTES;
        chunk = recording_chunk_new(RECORDING_CHUNK_STRINGS, 0, 0, 0, payload);
        if (!chunk)
            return 0;
        atomic_store(&strings, chunk);
    }
    return 0;
}

static void fill_header(struct recording_header *header)
{
    memcpy(header->magic, RECORDING_MAGIC, sizeof header->magic);
    header->byte_order = RECORDING_BYTE_ORDER;
    header->version = RECORDING_VERSION;
    header->header_bytes = sizeof *header;
    header->page_bytes = RECORDING_PAGE_BYTES;
    header->used_bytes = RECORDING_PAGE_BYTES;
    header->pointer_bytes = sizeof(void *);
}

static bool map_new_file(int fd)
{
    file_bytes = make_sparse(fd);
    if (!file_bytes)
        return false;
    uint64_t first = SEGMENT_BYTES < file_bytes ? SEGMENT_BYTES : file_bytes;
    char *base = memory_call_map(NULL, first, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (base == MAP_FAILED)
        return false;
    /* What lies ahead is a hole: to read it would be to clear megabytes. Later segments inherit it.
     */
    madvise(base, first, MADV_RANDOM);
    if (!make_touchable(base, 0, RECORDING_PAGE_BYTES)) {
        memory_call_unmap(base, first);
        errno = ENOSPC;
        return false;
    }
    segment_add(base, 0, first);
    fill_header((struct recording_header *)base);
    recording_header = (struct recording_header *)base;
    return true;
}

void recording_detach(struct recording_detached *detached)
{
    detached->count = atomic_load(&segment_count);
    for (unsigned i = 0; i < detached->count && i < RECORDING_DETACHED_LIMIT; i++) {
        detached->memory[i] = segments[i].base;
        detached->size_bytes[i] = segments[i].end - segments[i].start;
    }
    memset(segments, 0, sizeof segments[0] * detached->count);
    atomic_store(&segment_count, 0);
    atomic_store(&strings, NULL);
    atomic_store(&disk_full_skips, 0);
    memset(&no_recording, 0, sizeof no_recording);
    recording_header = &no_recording.header;
}

void recording_release(struct recording_detached *detached)
{
    for (unsigned i = 0; i < detached->count && i < RECORDING_DETACHED_LIMIT; i++)
        private_memory_unmap(detached->memory[i], detached->size_bytes[i]);
}

bool recording_create(const char *directory)
{
    int fd = open_new_file(directory);
    if (fd < 0)
        return false;
    bool mapped = map_new_file(fd);
    int failure = errno;
    close(fd);
    if (!mapped) {
        unlink(recording_path);
        errno = failure;
    }
    return mapped;
}

static bool is_zero(const char *page)
{
    const uint64_t *words = (const uint64_t *)page;
    uint64_t any = 0;
    for (size_t i = 0; i < RECORDING_PAGE_BYTES / sizeof *words; i++)
        any |= words[i];
    return any == 0;
}

void recording_give_back_zeros(void)
{
    uint64_t end = recording_header->used_bytes, from = RECORDING_PAGE_BYTES;
    if (!recording_is_open() || end > segments[0].end)
        return;
    for (uint64_t at = from; at <= end; at += RECORDING_PAGE_BYTES) {
        if (at < end && is_zero(segments[0].base + at))
            continue;
        recording_forget(segments[0].base + from, at - from);
        from = at + RECORDING_PAGE_BYTES;
    }
}

void recording_trim(uint64_t room_bytes)
{
    if (!recording_is_open())
        return;
    uint64_t wanted = recording_header->used_bytes + room_bytes;
    int fd = wanted < file_bytes ? open(recording_path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    if (ftruncate(fd, (off_t)wanted) == 0)
        file_bytes = wanted;
    close(fd);
}
