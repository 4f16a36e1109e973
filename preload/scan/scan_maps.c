/* SPDX-License-Identifier: MIT */
#include "preload/scan/scan_maps.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "preload/base/private_memory.h"

struct scan_map *scan_maps;
size_t scan_maps_count;

enum { FIRST_TEXT_BYTES = 64 << 10, SHORTEST_LINE_BYTES = 32 };

static uintptr_t read_hex(char **text)
{
    uintptr_t value = 0;
    for (;; (*text)++) {
        unsigned digit = (unsigned)**text - '0';
        if (digit > 9)
            digit = (unsigned)**text - 'a' < 6 ? (unsigned)**text - 'a' + 10 : 16;
        if (digit > 15)
            return value;
        value = value << 4 | digit;
    }
}

static uint64_t read_decimal(const char *text)
{
    uint64_t value = 0;
    for (; (unsigned)*text - '0' < 10; text++)
        value = value * 10 + ((unsigned)*text - '0');
    return value;
}

static bool starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Drivers give their memory names that look like paths, and reading it may do anything: only a name
   where that very file is found is trusted, or the folder that it was deleted from. */
static bool is_regular_file(const char *name, size_t length, uint64_t inode)
{
    static const char deleted[] = " (deleted)";
    const size_t deleted_length = sizeof deleted - 1;
    char path[4096];
    struct stat found;
    if (length >= sizeof path)
        return false;
    memcpy(path, name, length);
    path[length] = 0;
    if (length <= deleted_length || strcmp(path + length - deleted_length, deleted) != 0)
        return stat(path, &found) == 0 && S_ISREG(found.st_mode) && found.st_ino == inode;
    path[length - deleted_length] = 0;
    char *folder_end = strrchr(path, '/');
    if (folder_end == path)
        return false;
    *folder_end = 0;
    return stat(path, &found) == 0 && S_ISDIR(found.st_mode);
}

static enum scan_map_kind kind_of(const char *name, bool shared, uint64_t inode)
{
    static const char *const memory[] = {"/dev/zero", "/memfd:", "/SYSV", "/dev/shm/", "/run/shm/"};
    if (*name == '\n' || starts_with(name, "[anon"))
        return shared ? SCAN_MAP_SHARED_MEMORY : SCAN_MAP_ANONYMOUS;
    if (starts_with(name, "[heap]"))
        return SCAN_MAP_HEAP;
    if (starts_with(name, "[stack"))
        return SCAN_MAP_STACK;
    for (size_t i = 0; shared && i < sizeof memory / sizeof *memory; i++)
        if (starts_with(name, memory[i]))
            return SCAN_MAP_SHARED_MEMORY;
    if (*name != '/' || starts_with(name, "/dev/"))
        return SCAN_MAP_OTHER;
    if (!shared)
        return SCAN_MAP_FILE;
    return is_regular_file(name, strcspn(name, "\n"), inode) ? SCAN_MAP_SHARED_FILE
                                                             : SCAN_MAP_OTHER;
}

/* "start-end rwxp offset dev inode   name\n" */
static char *parse_line(char *line, struct scan_map *map)
{
    map->start = read_hex(&line);
    line++;
    map->end = read_hex(&line);
    line++;
    map->readable = line[0] == 'r';
    map->writable = line[1] == 'w';
    map->shared = line[3] == 's';
    char *end = strchr(line, '\n');
    char *name = line;
    uint64_t inode = 0;
    for (int fields = 0; fields < 4 && name < end; fields++) {
        name += strcspn(name, " \n");
        name += strspn(name, " ");
        if (fields == 2)
            inode = read_decimal(name);
    }
    map->kind = kind_of(name, map->shared, inode);
    return end + 1;
}

/* All of it, ended by a NUL byte; NULL when there is no memory for it. The program may have limited
   its memory, so no more is taken than it needs. */
static char *read_text(int fd, size_t *used)
{
    size_t capacity = FIRST_TEXT_BYTES;
    char *text = private_memory_map(capacity);
    ssize_t count;
    while (text && (count = read(fd, text + *used, capacity - 1 - *used)) > 0) {
        *used += (size_t)count;
        if (*used + 1 < capacity)
            continue;
        char *larger = private_memory_map(2 * capacity);
        if (larger)
            memcpy(larger, text, *used);
        private_memory_unmap(text, capacity);
        text = larger;
        capacity *= 2;
    }
    return text;
}

bool scan_maps_read(void)
{
    size_t used = 0;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    char *text = fd >= 0 ? read_text(fd, &used) : NULL;
    size_t limit = used / SHORTEST_LINE_BYTES + 1;
    scan_maps = text ? private_memory_map(limit * sizeof *scan_maps) : NULL;
    if (fd >= 0)
        close(fd);
    scan_maps_count = 0;
    for (char *line = text; scan_maps && strchr(line, '\n') && scan_maps_count < limit;)
        line = parse_line(line, &scan_maps[scan_maps_count++]);
    return scan_maps_count > 0;
}

const struct scan_map *scan_maps_find(uintptr_t address)
{
    size_t low = 0, high = scan_maps_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (scan_maps[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < scan_maps_count && scan_maps[low].start <= address ? &scan_maps[low] : NULL;
}
