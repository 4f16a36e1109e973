/* SPDX-License-Identifier: MIT */
#include "preload/base/proc_file.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

char *proc_file_read(const char *path, char *text, size_t capacity)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    size_t used = 0;
    ssize_t count;
    while (used + 1 < capacity && (count = read(fd, text + used, capacity - 1 - used)) > 0)
        used += (size_t)count;
    close(fd);
    text[used] = 0;
    return used ? text : NULL;
}

char *proc_file_read_of_thread(int32_t tid, const char *name, char *text, size_t capacity)
{
    char path[64] = "/proc/self/task/", digits[12];
    size_t length = strlen(path), first = sizeof digits;
    for (; tid > 0; tid /= 10)
        digits[--first] = (char)('0' + tid % 10);
    memcpy(path + length, digits + first, sizeof digits - first);
    length += sizeof digits - first;
    path[length++] = '/';
    strncpy(path + length, name, sizeof path - length - 1);
    return proc_file_read(path, text, capacity);
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;
}

size_t proc_file_numbers(const char *text, uintptr_t *numbers, size_t capacity)
{
    size_t count = 0;
    while (count < capacity) {
        while (*text == ' ' || *text == '\n')
            text++;
        bool is_negative = *text == '-';
        text += is_negative;
        unsigned base = text[0] == '0' && text[1] == 'x' ? 16 : 10;
        text += base == 16 ? 2 : 0;
        const char *start = text;
        uintptr_t value = 0;
        for (; (unsigned)digit_value(*text) < base; text++)
            value = value * base + (uintptr_t)digit_value(*text);
        if (text == start)
            break;
        numbers[count++] = is_negative ? -value : value;
    }
    return count;
}

const char *proc_file_stat_fields(const char *stat)
{
    const char *end_of_name = stat ? strrchr(stat, ')') : NULL;
    return end_of_name && strlen(end_of_name) >= 5 ? end_of_name + 2 : NULL;
}

struct directory_entry {
    uint64_t inode;
    int64_t offset;
    unsigned short length;
    unsigned char type;
    char name[];
};

bool proc_tasks_open(struct proc_tasks *tasks)
{
    tasks->fd = open("/proc/self/task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    tasks->bytes = tasks->at = 0;
    return tasks->fd >= 0;
}

int32_t proc_tasks_next(struct proc_tasks *tasks)
{
    for (;;) {
        if (tasks->at >= tasks->bytes) {
            tasks->bytes =
                syscall(SYS_getdents64, tasks->fd, tasks->entries, sizeof tasks->entries);
            tasks->at = 0;
            if (tasks->bytes <= 0)
                return 0;
        }
        const struct directory_entry *entry = (const void *)(tasks->entries + tasks->at);
        tasks->at += entry->length;
        uintptr_t tid;
        if (entry->name[0] != '.' && proc_file_numbers(entry->name, &tid, 1) == 1)
            return (int32_t)tid;
    }
}

void proc_tasks_close(struct proc_tasks *tasks)
{
    close(tasks->fd);
}

/* "start-end rwxp ...": what has been read of a line. */
struct maps_line {
    enum { MAPS_START, MAPS_END, MAPS_REST } part;
    uintptr_t ends[2];
};

static bool add_to_line(struct maps_line *line, char byte)
{
    if (byte == '\n')
        return true;
    if (line->part == MAPS_REST)
        return false;
    if (byte == '-' || byte == ' ')
        line->part++;
    else
        line->ends[line->part] =
            line->ends[line->part] << 4 | (uintptr_t)(byte <= '9' ? byte - '0' : byte - 'a' + 10);
    return false;
}

bool proc_maps_each(void (*visit)(uintptr_t start, uintptr_t end, void *context), void *context)
{
    char text[4096];
    struct maps_line line = {0};
    ssize_t count;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    while ((count = read(fd, text, sizeof text)) > 0)
        for (ssize_t i = 0; i < count; i++)
            if (add_to_line(&line, text[i])) {
                visit(line.ends[0], line.ends[1], context);
                line = (struct maps_line){0};
            }
    close(fd);
    return count == 0;
}
