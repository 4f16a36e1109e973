/* SPDX-License-Identifier: MIT */
#include "report/base/output.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool is_in_place(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* The mode that the file has, or that open() would give it. */
static mode_t wanted_mode(const char *path)
{
    struct stat status;
    mode_t mask;

    if (stat(path, &status) == 0)
        return status.st_mode & 07777;
    mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

/* A file without a name: nothing is left behind however we end. -1 where the system has none. */
static int open_nameless(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = strndup(slash ? path : ".", !slash         ? 1
                                               : slash > path ? (size_t)(slash - path)
                                                              : 1);
    bool can_name = folder && access("/proc/self/fd", X_OK) == 0;
    int descriptor = can_name ? open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600) : -1;

    free(folder);
    return descriptor;
}

static bool open_temporary(struct output *output)
{
    int descriptor;

    if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0) {
        output->temporary = NULL;
        return false;
    }
    descriptor = open_nameless(output->path);
    output->is_nameless = descriptor >= 0;
    if (descriptor < 0)
        descriptor = mkostemp(output->temporary, O_CLOEXEC);
    if (descriptor < 0) {
        free(output->temporary);
        output->temporary = NULL;
        return false;
    }
    fchmod(descriptor, wanted_mode(output->path));
    output->file = fdopen(descriptor, "w");
    return output->file != NULL;
}

/* Only a file with a name can take another's place. */
static bool give_name(struct output *output)
{
    char link[64];
    int taken;

    if (!output->is_nameless)
        return true;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fileno(output->file));
    taken = mkstemp(output->temporary); /* a free name */
    if (taken < 0)
        return false;
    close(taken);
    unlink(output->temporary);
    output->is_nameless =
        linkat(AT_FDCWD, link, AT_FDCWD, output->temporary, AT_SYMLINK_FOLLOW) != 0;
    return !output->is_nameless;
}

static void release(struct output *output)
{
    free(output->path);
    free(output->temporary);
    *output = (struct output){0};
}

bool output_open(struct output *output, const char *path, struct error *error)
{
    *output = (struct output){0};
    if (!path || strcmp(path, "-") == 0) {
        output->file = stdout;
        return true;
    }
    output->path = realpath(path, NULL); /* keep a symbolic link, replace its target */
    if (!output->path)
        output->path = strdup(path);
    if (output->path && is_in_place(output->path))
        output->file = fopen(output->path, "we");
    else if (output->path)
        open_temporary(output);
    if (output->file)
        return true;
    error_set(error, "%s: %s", path, strerror(errno));
    release(output);
    return false;
}

static bool write_failed(const struct output *output, struct error *error)
{
    return error_set(error, "%s: %s", output->path ? output->path : "standard output",
                     strerror(errno));
}

bool output_finish(struct output *output, struct error *error)
{
    bool written = !ferror(output->file) && fflush(output->file) == 0;

    if (!written && errno == 0)
        errno = EIO; /* an earlier write failed, and its errno is gone */
    if (!written || (output->temporary && !give_name(output)))
        written = write_failed(output, error);
    if (output->path && fclose(output->file) != 0 && written)
        written = write_failed(output, error);
    if (output->temporary && written && rename(output->temporary, output->path) != 0)
        written = write_failed(output, error);
    if (output->temporary && !written && !output->is_nameless)
        unlink(output->temporary);
    release(output);
    return written;
}

void output_abandon(struct output *output)
{
    if (output->path)
        fclose(output->file);
    if (output->temporary && !output->is_nameless)
        unlink(output->temporary);
    release(output);
}

bool output_json(FILE *file, json_t *root, size_t flags, struct error *error)
{
    if (!root)
        return error_set(error, "out of memory");
    if (json_dumpf(root, file, flags) == 0)
        fputc('\n', file);
    json_decref(root);
    return true;
}
