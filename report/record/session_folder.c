/* SPDX-License-Identifier: MIT */
#include "report/record/session_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_NAME ".lock"
enum { MOST_ALONE = 1000 };

/* What is in a folder; `foreign` names one file that does not belong to a session. */
struct contents {
    bool has_recordings, has_lock;
    char foreign[NAME_MAX + 1];
};

static bool is_recording(const char *name)
{
    size_t length = strlen(name);

    return length > 4 && strcmp(name + length - 4, ".lgr") == 0;
}

/* Files that a killed `record` left half written, too. */
static bool is_timeline(const char *name)
{
    const char *ending = strstr(name, ".timeline");

    return ending && (ending[9] == 0 || ending[9] == '.');
}

static bool is_part_of_session(const char *name)
{
    return is_recording(name) || is_timeline(name) || strcmp(name, LOCK_NAME) == 0;
}

static bool look_into(const char *path, struct contents *contents)
{
    DIR *directory = opendir(path);
    struct dirent *entry;

    *contents = (struct contents){0};
    if (!directory)
        return false;
    while ((entry = readdir(directory))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (is_recording(entry->d_name))
            contents->has_recordings = true;
        else if (strcmp(entry->d_name, LOCK_NAME) == 0)
            contents->has_lock = true;
        else if (!is_part_of_session(entry->d_name))
            strcpy(contents->foreign, entry->d_name);
    }
    closedir(directory);
    return true;
}

static bool remove_session(const char *path, struct error *error)
{
    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *directory = folder >= 0 ? fdopendir(folder) : NULL;
    struct dirent *entry;

    while (directory && (entry = readdir(directory)))
        if (is_part_of_session(entry->d_name))
            unlinkat(dirfd(directory), entry->d_name, 0);
    if (directory)
        closedir(directory);
    return rmdir(path) == 0 || error_set(error, "%s: cannot be removed: %s", path, strerror(errno));
}

/* Removes the earlier .old if it is a session and nothing else. */
static enum session_folder_state clear_old(const char *old_path, struct error *error)
{
    struct contents contents;
    struct stat status;

    if (lstat(old_path, &status) != 0)
        return SESSION_FOLDER_READY;
    if (S_ISLNK(status.st_mode)) {
        error_set(error, "%s is in the way: it is a symbolic link, whose target is left alone",
                  old_path);
        return SESSION_FOLDER_REFUSED;
    }
    if (!look_into(old_path, &contents)) {
        error_set(error, "%s: %s", old_path, strerror(errno));
        return errno == ENOTDIR ? SESSION_FOLDER_REFUSED : SESSION_FOLDER_UNUSABLE;
    }
    if (contents.foreign[0]) {
        error_set(error, "%s is in the way: it holds '%s', which is not part of a session",
                  old_path, contents.foreign);
        return SESSION_FOLDER_REFUSED;
    }
    return remove_session(old_path, error) ? SESSION_FOLDER_READY : SESSION_FOLDER_UNUSABLE;
}

static enum session_folder_state rotate(const char *path, struct error *error)
{
    enum session_folder_state state = SESSION_FOLDER_UNUSABLE;
    char *old_path;

    if (asprintf(&old_path, "%s.old", path) < 0)
        return error_set(error, "out of memory"), state;
    state = clear_old(old_path, error);
    if (state == SESSION_FOLDER_READY && rename(path, old_path) != 0) {
        error_set(error, "%s: cannot be renamed: %s", path, strerror(errno));
        state = SESSION_FOLDER_UNUSABLE;
    }
    free(old_path);
    return state;
}

/* Somebody may have renamed the folder between our open() and our lock. */
static bool is_lock_of(int lock, const char *path)
{
    struct stat ours, theirs;
    char name[PATH_MAX];

    snprintf(name, sizeof(name), "%s/" LOCK_NAME, path);
    return fstat(lock, &ours) == 0 && stat(name, &theirs) == 0 && ours.st_ino == theirs.st_ino &&
           ours.st_dev == theirs.st_dev;
}

