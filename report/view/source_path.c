/* SPDX-License-Identifier: MIT */
#include "report/view/source_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/view/labels.h"

const struct frame *source_path_frame(const struct stack *stack)
{
    const struct frame *frame = stack ? label_frame(stack) : NULL;

    return frame && frame->file ? frame : NULL;
}

/* "/robot/src/a.c" of "/robot/build/../src/./a.c", in place. Leading ".." of a relative path stay.
 */
static void resolve_dots(char *path)
{
    char *end = path + (*path == '/'), *const start = end;

    for (const char *part = start; *part;) {
        size_t length = strcspn(part, "/");
        bool is_up = length == 2 && memcmp(part, "..", 2) == 0;
        char *last = end;

        while (last > start && last[-1] != '/') /* where the last kept part begins */
            last--;
        if (length == 0 || (length == 1 && *part == '.')) {
            /* nothing */
        } else if (is_up && end > start && strncmp(last, "..", (size_t)(end - last)) != 0) {
            end = last > start ? last - 1 : start;
        } else if (!is_up || *path != '/') {
            if (end > start)
                *end++ = '/';
            memmove(end, part, length);
            end += length;
        }
        part += length;
        part += *part == '/';
    }
    *end = '\0';
}

/* Relative names of existing files are relative to the working directory. */
static struct source_path absolute(const char *file)
{
    struct source_path path;
    char directory[PATH_MAX / 2];

    if (*file != '/' && access(file, F_OK) == 0 && getcwd(directory, sizeof(directory)))
        snprintf(path.text, sizeof(path.text), "%s/%s", directory, file);
    else
        snprintf(path.text, sizeof(path.text), "%s", file);
    resolve_dots(path.text);
    return path;
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

/* Cuts the folder down to the nearest one that holds a repository; false: there is none. */
static bool find_work_tree(char *folder, size_t size)
{
    static const char name[] = "/.git";
    size_t length = strlen(folder);

    while (length && length + sizeof(name) <= size) {
        bool found;

        memcpy(folder + length, name, sizeof(name));
        found = access(folder, F_OK) == 0;
        folder[length] = '\0';
        if (found)
            return true;
        while (length && folder[--length] != '/')
            ;
        folder[length] = '\0';
    }
    return false;
}

struct source_path source_path_relative(const char *file)
{
    struct source_path path = absolute(file);
    char directory[PATH_MAX] = "", tree[PATH_MAX];
    char own_tree[PATH_MAX];
    const char *folders[] = {getenv("GITHUB_WORKSPACE"), getenv("CI_PROJECT_DIR"), NULL, NULL,
                             NULL};

    if (getcwd(directory, sizeof(directory))) {
        memcpy(tree, directory, sizeof(tree));
        folders[2] = find_work_tree(tree, sizeof(tree)) ? tree : NULL;
        folders[3] = directory;
    }
    memcpy(own_tree, path.text, sizeof(own_tree));
    folders[4] = *own_tree == '/' && find_work_tree(own_tree, sizeof(own_tree)) ? own_tree : NULL;
    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        const char *inside = below(folders[i], path.text);

        if (!inside)
            continue;
        memmove(path.text, inside, strlen(inside) + 1);
        break;
    }
    return path;
}
