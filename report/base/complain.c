/* SPDX-License-Identifier: MIT */
#include "report/base/complain.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void complain(const char *format, ...)
{
    char message[1024];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    fprintf(stderr, "leakgraph: %s\n", message);
}

static bool file_ends_within_line(const struct stat *status)
{
    int file = status->st_size ? open("/proc/self/fd/1", O_RDONLY | O_CLOEXEC) : -1;
    char last = '\n';
    bool within = file >= 0 && pread(file, &last, 1, status->st_size - 1) == 1 && last != '\n';

    if (file >= 0)
        close(file);
    return within;
}

static bool may_be_within_line(const struct stat *status)
{
    if (S_ISREG(status->st_mode))
        return file_ends_within_line(status);
    return S_ISFIFO(status->st_mode) || isatty(STDOUT_FILENO);
}

void complain_on_own_line(void)
{
    struct stat output, ours;

    if (fstat(STDOUT_FILENO, &output) == 0 && fstat(STDERR_FILENO, &ours) == 0 &&
        output.st_dev == ours.st_dev && output.st_ino == ours.st_ino && may_be_within_line(&output))
        fputc('\n', stderr);
}
