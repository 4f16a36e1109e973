/* SPDX-License-Identifier: MIT */
#include "report/record/recordable.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <limits.h>

#include "preload/recording.h"

enum { MAX_INTERPRETERS = 4 };

struct file {
    const unsigned char *bytes;
    size_t length;
};

static bool open_file(const char *path, struct file *file)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    void *bytes = MAP_FAILED;

    if (descriptor >= 0 && fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (descriptor >= 0)
        close(descriptor);
    *file =
        bytes == MAP_FAILED ? (struct file){NULL, 0} : (struct file){bytes, (size_t)status.st_size};
    return file->bytes;
}

static void close_file(const struct file *file)
{
    munmap((void *)file->bytes, file->length);
}

static const void *at(const struct file *file, uint64_t offset, uint64_t length)
{
    if (offset > file->length || file->length - offset < length)
        return NULL;
    return file->bytes + offset;
}

static bool find_in_path(const char *command, int mode, char found[PATH_MAX])
{
    const char *path = getenv("PATH");

    if (strchr(command, '/'))
        return snprintf(found, PATH_MAX, "%s", command) < PATH_MAX;
    for (const char *entry = path ? path : "/bin:/usr/bin"; entry;) {
        const char *end = strchrnul(entry, ':');

        snprintf(found, PATH_MAX, "%.*s%s%s", (int)(end - entry), entry, end > entry ? "/" : "",
                 command);
        if (access(found, mode) == 0)
            return true;
        entry = *end ? end + 1 : NULL;
    }
    return false;
}

/* "#!/usr/bin/python3 -u": the program that will really run. False: not a script. */
static bool find_interpreter(const struct file *file, char found[PATH_MAX])
{
    char line[PATH_MAX] = "";
    size_t start, length;

    memcpy(line, file->bytes, file->length < sizeof(line) ? file->length : sizeof(line) - 1);
    if (strncmp(line, "#!", 2) != 0)
        return false;
    start = 2 + strspn(line + 2, " \t");
    length = strcspn(line + start, " \t\n");
    memcpy(found, line + start, length);
    found[length] = 0;
    return length > 0;
}

const char recordable_no_room[] =
    "its limits of memory (ulimit -v, -d) leave too little to record it";
static const char other_machine[] = "it is built for another kind of machine than leakgraph";
static const char other_library[] = "its C library is not glibc";
static const char sanitized[] = "it is built with AddressSanitizer, which has a malloc of its own";

static const ElfW(Phdr) * segment(const struct file *file, const ElfW(Ehdr) * elf, unsigned index)
{
    return index < elf->e_phnum
               ? at(file, elf->e_phoff + (uint64_t)index * elf->e_phentsize, sizeof(ElfW(Phdr)))
               : NULL;
}

static const ElfW(Phdr) *
    find_segment(const struct file *file, const ElfW(Ehdr) * elf, uint32_t type)
{
    const ElfW(Phdr) * found;

    for (unsigned i = 0; (found = segment(file, elf, i)); i++)
        if (found->p_type == type)
            return found;
    return NULL;
}

static const void *at_address(const struct file *file, const ElfW(Ehdr) * elf, uint64_t address,
                              uint64_t length)
{
    const ElfW(Phdr) * load;

    for (unsigned i = 0; (load = segment(file, elf, i)); i++)
        if (load->p_type == PT_LOAD && address - load->p_vaddr < load->p_filesz)
            return at(file, load->p_offset + (address - load->p_vaddr), length);
    return NULL;
}

/* Among the names that it shares with its libraries is the sanitizer's own start. */
static bool is_sanitized(const struct file *file, const ElfW(Ehdr) * elf)
{
    static const char mark[] = "asan_init"; /* also hwasan's */
    const ElfW(Phdr) *dynamic = find_segment(file, elf, PT_DYNAMIC);
    const ElfW(Dyn) *entry = dynamic ? at(file, dynamic->p_offset, dynamic->p_filesz) : NULL;
    uint64_t names = 0, length = 0;
    const char *text;

    for (uint64_t i = 0; entry && i < dynamic->p_filesz / sizeof(*entry); i++) {
        if (entry[i].d_tag == DT_STRTAB)
            names = entry[i].d_un.d_ptr;
        if (entry[i].d_tag == DT_STRSZ)
            length = entry[i].d_un.d_val;
    }
    text = length ? at_address(file, elf, names, length) : NULL;
    return text && memmem(text, length, mark, sizeof(mark));
}

static const char *elf_why_not(const struct file *file)
{
    const ElfW(Ehdr) *elf = at(file, 0, sizeof(*elf)), *ours;
    const ElfW(Phdr) * loader;
    const char *path, *why_not = NULL;
    struct file self;

    if (!elf || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0)
        return NULL; /* the kernel will say what it thinks of it */
    if (!open_file("/proc/self/exe", &self))
        return NULL;
    ours = at(&self, 0, sizeof(*ours));
    loader = find_segment(file, elf, PT_INTERP);
    path = loader ? at(file, loader->p_offset, loader->p_filesz) : NULL;
    if (elf->e_ident[EI_CLASS] != ours->e_ident[EI_CLASS] || elf->e_machine != ours->e_machine)
        why_not = other_machine;
    else if (!path)
        why_not = "it is statically linked";
    else if (memmem(path, loader->p_filesz, "/ld-musl-", strlen("/ld-musl-")))
        why_not = other_library;
    else if (is_sanitized(file, elf))
        why_not = sanitized;
    close_file(&self);
    return why_not;
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

static bool has_room(void)
{
    struct rlimit space, data;

    return getrlimit(RLIMIT_AS, &space) != 0 || getrlimit(RLIMIT_DATA, &data) != 0 ||
           (space.rlim_cur >= RECORDING_LEAST_ADDRESS_SPACE &&
            data.rlim_cur >= RECORDING_LEAST_DATA);
}

const char *recordable_why_not(const char *command)
{
    char path[PATH_MAX];
    bool is_script = find_in_path(command, X_OK, path);
    const char *why_not = NULL;

    for (int depth = 0; is_script && !why_not && depth < MAX_INTERPRETERS; depth++) {
        struct file file;

        why_not = rights_why_not(path);
        if (!open_file(path, &file))
            return why_not;
        is_script = find_interpreter(&file, path);
        if (!is_script && !why_not)
            why_not = elf_why_not(&file);
        close_file(&file);
    }
    return why_not || has_room() ? why_not : recordable_no_room;
}

int recordable_start_error(const char *command)
{
    char path[PATH_MAX];
    struct stat status;

    if (!*command)
        return ENOENT;
    if (!find_in_path(command, X_OK, path))
        return find_in_path(command, F_OK, path) ? EACCES : ENOENT;
    if (stat(path, &status) != 0)
        return errno;
    if (S_ISDIR(status.st_mode))
        return EACCES;
    return access(path, X_OK) == 0 ? 0 : errno;
}

bool recordable_bears_preload(const char *why_not)
{
    return why_not != other_machine && why_not != other_library && why_not != sanitized &&
           why_not != recordable_no_room;
}
