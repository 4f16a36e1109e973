/* SPDX-License-Identifier: MIT */
#include "report/record/running_recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/proc_stat.h"

/* --- files of /proc --- */

static FILE *open_proc(pid_t pid, const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    return fopen(path, "re");
}

/* A signal mask in a file of lines like "SigCgt:\t0000000180014a07". */
static uint64_t signal_mask(const char *path, const char *name)
{
    char line[256];
    uint64_t mask = 0;
    FILE *file = fopen(path, "re");

    while (file && fgets(line, sizeof(line), file))
        if (strncmp(line, name, strlen(name)) == 0)
            mask = strtoull(line + strlen(name), NULL, 16);
    if (file)
        fclose(file);
    return mask;
}

bool running_recording_takes_signal(const struct running_recording *running, unsigned number)
{
    uint64_t bit = number ? 1ull << (number - 1) : 0;
    char path[PATH_MAX];
    struct dirent *task;
    bool takes = false;
    DIR *tasks;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)running->pid);
    if (!(signal_mask(path, "SigCgt:") & bit))
        return false;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)running->pid);
    tasks = opendir(path);
    while (tasks && !takes && (task = readdir(tasks))) {
        snprintf(path, sizeof(path), "/proc/%d/task/%.20s/status", (int)running->pid, task->d_name);
        takes = task->d_name[0] != '.' && !(signal_mask(path, "SigBlk:") & bit);
    }
    if (tasks)
        closedir(tasks);
    return takes;
}

bool running_recording_child_is_gone(const struct running_recording *running)
{
    pid_t child = (pid_t)running->header->snapshot_child;

    return child > 0 && running->header->pid == running->pid && !proc_stat_start_ticks(child);
}

/* --- the mapping --- */

/* One line of /proc/PID/maps. */
struct mapping {
    uint64_t start, end, offset, inode;
    char access[8];
    char path[PATH_MAX + 32];
};

static bool parse_mapping(const char *line, struct mapping *mapping)
{
    mapping->path[0] = '\0';
    return sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %" SCNx64 " %*s %" SCNu64 " %4127[^\n]",
                  &mapping->start, &mapping->end, mapping->access, &mapping->offset,
                  &mapping->inode, mapping->path) >= 5;
}

/* The header is at the start of the file. */
static bool is_recording(const struct mapping *mapping)
{
    static const char suffix[] = ".lgr", deleted[] = " (deleted)";
    size_t length = strlen(mapping->path);

    if (length > strlen(deleted) && strcmp(mapping->path + length - strlen(deleted), deleted) == 0)
        length -= strlen(deleted);
    return mapping->offset == 0 && strcmp(mapping->access, "rw-s") == 0 &&
           length > strlen(suffix) &&
           memcmp(mapping->path + length - strlen(suffix), suffix, strlen(suffix)) == 0;
}

static bool find_mapping(pid_t pid, struct mapping *mapping, struct error *error)
{
    char line[PATH_MAX + 256];
    bool found = false;
    FILE *maps = open_proc(pid, "maps");

    while (maps && !found && fgets(line, sizeof(line), maps))
        found = parse_mapping(line, mapping) && is_recording(mapping);
    if (!maps)
        return error_set(error, "process %d: its mappings cannot be read: %s", (int)pid,
                         strerror(errno));
    fclose(maps);
    return found ||
           error_set(error, "process %d is not recorded: it was started without `leakgraph record`",
                     (int)pid);
}

/*
 * Opens it by its path in the process's own file system or, with enough rights, through the mapping
 * itself.
 */
static int open_mapped(pid_t pid, const struct mapping *mapping)
{
    char path[PATH_MAX + 64];
    struct stat status;
    int file;

    snprintf(path, sizeof(path), "/proc/%d/root%s", (int)pid, mapping->path);
    file = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file >= 0 && (fstat(file, &status) != 0 || status.st_ino != mapping->inode)) {
        close(file);
        file = -1;
        errno = ENOENT;
    }
    if (file >= 0)
        return file;
    snprintf(path, sizeof(path), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)pid,
             mapping->start, mapping->end);
    return open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
}

static bool check_header(const struct running_recording *running, struct error *error)
{
    const struct recording_header *header = running->header;

    if (memcmp(header->magic, RECORDING_MAGIC, sizeof(header->magic)) != 0 ||
        header->version != RECORDING_VERSION || header->header_bytes != sizeof(*header))
        return error_set(error, "process %d is recorded by another version of leakgraph",
                         (int)running->pid);
    if (header->pid !=
            proc_stat_own_pid(running->pid) || /* a child may start within the same tick */
        header->process_start_ticks != proc_stat_start_ticks(running->pid))
        return error_set(error,
                         "process %d is not recorded yet: it has allocated nothing since its fork",
                         (int)running->pid);
    return true;
}

bool running_recording_open(struct running_recording *running, pid_t pid, struct error *error)
{
    struct mapping mapping;
    void *page;

    *running = (struct running_recording){.pid = pid, .descriptor = -1};
    if (!proc_stat_start_ticks(pid))
        return error_set(error, "there is no process %d", (int)pid);
    if (!find_mapping(pid, &mapping, error))
        return false;
    snprintf(running->path, sizeof(running->path), "%.*s", (int)sizeof(running->path) - 1,
             mapping.path);
    running->descriptor = open_mapped(pid, &mapping);
    if (running->descriptor < 0)
        return error_set(error, "%.200s, the recording of process %d: %s", mapping.path, (int)pid,
                         strerror(errno));
    page = mmap(NULL, RECORDING_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, running->descriptor,
                0);
    if (page == MAP_FAILED)
        return error_set(error, "%.200s: %s", running->path, strerror(errno));
    running->header = page;
    return check_header(running, error);
}

void running_recording_close(struct running_recording *running)
{
    if (running->header)
        munmap(running->header, RECORDING_PAGE_BYTES);
    if (running->descriptor >= 0)
        close(running->descriptor);
    *running = (struct running_recording){.descriptor = -1};
}

bool running_recording_is_alive(const struct running_recording *running)
{
    return running->header->ended == RECORDING_RUNNING &&
           proc_stat_start_ticks(running->pid) == running->header->process_start_ticks;
}
