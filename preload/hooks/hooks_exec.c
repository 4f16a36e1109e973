/* SPDX-License-Identifier: MIT */
/*
 * exec replaces the image: its blocks are judged before. All forms are hooked, since libc's do not
 * call one another through the PLT. When an exec fails, the process goes on as if nothing had
 * happened.
 */
#include "preload/recording/next.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <unistd.h>

#include "preload/blocks/saved_registers.h"
#include "preload/process/process_end.h"
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

static int failed(bool had_left)
{
    int saved_errno = errno;
    if (had_left)
        process_goes_on();
    errno = saved_errno;
    return -1;
}

#define EXEC_HOOK(name, parameters, arguments)                                                     \
    HOOK int name parameters                                                                       \
    {                                                                                              \
        struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();                               \
        bool left = leaves(&caller);                                                               \
        ((__typeof__(&name))next_definition(#name)) arguments;                                     \
        return failed(left);                                                                       \
    }

EXEC_HOOK(execve, (const char *path, char *const arguments[], char *const environment[]),
          (path, arguments, environment))
EXEC_HOOK(execv, (const char *path, char *const arguments[]), (path, arguments))
EXEC_HOOK(execvp, (const char *file, char *const arguments[]), (file, arguments))
EXEC_HOOK(execvpe, (const char *file, char *const arguments[], char *const environment[]),
          (file, arguments, environment))
EXEC_HOOK(fexecve, (int fd, char *const arguments[], char *const environment[]),
          (fd, arguments, environment))
EXEC_HOOK(execveat,
          (int directory, const char *path, char *const arguments[], char *const environment[],
           int flags),
          (directory, path, arguments, environment, flags))

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
    bool left = leaves(&caller);
    ((__typeof__(&execv))next_definition("execv"))(path, arguments);
    return failed(left);
}

HOOK int execlp(const char *file, const char *first, ...)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    COLLECT(first, arguments);
    va_end(list_);
    bool left = leaves(&caller);
    ((__typeof__(&execvp))next_definition("execvp"))(file, arguments);
    return failed(left);
}

HOOK int execle(const char *path, const char *first, ...)
{
    struct saved_registers caller = SAVED_REGISTERS_OF_CALLER();
    COLLECT(first, arguments);
    char **environment = va_arg(list_, char **);
    va_end(list_);
    bool left = leaves(&caller);
    ((__typeof__(&execve))next_definition("execve"))(path, arguments, environment);
    return failed(left);
}
