/* SPDX-License-Identifier: MIT */
#include "report/record/recordable.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <limits.h>

enum { HEAD_BYTES = 4096, MAX_INTERPRETERS = 4 };

struct head {
    unsigned char bytes[HEAD_BYTES];
    size_t length;
};

static bool read_head(const char *path, struct head *head)
{
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t length = file < 0 ? -1 : read(file, head->bytes, sizeof(head->bytes) - 1);

    if (file >= 0)
        close(file);
    head->length = length < 0 ? 0 : (size_t)length;
    head->bytes[head->length] = 0;
    return length > 0;
}

static bool find_in_path(const char *command, char found[PATH_MAX])
{
    const char *path = getenv("PATH");

    if (strchr(command, '/'))
        return snprintf(found, PATH_MAX, "%s", command) < PATH_MAX;
    for (const char *entry = path ? path : "/bin:/usr/bin"; entry;) {
        const char *end = strchrnul(entry, ':');

        snprintf(found, PATH_MAX, "%.*s%s%s", (int)(end - entry), entry, end > entry ? "/" : "",
                 command);
        if (access(found, X_OK) == 0)
            return true;
        entry = *end ? end + 1 : NULL;
    }
    return false;
}

/* "#!/usr/bin/python3 -u": the program that will really run. False: not a script. */
static bool find_interpreter(const struct head *head, char found[PATH_MAX])
{
    const char *text = (const char *)head->bytes;
    size_t length;

    if (head->length < 3 || text[0] != '#' || text[1] != '!')
        return false;
    text += 2 + strspn(text + 2, " \t");
    length = strcspn(text, " \t\n");
    if (length == 0 || length >= PATH_MAX)
        return false;
    memcpy(found, text, length);
    found[length] = 0;
    return true;
}

static const char other_machine[] = "it is built for another kind of machine than leakgraph";
static const char other_library[] = "its C library is not glibc";

/* NULL: as far as can be seen, it can be loaded. */
static const char *loader_why_not(const struct head *head)
{
    ElfW(Ehdr) elf;
    ElfW(Phdr) segment;

    memcpy(&elf, head->bytes, sizeof(elf));
    for (unsigned i = 0; i < elf.e_phnum; i++) {
        uint64_t offset = elf.e_phoff + (uint64_t)i * elf.e_phentsize;

        if (offset > head->length || head->length - offset < sizeof(segment))
            return NULL; /* out of sight: no reason to doubt */
        memcpy(&segment, head->bytes + offset, sizeof(segment));
        if (segment.p_type == PT_INTERP)
            return segment.p_offset < head->length &&
                           strstr((const char *)head->bytes + segment.p_offset, "/ld-musl-")
                       ? other_library
                       : NULL;
    }
    return "it is statically linked";
}

static const char *elf_why_not(const struct head *head)
{
    ElfW(Ehdr) elf, ours;
    struct head self;

    if (head->length < sizeof(elf) || memcmp(head->bytes, ELFMAG, SELFMAG) != 0)
        return NULL; /* leave the complaint to the kernel */
    if (!read_head("/proc/self/exe", &self) || self.length < sizeof(ours))
        return NULL;
    memcpy(&elf, head->bytes, sizeof(elf));
    memcpy(&ours, self.bytes, sizeof(ours));
    if (elf.e_ident[EI_CLASS] != ours.e_ident[EI_CLASS] || elf.e_machine != ours.e_machine)
        return other_machine;
    return loader_why_not(head);
}

/* The loader ignores preloads for a program with more rights than its user. */
static const char *rights_why_not(const char *path)
{
    struct stat status;

    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return NULL;
    if ((status.st_mode & S_ISUID) && status.st_uid != getuid())
        return "it is setuid";
    if ((status.st_mode & S_ISGID) && (status.st_mode & S_IXGRP) && status.st_gid != getgid())
        return "it is setgid";
    if (getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0)
        return "it has file capabilities";
    return NULL;
}

const char *recordable_why_not(const char *command)
{
    char path[PATH_MAX];
    struct head head;

    if (!find_in_path(command, path))
        return NULL;
    for (int depth = 0; depth < MAX_INTERPRETERS; depth++) {
        const char *why_not = rights_why_not(path);

        if (!read_head(path, &head) && !why_not)
            return NULL;
        if (!find_interpreter(&head, path))
            return why_not ? why_not : elf_why_not(&head);
    }
    return NULL;
}

bool recordable_bears_preload(const char *why_not)
{
    return why_not != other_machine && why_not != other_library;
}