static int open_lock(const char *path)
{
    char name[PATH_MAX];

    if ((size_t)snprintf(name, sizeof(name), "%s/" LOCK_NAME, path) >= sizeof(name)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* Anybody who can read the lock can hold it, so it is not waited for for long. */
static bool lock_shared(int lock)
{
    enum { LIMIT_MS = 1000, POLL_MS = 20 };
    const struct timespec pause = {0, POLL_MS * 1000000L};

    for (int waited_ms = 0; flock(lock, LOCK_SH | LOCK_NB) != 0; waited_ms += POLL_MS) {
        if (errno != EWOULDBLOCK || waited_ms >= LIMIT_MS)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

/* An empty folder or a session may be used; anything else belongs to someone. */
static enum session_folder_state make_folder(const char *path, struct error *error)
{
    struct contents contents;

    if (mkdir(path, 0700) == 0)
        return SESSION_FOLDER_READY;
    if (errno != EEXIST) {
        error_set(error, "%s: %s", path, strerror(errno));
        return SESSION_FOLDER_UNUSABLE;
    }
    if (!look_into(path, &contents)) {
        if (errno == ENOENT) /* renamed this very moment: the caller tries again */
            return SESSION_FOLDER_READY;
        error_set(error, errno == ENOTDIR ? "%s exists and is not a folder" : "%s: cannot be read",
                  path);
        return errno == ENOTDIR ? SESSION_FOLDER_REFUSED : SESSION_FOLDER_UNUSABLE;
    }
    if (contents.foreign[0] && !contents.has_recordings && !contents.has_lock) {
        error_set(error, "%s is not a session: it holds '%s'; choose another with -o", path,
                  contents.foreign);
        return SESSION_FOLDER_REFUSED;
    }
    return SESSION_FOLDER_READY;
}

enum attempt { ATTEMPT_DONE, ATTEMPT_AGAIN, ATTEMPT_FAILED };

/*
 * With the exclusive lock, nobody else records here and nobody can start to: the moment to rename.
 * Changing to the shared lock is not atomic, but harmless: whoever gets the exclusive lock in
 * between either finds no recordings or renames, and then is_lock_of() tells.
 */
static enum attempt lock_folder(struct session_folder *folder, bool join,
                                enum session_folder_state *state, struct error *error)
{
    struct contents contents;

    folder->shared = join || flock(folder->lock, LOCK_EX | LOCK_NB) != 0;
    if (!folder->shared) {
        if (!is_lock_of(folder->lock, folder->path))
            return ATTEMPT_AGAIN;
        if (look_into(folder->path, &contents) && contents.has_recordings) {
            *state = rotate(folder->path, error);
            return *state == SESSION_FOLDER_READY ? ATTEMPT_AGAIN : ATTEMPT_FAILED;
        }
    }
    if (!lock_shared(folder->lock)) {
        error_set(error, "%s: cannot be locked: %s", folder->path,
                  errno == EWOULDBLOCK ? "another process holds its .lock" : strerror(errno));
        *state = SESSION_FOLDER_UNUSABLE;
        return ATTEMPT_FAILED;
    }
    return is_lock_of(folder->lock, folder->path) ? ATTEMPT_DONE : ATTEMPT_AGAIN;
}

static enum attempt try_to_open(struct session_folder *folder, bool join,
                                enum session_folder_state *state, struct error *error)
{
    enum attempt attempt;

    *state = make_folder(folder->path, error);
    if (*state != SESSION_FOLDER_READY)
        return ATTEMPT_FAILED;
    folder->lock = open_lock(folder->path);
    if (folder->lock < 0 && errno == ENOENT)
        return ATTEMPT_AGAIN;
    if (folder->lock < 0) {
        error_set(error, "%s: %s", folder->path, strerror(errno));
        *state = SESSION_FOLDER_UNUSABLE;
        return ATTEMPT_FAILED;
    }
    attempt = lock_folder(folder, join, state, error);
    if (attempt != ATTEMPT_DONE) {
        close(folder->lock);
        folder->lock = -1;
    }
    return attempt;
}

/*
 * The recorder may run in any directory, so it needs the absolute path of a folder that may not
 * exist yet.
 */
static char *absolute_path(const char *path)
{
    char *resolved = realpath(path, NULL), *copy, *slash, *parent;

    if (resolved || errno != ENOENT)
        return resolved;
    copy = strdup(path);
    while (copy && strlen(copy) > 1 && copy[strlen(copy) - 1] == '/')
        copy[strlen(copy) - 1] = 0;
    slash = copy ? strrchr(copy, '/') : NULL;
    if (slash)
        *slash = 0;
    parent = copy ? realpath(!slash ? "." : *copy ? copy : "/", NULL) : NULL;
    if (parent && asprintf(&resolved, "%s/%s", strcmp(parent, "/") ? parent : "",
                           slash ? slash + 1 : copy) < 0)
        resolved = NULL;
    free(parent);
    free(copy);
    return resolved;
}

enum session_folder_state session_folder_open(struct session_folder *folder, const char *path,
                                              bool join, struct error *error)
{
    enum session_folder_state state = SESSION_FOLDER_UNUSABLE;
    enum attempt attempt = ATTEMPT_AGAIN;

    *folder = (struct session_folder){.path = absolute_path(path), .lock = -1};
    if (!folder->path)
        return error_set(error, "%s: %s", path, strerror(errno)), state;
    /*
     * Each retry means that another process made progress; the bound is for a file system that
     * lies.
     */
    for (int tries = 0; attempt == ATTEMPT_AGAIN && tries < 1000; tries++)
        attempt = try_to_open(folder, join, &state, error);
    if (attempt == ATTEMPT_DONE)
        return SESSION_FOLDER_READY;
    if (attempt == ATTEMPT_AGAIN) {
        error_set(error, "%s: cannot be locked", folder->path);
        state = SESSION_FOLDER_UNUSABLE;
    }
    session_folder_close(folder);
    return state;
}

enum session_folder_state session_folder_open_alone(struct session_folder *folder, const char *path,
                                                    struct error *error)
{
    enum session_folder_state state = session_folder_open(folder, path, false, error);
    char *first = state == SESSION_FOLDER_READY ? strdup(folder->path) : NULL, *next = NULL;

    for (int number = 2; first && number < MOST_ALONE && state == SESSION_FOLDER_READY &&
                         folder->shared && asprintf(&next, "%s-%d", first, number) > 0;
         number++) {
        session_folder_close(folder);
        state = session_folder_open(folder, next, false, error);
        free(next);
    }
    free(first);
    return state;
}

void session_folder_close(struct session_folder *folder)
{
    if (folder->lock >= 0)
        close(folder->lock);
    free(folder->path);
    *folder = (struct session_folder){.lock = -1};
}
