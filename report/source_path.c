/* SPDX-License-Identifier: MIT */
#include "report/source_path.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/labels.h"

const struct frame *source_path_frame(const struct stack *stack)
{
    const struct frame *frame = stack ? label_frame(stack) : NULL;

    return frame && frame->file ? frame : NULL;
}

/* NULL: the file is not in that folder. */
static const char *below(const char *folder, const char *file)
{
    size_t length = folder ? strlen(folder) : 0;

    while (length && folder[length - 1] == '/')
        length--;
    if (!length || strncmp(file, folder, length) != 0 || file[length] != '/')
        return NULL;
    return file + length + strspn(file + length, "/");
}

const char *source_path_relative(const char *file)
{
    char directory[PATH_MAX];
    const char *const folders[] = {getenv("GITHUB_WORKSPACE"), getenv("CI_PROJECT_DIR"),
                                   getcwd(directory, sizeof(directory))};

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        const char *path = below(folders[i], file);

        if (path)
            return path;
    }
    return file;
}
