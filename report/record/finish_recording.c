/* SPDX-License-Identifier: MIT */
#include "report/record/finish_recording.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/time_now.h"
#include "preload/recording.h"
#include "report/record/launch.h"

enum { SCAN_LIMIT_MS = 60000, SCAN_POLL_MS = 10 };

struct ended_program {
    pid_t pid;
    int wait_status;
};

static bool read_header(int file, struct recording_header *header)
{
    return pread(file, header, sizeof(*header), 0) == (ssize_t)sizeof(*header) &&
           memcmp(header->magic, RECORDING_MAGIC, sizeof(header->magic)) == 0 &&
           header->byte_order == RECORDING_BYTE_ORDER && header->version == RECORDING_VERSION;
}

struct open_recording {
    int file;
    const char *name; /* in its folder */
};

/*
 * Cutting a file that a process has mapped would kill that process, so ask the mappings themselves.
 * On some file systems (overlayfs, btrfs) they show another device than stat() does, hence the
 * comparison by name. A process whose maps we may not read counts as having it mapped.
 */
static bool is_mapped_by(const struct open_recording *recording, pid_t pid)
{
    char path[64], line[PATH_MAX + 128], inode[64], name[NAME_MAX + 2];
    struct stat status;
    bool found = false;
    FILE *maps;

    snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
    maps = fopen(path, "re");
    if (!maps)
        return errno != ENOENT && errno != ESRCH;
    fstat(recording->file, &status);
    snprintf(inode, sizeof(inode), " %02x:%02x %ju ", major(status.st_dev), minor(status.st_dev),
             (uintmax_t)status.st_ino);
    snprintf(name, sizeof(name), "/%s", recording->name);
    while (!found && fgets(line, sizeof(line), maps))
        found = strstr(line, inode) || strstr(line, name);
    if (ferror(maps) && errno != ESRCH)
        found = true;
    fclose(maps);
    return found;
}

/* The child that scans the heap for the last snapshot may outlive its process. ^C ends the wait. */
static void wait_for_scan(const struct open_recording *recording, struct recording_header *header)
{
    const struct timespec pause = {0, SCAN_POLL_MS * 1000000L};

    for (int waited_ms = 0; waited_ms < SCAN_LIMIT_MS && header->snapshot_child;
         waited_ms += SCAN_POLL_MS) {
        if (!is_mapped_by(recording, (pid_t)header->snapshot_child) || launch_was_interrupted())
            break;
        nanosleep(&pause, NULL);
        if (!read_header(recording->file, header))
            break;
    }
}

static void write_field(int file, size_t offset, const void *value, size_t size)
{
    if (pwrite(file, value, size, (off_t)offset) != (ssize_t)size)
        return; /* the disk is full: the recording goes on to say "running", which is what it knew
                 */
}
#define WRITE_FIELD(file, header, field)                                                           \
    write_field(file, offsetof(struct recording_header, field), &(header)->field,                  \
                sizeof((header)->field))

/* The process is gone and did not say how: SIGKILL, or an exit that went past all our hooks. */
static void mark_ended(int file, struct recording_header *header,
                       const struct ended_program *program)
{
    bool is_program = header->pid == program->pid;

    header->ended = RECORDING_KILLED;
    header->status = 0;
    if (is_program && WIFSIGNALED(program->wait_status)) {
        header->status = WTERMSIG(program->wait_status);
    } else if (is_program) {
        header->ended = RECORDING_EXIT;
        header->status = WEXITSTATUS(program->wait_status);
    }
    if (header->unchecked == RECORDING_CHECKED && header->snapshot_count == 0) {
        header->unchecked = RECORDING_NO_SNAPSHOT;
        WRITE_FIELD(file, header, unchecked);
    }
    if (header->ended_ns == 0) {
        header->ended_ns = time_now_ns();
        WRITE_FIELD(file, header, ended_ns);
    }
    WRITE_FIELD(file, header, status);
    WRITE_FIELD(file, header, ended);
}

static void cut_to_used(int file, const struct recording_header *header)
{
    uint64_t bytes = (header->used_bytes + RECORDING_PAGE_BYTES - 1) / RECORDING_PAGE_BYTES *
                     RECORDING_PAGE_BYTES;
    struct stat status;

    if (bytes >= RECORDING_PAGE_BYTES && fstat(file, &status) == 0 &&
        bytes < (uint64_t)status.st_size && ftruncate(file, (off_t)bytes) != 0)
        return; /* it stays sparse: it looks big, but takes no more disk */
}

/* Once nobody maps it any more, nobody writes it: what was read before may be older than that. */
static bool is_complete(const struct open_recording *recording, struct recording_header *header)
{
    if (is_mapped_by(recording, header->pid))
        return false;
    wait_for_scan(recording, header);
    if (header->snapshot_child && is_mapped_by(recording, (pid_t)header->snapshot_child))
        return false;
    return read_header(recording->file, header);
}

static void finish_one(const struct open_recording *recording, const struct ended_program *program,
                       struct finished *finished)
{
    struct recording_header header;

    if (!read_header(recording->file, &header))
        return;
    finished->processes +=
        header.ended != RECORDING_EXEC; /* all images of a process but the last */
    finished->was_another |= header.pid == program->pid && header.ended == RECORDING_EXEC;
    if (header.pid == program->pid && header.ended != RECORDING_EXEC) {
        finished->has_program = true;
        finished->unseen = (enum recording_unseen)header.unseen;
    }
    if (!is_complete(recording, &header))
        return;
    if (header.ended == RECORDING_RUNNING)
        mark_ended(recording->file, &header, program);
    cut_to_used(recording->file, &header);
}

static void finish_named(DIR *directory, const char *name, const struct ended_program *program,
                         struct finished *finished)
{
    size_t length = strlen(name);
    struct open_recording recording = {-1, name};

    if (length > 4 && strcmp(name + length - 4, ".lgr") == 0)
        recording.file =
            openat(dirfd(directory), name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (recording.file < 0)
        return;
    finish_one(&recording, program, finished);
    close(recording.file);
}

void finish_recordings(const char *session_path, pid_t program, int wait_status,
                       struct finished *finished)
{
    const struct ended_program ended = {program, wait_status};
    DIR *directory = opendir(session_path);
    struct dirent *entry;

    *finished = (struct finished){0};
    while (directory && (entry = readdir(directory)))
        finish_named(directory, entry->d_name, &ended, finished);
    if (directory)
        closedir(directory);
}
