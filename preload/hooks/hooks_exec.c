/* SPDX-License-Identifier: MIT */
/*
 * exec replaces the image: its blocks are judged before. All forms are hooked, since libc's do not
 * call one another through the PLT. When an exec fails, the process goes on as if nothing had
 * happened.
 */
#include "preload/recording/next.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "preload/blocks/saved_registers.h"
#include "preload/process/process.h"
#include "preload/process/process_end.h"
#include "preload/process/program_file.h"
#include "preload/recording/children.h"
#include "preload/recording/process_mark.h"
#include "preload/snapshot/snapshot.h"

/* A forked or vforked child that has not recorded anything has nothing to judge. */
static bool leaves(const struct saved_registers *caller)
{
    if (!process_is_itself())
        return false;
    snapshot_stack_ends_at(caller);
    process_ends(RECORDING_EXEC, 0, NULL);
    return true;
}

/* Whose path it is, and by which of libc's calls it is executed. */
struct target {
    enum { BY_PATH, BY_SEARCH, BY_DESCRIPTOR, IN_DIRECTORY } how;
    const char *path;
    int descriptor, flags;
};

static void execute(const struct target *target, char *const arguments[], char *const environment[])
{
    switch (target->how) {
    case BY_PATH:
        ((__typeof__(&execve))next_definition("execve"))(target->path, arguments, environment);
        break;
    case BY_SEARCH:
        ((__typeof__(&execvpe))next_definition("execvpe"))(target->path, arguments, environment);
        break;
    case BY_DESCRIPTOR:
        ((__typeof__(&fexecve))next_definition("fexecve"))(target->descriptor, arguments,
                                                           environment);
        break;
    case IN_DIRECTORY:
        ((__typeof__(&execveat))next_definition("execveat"))(target->descriptor, target->path,
                                                             arguments, environment, target->flags);
        break;
    }
}

/* "/proc/self/fd/7" */
static void write_link(int descriptor, char link[32])
{
    char *end = link + strlen(strcpy(link, "/proc/self/fd/"));
    int scale = 1;
    while (descriptor / scale >= 10)
        scale *= 10;
    for (; scale > 0 && descriptor >= 0; scale /= 10)
        *end++ = (char)('0' + descriptor / scale % 10);
    *end = 0;
}

/* A path that we can look at. */
static const char *path_of(const struct target *target, char *text, size_t capacity)
{
    char link[32];
    bool by_descriptor =
        target->how == BY_DESCRIPTOR ||
        (target->how == IN_DIRECTORY && *target->path != '/' && target->descriptor != AT_FDCWD);
    if (!by_descriptor)
        return target->path;
    write_link(target->descriptor, link);
    ssize_t length = readlink(link, text, capacity - 1);
    text[length > 0 ? length : 0] = 0;
    if (target->path && *target->path && strlen(text) + strlen(target->path) + 2 < capacity)
        strcat(strcat(text, "/"), target->path);
    return text;
}

/* Returns -1 only. */
static int become(const struct saved_registers *caller, const struct target *target,
                  char *const arguments[], char *const environment[])
{
    char text[1024];
    int saved_errno = errno;
    const char *path = path_of(target, text, sizeof text);
    bool is_ours = program_is_ours(environment, process_session());
    enum recording_program program = is_ours
                                         ? program_look(path, target->how == BY_SEARCH, environment)
                                         : RECORDING_PROGRAM_FINE;
    bool left = leaves(caller);
    struct children_exec note = {0};
    if (is_ours)
        note = children_executes(path, program);
    errno = saved_errno;
    environment = PROGRAM_ENVIRONMENT(program, environment);
    execute(target, arguments, environment);
    saved_errno = errno;
    children_stays(&note);
    if (left)
        process_goes_on();
    errno = saved_errno;
    return -1;
}

#define EXEC_HOOK(name, parameters, arguments, environment, ...)                                   \
    HOOK int name parameters                                                                       \
    {                                                                                              \
        struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();                               \
        return become(&caller, &(struct target){__VA_ARGS__}, arguments, environment);             \
    }

/* What has no environment of its own takes that of the process, in libc as well. */
EXEC_HOOK(execve, (const char *path, char *const arguments[], char *const environment[]), arguments,
          environment, .how = BY_PATH, .path = path)
EXEC_HOOK(execv, (const char *path, char *const arguments[]), arguments, environ, .how = BY_PATH,
          .path = path)
EXEC_HOOK(execvp, (const char *file, char *const arguments[]), arguments, environ, .how = BY_SEARCH,
          .path = file)
EXEC_HOOK(execvpe, (const char *file, char *const arguments[], char *const environment[]),
          arguments, environment, .how = BY_SEARCH, .path = file)
EXEC_HOOK(fexecve, (int fd, char *const arguments[], char *const environment[]), arguments,
          environment, .how = BY_DESCRIPTOR, .descriptor = fd)
EXEC_HOOK(execveat,
          (int directory, const char *path, char *const arguments[], char *const environment[],
           int flags),
          arguments, environment, .how = IN_DIRECTORY, .path = path, .descriptor = directory,
          .flags = flags)

/* The arguments of a variadic form, counted and copied to the stack as libc does. */
#define COLLECT(first, arguments)                                                                  \
    va_list list_, again_;                                                                         \
    va_start(list_, first);                                                                        \
    va_copy(again_, list_);                                                                        \
    size_t count_ = 1;                                                                             \
    while (va_arg(again_, char *))                                                                 \
        count_++;                                                                                  \
    va_end(again_);                                                                                \
    char **arguments = __builtin_alloca((count_ + 1) * sizeof *arguments);                         \
    arguments[0] = (char *)(first);                                                                \
    for (size_t i_ = 1; i_ <= count_; i_++)                                                        \
    arguments[i_] = va_arg(list_, char *)

HOOK int execl(const char *path, const char *first, ...)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    COLLECT(first, arguments);
    va_end(list_);
    return become(&caller, &(struct target){.how = BY_PATH, .path = path}, arguments, environ);
}

HOOK int execlp(const char *file, const char *first, ...)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    COLLECT(first, arguments);
    va_end(list_);
    return become(&caller, &(struct target){.how = BY_SEARCH, .path = file}, arguments, environ);
}

HOOK int execle(const char *path, const char *first, ...)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    COLLECT(first, arguments);
    char **environment = va_arg(list_, char **);
    va_end(list_);
    return become(&caller, &(struct target){.how = BY_PATH, .path = path}, arguments, environment);
}
