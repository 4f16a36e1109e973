/* SPDX-License-Identifier: MIT */
#include "preload/process/program_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "preload/base/memory_calls.h"

#define SHIM_NAME "libleakgraph.so"
enum { PATH_BYTES = 1024, MAX_INTERPRETERS = 4 };

/* --- the environment --- */

static const char *value_of(char *const environment[], const char *name)
{
    size_t length = strlen(name);
    for (; environment && *environment; environment++)
        if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=')
            return *environment + length + 1;
    return NULL;
}

/* The entry ends at a colon or blank; is it a path of our name? */
static bool is_shim(const char *entry, size_t length)
{
    const size_t own = sizeof SHIM_NAME - 1;
    return length >= own && memcmp(entry + length - own, SHIM_NAME, own) == 0 &&
           (length == own || entry[length - own - 1] == '/');
}

static bool lists_shim(const char *preload)
{
    while (preload && *preload) {
        size_t length = strcspn(preload, ": ");
        if (is_shim(preload, length))
            return true;
        preload += length + strspn(preload + length, ": ");
    }
    return false;
}

bool program_is_ours(char *const environment[], const char *session)
{
    const char *folder = value_of(environment, "LEAKGRAPH_OUT");
    return *session && (!folder || *folder != '/' || strcmp(folder, session) == 0);
}

static bool is_preloaded(char *const environment[])
{
    return value_of(environment, "LEAKGRAPH_OUT") &&
           lists_shim(value_of(environment, "LD_PRELOAD"));
}

static const char preload_name[] = "LD_PRELOAD=";

static size_t count_of(char *const environment[])
{
    size_t count = 1;
    while (environment && environment[count - 1])
        count++;
    return count;
}

size_t program_environment_bytes(char *const environment[])
{
    const char *preload = value_of(environment, "LD_PRELOAD");
    return count_of(environment) * sizeof *environment + sizeof preload_name +
           (preload ? strlen(preload) : 0);
}

/* The entries that are ours, or those that are not. */
static char *write_entries(char *end, const char *entry, bool ours)
{
    while (*entry) {
        size_t length = strcspn(entry, ": ");
        if (length && is_shim(entry, length) == ours) {
            if (end[-1] != '=')
                *end++ = ':';
            memcpy(end, entry, length);
            end += length;
        }
        entry += length + strspn(entry + length, ": ");
    }
    *end = 0;
    return end;
}

/* "LD_PRELOAD=", ours first when it is wanted; "" when there is nothing. */
static void write_preload(const char *entries, bool with_ours, char *text)
{
    char *end = text + strlen(strcpy(text, preload_name));
    if (with_ours)
        end = write_entries(end, entries, true);
    end = write_entries(end, entries, false);
    if (end[-1] == '=')
        *text = 0;
}

static bool refuses_preload(enum recording_program program)
{
    return program == RECORDING_PROGRAM_SANITIZED || program == RECORDING_PROGRAM_OTHER_LIBC ||
           program == RECORDING_PROGRAM_OTHER_MACHINE || program == RECORDING_PROGRAM_NO_ROOM;
}

bool program_needs_change(enum recording_program program, char *const environment[])
{
    const char *preload = value_of(environment, "LD_PRELOAD");
    if (!preload || !lists_shim(preload))
        return false;
    preload += strspn(preload, ": ");
    return refuses_preload(program) || !is_shim(preload, strcspn(preload, ": "));
}

char *const *program_environment(enum recording_program program, char *const environment[],
                                 void *memory)
{
    char **copy = memory, **next = copy;
    char *preload = (char *)(copy + count_of(environment));
    for (; environment && *environment; environment++) {
        bool is_preload = strncmp(*environment, preload_name, sizeof preload_name - 1) == 0;
        if (is_preload)
            write_preload(*environment + sizeof preload_name - 1, !refuses_preload(program),
                          preload);
        if (!is_preload || *preload)
            *next++ = is_preload ? preload : *environment;
    }
    *next = NULL;
    return copy;
}

/* --- the file --- */

struct file {
    const char *bytes;
    size_t size_bytes;
};

static bool file_open(struct file *file, const char *path)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    *file = (struct file){NULL, 0};
    if (fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        void *bytes = memory_call_map(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED)
            *file = (struct file){bytes, (size_t)status.st_size};
    }
    if (fd >= 0)
        close(fd);
    return file->bytes != NULL;
}

static void file_close(const struct file *file)
{
    memory_call_unmap((void *)file->bytes, file->size_bytes);
}

static const void *file_at(const struct file *file, uint64_t offset, uint64_t size_bytes)
{
    if (offset > file->size_bytes || file->size_bytes - offset < size_bytes)
        return NULL;
    return file->bytes + offset;
}

static const ElfW(Phdr) * segment(const struct file *file, const ElfW(Ehdr) * elf, unsigned index)
{
    return index < elf->e_phnum ? file_at(file, elf->e_phoff + (uint64_t)index * elf->e_phentsize,
                                          sizeof(ElfW(Phdr)))
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
                              uint64_t size_bytes)
{
    const ElfW(Phdr) * load;
    for (unsigned i = 0; (load = segment(file, elf, i)); i++)
        if (load->p_type == PT_LOAD && address - load->p_vaddr < load->p_filesz)
            return file_at(file, load->p_offset + (address - load->p_vaddr), size_bytes);
    return NULL;
}

