/* SPDX-License-Identifier: MIT */
#include "analyzer/base/proc_stat.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Field 2, the name, may hold anything, so count fields from its closing bracket, the last one. */
static bool parse(const char *text, struct proc_stat *stat)
{
    enum { NAME = 2, START = 22 };
    const char *field = strrchr(text, ')');
    int parent;
    char state;

    if (!field || sscanf(field, ") %c %d", &state, &parent) != 2)
        return false;
    stat->parent = parent;
    stat->ended = state == 'Z' || state == 'X';
    for (int number = NAME; field && number < START; number++)
        field = strchr(field + 1, ' ');
    return field && sscanf(field, "%" SCNu64, &stat->start_ticks) == 1;
}

bool proc_stat_read(pid_t pid, struct proc_stat *stat)
{
    char path[64], text[1024];
    size_t length;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    file = fopen(path, "re");
    if (!file)
        return false;
    length = fread(text, 1, sizeof(text) - 1, file);
    fclose(file);
    text[length] = '\0';
    return parse(text, stat);
}

uint64_t proc_stat_start_ticks(pid_t pid)
{
    struct proc_stat stat;

    return proc_stat_read(pid, &stat) && !stat.ended ? stat.start_ticks : 0;
}

/* The last number of "NSpid:". */
pid_t proc_stat_own_pid(pid_t pid)
{
    char path[64], line[256];
    pid_t own = pid;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof(line), file)) {
        const char *last = strrchr(line, '\t');

        if (strncmp(line, "NSpid:", strlen("NSpid:")) == 0 && last)
            own = (pid_t)strtol(last, NULL, 10);
    }
    if (file)
        fclose(file);
    return own;
}
