/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_PROC_FILE_H
#define LEAKGRAPH_PROC_FILE_H

/* Small files and the thread list of /proc/self, read without malloc or stdio. Signal-safe. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads a file into `text`, NUL-terminated; returns text, NULL when it cannot be read. */
char *proc_file_read(const char *path, char *text, size_t capacity);
/* /proc/self/task/TID/NAME */
char *proc_file_read_of_thread(int32_t tid, const char *name, char *text, size_t capacity);
/* Reads numbers separated by blanks, decimal or with 0x; returns how many. */
size_t proc_file_numbers(const char *text, uintptr_t *numbers, size_t capacity);

/* Of the text of a stat file: the fields from the third on, the state; NULL when it is cut off. The
   second is a name, which may contain anything. */
const char *proc_file_stat_fields(const char *stat);

/* Calls visit for every mapping of this process, in order. False when they cannot be read. */
bool proc_maps_each(void (*visit)(uintptr_t start, uintptr_t end, void *context), void *context);

struct proc_tasks {
    int fd;
    long bytes, at;
    char entries[2048] __attribute__((aligned(8)));
};
bool proc_tasks_open(struct proc_tasks *tasks);
int32_t proc_tasks_next(struct proc_tasks *tasks); /* 0 at the end */
void proc_tasks_close(struct proc_tasks *tasks);

#endif