/* The names that a program shares with its libraries; all sanitized ones have this among them. */
static bool is_sanitized(const struct file *file, const ElfW(Ehdr) * elf)
{
    static const char mark[] = "asan_init"; /* also hwasan's */
    const ElfW(Phdr) *dynamic = find_segment(file, elf, PT_DYNAMIC);
    const ElfW(Dyn) *entry = dynamic ? file_at(file, dynamic->p_offset, dynamic->p_filesz) : NULL;
    uint64_t names = 0, size_bytes = 0;
    for (uint64_t i = 0; entry && i < dynamic->p_filesz / sizeof *entry; i++) {
        if (entry[i].d_tag == DT_STRTAB)
            names = entry[i].d_un.d_ptr;
        else if (entry[i].d_tag == DT_STRSZ)
            size_bytes = entry[i].d_un.d_val;
    }
    const char *text = size_bytes ? at_address(file, elf, names, size_bytes) : NULL;
    return text && memmem(text, size_bytes, mark, sizeof mark);
}

static enum recording_program look_at_elf(const struct file *file)
{
    const ElfW(Ehdr) *elf = file_at(file, 0, sizeof *elf);
    const uint16_t own_machine =
#if defined(__x86_64__)
        EM_X86_64;
#else
        EM_AARCH64;
#endif
    if (!elf || memcmp(elf->e_ident, ELFMAG, SELFMAG) != 0)
        return RECORDING_PROGRAM_FINE; /* the kernel will say what it thinks of it */
    if (elf->e_ident[EI_CLASS] != ELFCLASS64 || elf->e_machine != own_machine)
        return RECORDING_PROGRAM_OTHER_MACHINE;
    const ElfW(Phdr) *loader = find_segment(file, elf, PT_INTERP);
    const char *path = loader ? file_at(file, loader->p_offset, loader->p_filesz) : NULL;
    if (!path)
        return RECORDING_PROGRAM_STATIC;
    if (memmem(path, loader->p_filesz, "/ld-musl-", 9))
        return RECORDING_PROGRAM_OTHER_LIBC;
    return is_sanitized(file, elf) ? RECORDING_PROGRAM_SANITIZED : RECORDING_PROGRAM_FINE;
}

/* With more rights than its user has, a program gets no preload from the loader. */
static bool is_privileged(const char *path)
{
    struct stat status;
    if (getuid() != geteuid() || getgid() != getegid())
        return true;
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    return ((status.st_mode & S_ISUID) && status.st_uid != getuid()) ||
           ((status.st_mode & S_ISGID) && (status.st_mode & S_IXGRP) &&
            status.st_gid != getgid()) ||
           (getuid() != 0 && getxattr(path, "security.capability", NULL, 0) > 0);
}

static bool find_in_path(const char *name, char found[PATH_BYTES])
{
    const char *path = getenv("PATH");
    size_t name_bytes = strlen(name) + 1;
    for (const char *entry = path ? path : "/bin:/usr/bin"; entry;) {
        size_t length = strcspn(entry, ":");
        if (length + 1 + name_bytes <= PATH_BYTES) {
            memcpy(found, entry, length);
            if (length)
                found[length++] = '/';
            memcpy(found + length, name, name_bytes);
            if (access(found, X_OK) == 0)
                return true;
        }
        entry = entry[strcspn(entry, ":")] ? entry + strcspn(entry, ":") + 1 : NULL;
    }
    return false;
}

/* "#!/usr/bin/python3 -u": what will really run. False: no script. */
static bool find_interpreter(const struct file *file, char found[PATH_BYTES])
{
    size_t start = 2, end;
    if (file->size_bytes < 3 || memcmp(file->bytes, "#!", 2) != 0)
        return false;
    while (start < file->size_bytes && strchr(" \t", file->bytes[start]) && file->bytes[start])
        start++;
    for (end = start; end < file->size_bytes && !strchr(" \t\n", file->bytes[end]); end++)
        if (end - start == PATH_BYTES - 1)
            return false;
    memcpy(found, file->bytes + start, end - start);
    found[end - start] = 0;
    return true;
}

static enum recording_program look_at(char path[PATH_BYTES])
{
    enum recording_program program = RECORDING_PROGRAM_FINE;
    bool is_script = true;
    for (int depth = 0; is_script && depth < MAX_INTERPRETERS; depth++) {
        struct file file;
        if (is_privileged(path))
            return RECORDING_PROGRAM_PRIVILEGED;
        if (!file_open(&file, path))
            return RECORDING_PROGRAM_FINE;
        is_script = find_interpreter(&file, path);
        if (!is_script)
            program = look_at_elf(&file);
        file_close(&file);
    }
    return program;
}

/* The loader puts a preload before the program's own libraries, which then would find no place. */
static bool has_room(void)
{
    struct rlimit space, data;
    return getrlimit(RLIMIT_AS, &space) != 0 || getrlimit(RLIMIT_DATA, &data) != 0 ||
           (space.rlim_cur >= RECORDING_LEAST_ADDRESS_SPACE &&
            data.rlim_cur >= RECORDING_LEAST_DATA);
}

enum recording_program program_look(const char *path, bool search, char *const environment[])
{
    char found[PATH_BYTES];
    int saved_errno = errno;
    enum recording_program program = RECORDING_PROGRAM_FINE;
    if (search && !strchr(path, '/')) {
        if (find_in_path(path, found))
            program = look_at(found);
    } else if (strlen(path) < sizeof found) {
        program = look_at(strcpy(found, path));
    }
    bool fits = has_room();
    errno = saved_errno;
    if (program != RECORDING_PROGRAM_FINE)
        return program;
    if (!is_preloaded(environment))
        return RECORDING_PROGRAM_NO_ENVIRONMENT;
    return fits ? RECORDING_PROGRAM_FINE : RECORDING_PROGRAM_NO_ROOM;
}
