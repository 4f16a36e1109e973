/* SPDX-License-Identifier: MIT */
#include "analyzer/model.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/base/arena.h"
#include "analyzer/process.h"
#include "analyzer/recording/children.h"
#include "analyzer/recording/recording_reader.h"
#include "analyzer/symbols/symbols.h"
#include "analyzer/base/text.h"

struct owned {
    struct session session;
    struct arena *arena;
    struct symbols *symbols;
    struct recording recording; /* the one being read */
    DIR *folder;
    const char **paths; /* of recordings */
    size_t path_count, path_capacity;
    struct error *damaged;
    struct children children;
    const char *path;               /* the caller's */
    struct session_options options; /* the caller's, and what the path asks for */
};

/* --- which files --- */

static void add_path(struct owned *owned, const char *path)
{
    owned->paths = arena_grow(owned->arena, owned->paths, owned->path_count, &owned->path_capacity,
                              sizeof(*owned->paths));
    owned->paths[owned->path_count++] = path;
}

static bool is_recording_name(const char *name)
{
    static const char suffix[] = ".lgr";
    size_t length = strlen(name);
    return length >= sizeof suffix && strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

static int compare_paths(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static bool list_folder(struct owned *owned, const char *path, struct error *error)
{
    owned->folder = opendir(path);
    if (!owned->folder)
        return error_set(error, "%.200s: %s", path, strerror(errno));
    for (struct dirent *entry; (entry = readdir(owned->folder));)
        if (is_recording_name(entry->d_name))
            add_path(owned, arena_printf(owned->arena, "%s/%s", path, entry->d_name));
    if (owned->path_count == 0)
        return error_set(error, "%.200s: no recording (*.lgr) in it", path);
    qsort(owned->paths, owned->path_count, sizeof(*owned->paths), compare_paths);
    return true;
}

/* "PATH@2" means snapshot 2 of PATH, unless there is a file with just that name. */
static const char *split_number(struct owned *owned, const char *path)
{
    struct stat status;
    const char *at = strrchr(path, '@');
    size_t digits = at ? strspn(at + 1, "0123456789") : 0;
    if (!digits || digits > 18 || at[1 + digits] || stat(path, &status) == 0)
        return path;
    owned->options.snapshot = strtoull(at + 1, NULL, 10);
    return arena_copy(owned->arena, path, (size_t)(at - path));
}

/* Most likely a newcomer who has not recorded yet. */
static bool no_session(const char *path, int reason, struct error *error)
{
    return error_set(error, "%.200s: %s%s", path, strerror(reason),
                     reason == ENOENT ? "; record first: leakgraph record -- PROGRAM" : "");
}

static bool list_paths(struct owned *owned, const char *path, struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return no_session(path, errno, error);
    if (S_ISDIR(status.st_mode))
        return list_folder(owned, path, error);
    add_path(owned, arena_copy(owned->arena, path, strlen(path)));
    return true;
}

/* --- reading them --- */

static bool read_process(struct owned *owned, const char *path, struct process *process,
                         struct error *error)
{
    struct arena *tables = arena_child(owned->arena);
    bool done = recording_open(&owned->recording, tables, path, error) &&
                process_analyse(process, owned->arena, &owned->recording, &owned->options,
                                owned->symbols, error);
    if (done)
        children_collect(&owned->children, &owned->recording);
    recording_close(&owned->recording);
    arena_free(tables);
    return done;
}

static int compare_starts(const void *left, const void *right)
{
    const struct process *one = left, *other = right;
    if (one->started_realtime_ns != other->started_realtime_ns)
        return one->started_realtime_ns < other->started_realtime_ns ? -1 : 1;
    return strcmp(one->path, other->path);
}

static bool read_all(struct owned *owned, struct error *error)
{
    struct session *session = &owned->session;
    owned->symbols = symbols_new(owned->arena, owned->options.without_symbols);
    session->processes = arena_array(owned->arena, owned->path_count, sizeof *session->processes);
    owned->damaged = arena_array(owned->arena, owned->path_count, sizeof *owned->damaged);
    session->damaged = owned->damaged;
    owned->children.arena = owned->arena;
    for (size_t i = 0; i < owned->path_count; i++) {
        struct error *damage = &owned->damaged[session->damaged_count];
        if (read_process(owned, owned->paths[i], &session->processes[session->process_count],
                         damage))
            session->process_count++;
        else
            session->damaged_count++;
    }
    if (session->process_count == 0) {
        *error = owned->damaged[0];
        return false;
    }
    qsort(session->processes, session->process_count, sizeof *session->processes, compare_starts);
    session->unrecorded = children_unrecorded(&owned->children, &session->unrecorded_count);
    return true;
}

/* Not every process needs to have that many snapshots, but one must. */
static bool check_number(const struct owned *owned, struct error *error)
{
    uint64_t most = 0;
    for (size_t i = 0; i < owned->session.process_count; i++) {
        const struct process *process = &owned->session.processes[i];
        for (size_t k = 0; k < process->snapshot_count; k++) {
            const struct snapshot *snapshot = &process->snapshots[k];
            if (snapshot->number == owned->options.snapshot && snapshot->state == SNAPSHOT_COMPLETE)
                return true;
            if (snapshot->number > most)
                most = snapshot->number;
        }
    }
    return owned->options.snapshot == 0 ||
           error_set(error,
                     "%.200s: there is no snapshot %" PRIu64 " with a graph (%" PRIu64
                     " were taken)",
                     owned->session.path, owned->options.snapshot, most);
}

static bool load(void *context, struct error *error)
{
    struct owned *owned = context;
    const char *path = split_number(owned, owned->path);
    owned->session.path = text_utf8(owned->arena, path, strlen(path));
    return list_paths(owned, path, error) && read_all(owned, error) && check_number(owned, error);
}

static void close_files(struct owned *owned)
{
    recording_close(&owned->recording);
    symbols_free(owned->symbols);
    owned->symbols = NULL;
    if (owned->folder)
        closedir(owned->folder);
    owned->folder = NULL;
}

struct session *session_load(const char *path, const struct session_options *options,
                             struct error *error)
{
    struct owned *owned = calloc(1, sizeof *owned);
    if (owned) {
        owned->recording.descriptor = -1;
        owned->session.owned = owned;
        owned->arena = arena_new();
        owned->path = path;
        if (options)
            owned->options = *options;
    }
    if (!owned || !owned->arena) {
        free(owned);
        error_set(error, "%.200s: not enough memory", path);
        return NULL;
    }
    bool done = arena_try(owned->arena, load, owned, path, error);
    close_files(owned);
    if (!done) {
        session_free(&owned->session);
        return NULL;
    }
    return &owned->session;
}

void session_free(struct session *session)
{
    if (!session)
        return;
    struct owned *owned = session->owned;
    close_files(owned);
    arena_free(owned->arena);
    free(owned);
}
