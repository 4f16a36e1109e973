/* SPDX-License-Identifier: MIT */
#include "report/record/stragglers.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "preload/recording.h"
#include "report/base/complain.h"
#include "report/record/launch.h"

enum { POLL_MS = 30, SILENT_MS = 1000 };

/* What the recordings say of processes that were started by others. */
struct started {
    bool any;
    bool in_flight; /* one of them has not noted itself yet */
};

static void add_started(struct started *started, int folder, const char *name)
{
    struct recording_header header;
    int file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

    if (file < 0)
        return;
    if (pread(file, &header, sizeof(header), 0) == (ssize_t)sizeof(header) &&
        header.version == RECORDING_VERSION) {
        started->any |= header.child_count > 0;
        started->in_flight |= header.forks_in_flight > 0;
    }
    close(file);
}

static struct started read_started(const char *session_path)
{
    DIR *folder = opendir(session_path);
    struct started started = {0};

    for (struct dirent *entry; folder && (entry = readdir(folder));)
        add_started(&started, dirfd(folder), entry->d_name);
    if (folder)
        closedir(folder);
    return started;
}

static bool maps_session(const char *pid, const char *session_path)
{
    char path[64], line[PATH_MAX + 128];
    size_t length = strlen(session_path);
    bool found = false;
    FILE *maps;

    snprintf(path, sizeof(path), "/proc/%.20s/maps", pid);
    maps = fopen(path, "re");
    while (maps && !found && fgets(line, sizeof(line), maps)) {
        const char *file = strchr(line, '/');

        found = file && strncmp(file, session_path, length) == 0 && file[length] == '/';
    }
    if (maps)
        fclose(maps);
    return found;
}

static unsigned count(const char *session_path)
{
    DIR *processes = opendir("/proc");
    unsigned found = 0;

    for (struct dirent *entry; processes && (entry = readdir(processes));)
        if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != getpid())
            found += maps_session(entry->d_name, session_path);
    if (processes)
        closedir(processes);
    return found;
}

/* Killed at birth, a child stays in flight forever. */
static void wait_for_births(const char *session_path)
{
    enum { LIMIT_MS = 2000, STEP_MS = 5 };
    const struct timespec pause = {0, STEP_MS * 1000000L};

    for (int waited_ms = 0;
         waited_ms < LIMIT_MS && read_started(session_path).in_flight && !launch_was_interrupted();
         waited_ms += STEP_MS)
        nanosleep(&pause, NULL);
}

void stragglers_wait(const char *session_path, uint64_t limit_ns)
{
    const struct timespec pause = {0, POLL_MS * 1000000L};
    uint64_t waited_ms = 0;
    unsigned alive;

    wait_for_births(session_path);
    if (!read_started(session_path).any)
        return;
    while ((alive = count(session_path)) > 0 && waited_ms * 1000000 < limit_ns &&
           !launch_was_interrupted()) {
        if (waited_ms / POLL_MS == SILENT_MS / POLL_MS)
            complain("%u process%s of the program still run%s: waiting %.0f seconds at most", alive,
                     alive == 1 ? "" : "es", alive == 1 ? "s" : "", (double)limit_ns / 1e9);
        nanosleep(&pause, NULL);
        waited_ms += POLL_MS;
    }
}
