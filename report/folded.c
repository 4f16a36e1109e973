/* SPDX-License-Identifier: MIT */
#include "report/folded.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/labels.h"

struct folded_line {
    char *stack;
    uint64_t cost;
};

struct folded {
    struct folded_line *lines;
    size_t count, room;
};

uint64_t cost_of_site(enum cost cost, const struct site *site)
{
    switch (cost) {
    case COST_PEAK:
        return site->peak_bytes;
    case COST_LEAKED:
        return site->leaked_bytes;
    case COST_ALLOCATED:
        return site->allocated_bytes;
    case COST_ALLOCATIONS:
        return site->allocations;
    case COST_TEMPORARY:
        return site->temporary_allocations;
    }
    return 0;
}

/* ';' separates frames; control characters are escaped in labels already. */
static void write_frame(FILE *memory, const char *name)
{
    for (; *name; name++)
        fputc(*name == ';' ? ':' : *name, memory);
}

static char *fold(const struct stack *stack, const struct process *root)
{
    size_t size = 0;
    bool failed;
    char *text = NULL;
    FILE *memory = open_memstream(&text, &size);

    if (!memory)
        return NULL;
    if (root) {
        write_frame(memory, label_process(root).text);
        fprintf(memory, " (%d);", root->pid);
    }
    if (stack->cut)
        fputs("[cut];", memory);
    for (size_t i = stack->frame_count; i-- > 0;) {
        write_frame(memory, label_function(&stack->frames[i]).text);
        if (i)
            fputc(';', memory);
    }
    if (!stack->frame_count)
        fputs("[unknown]", memory);
    failed = ferror(memory);
    if (fclose(memory) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}

static bool add(struct folded *folded, char *stack, uint64_t cost)
{
    if (stack && folded->count == folded->room) {
        size_t room = folded->room ? 2 * folded->room : 64;
        struct folded_line *lines = realloc(folded->lines, room * sizeof(*lines));

        if (!lines) {
            free(stack);
            return false;
        }
        folded->lines = lines;
        folded->room = room;
    }
    if (stack)
        folded->lines[folded->count++] = (struct folded_line){stack, cost};
    return stack != NULL;
}

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct folded_line *)left)->stack,
                  ((const struct folded_line *)right)->stack);
}

static void write_merged(const struct folded *folded, FILE *file)
{
    for (size_t i = 0, next; i < folded->count; i = next) {
        uint64_t cost = 0;

        for (next = i;
             next < folded->count && compare(&folded->lines[i], &folded->lines[next]) == 0; next++)
            cost += folded->lines[next].cost;
        fprintf(file, "%s %" PRIu64 "\n", folded->lines[i].stack, cost);
    }
}

static bool add_process(struct folded *folded, const struct process *process,
                        const struct process *root, enum cost cost)
{
    for (size_t i = 0; i < process->site_count; i++) {
        uint64_t value = cost_of_site(cost, &process->sites[i]);

        if (value && !add(folded, fold(&process->sites[i].stack, root), value))
            return false;
    }
    return true;
}

bool folded_write(const struct session *session, enum cost cost, uint64_t pid, FILE *file,
                  struct error *error)
{
    struct folded folded = {0};
    bool found = pid == 0, complete = true;

    for (size_t i = 0; i < session->process_count && complete; i++) {
        const struct process *process = &session->processes[i];

        if (pid && (uint64_t)process->pid != pid)
            continue;
        found = true;
        complete = add_process(&folded, process, session->process_count > 1 ? process : NULL, cost);
    }
    if (folded.count)
        qsort(folded.lines, folded.count, sizeof(*folded.lines), compare);
    if (found && complete)
        write_merged(&folded, file);
    for (size_t i = 0; i < folded.count; i++)
        free(folded.lines[i].stack);
    free(folded.lines);
    if (!complete)
        return error_set(error, "out of memory");
    return found || error_set(error, "%s: no process with pid %" PRIu64, session->path, pid);
}
