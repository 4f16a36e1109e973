/* SPDX-License-Identifier: MIT */
#include "report/view/module_filter.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/text.h"
#include "analyzer/symbols/frame_kind.h"

static bool fits(const char *pattern, const char *path)
{
    if (!path)
        return false;
    if (!strpbrk(pattern, "*?["))
        return strstr(text_base_name(path), pattern) != NULL;
    return fnmatch(pattern, text_base_name(path), 0) == 0 || fnmatch(pattern, path, 0) == 0;
}

static const char *module_of(const struct frame *frame)
{
    if (frame->language == FRAME_PYTHON)
        return frame->file;
    return frame->module_path ? frame->module_path : frame->module;
}

/* NULL: the stack holds only the runtime. */
static const struct frame *who_allocated(const struct stack *stack)
{
    for (size_t i = 0; i < stack->frame_count; i++)
        if (!frame_is_runtime(&stack->frames[i]) && !frame_is_interpreter(&stack->frames[i]))
            return &stack->frames[i];
    return NULL;
}

/* The runtime itself can be asked for, too; then the innermost frame counts. */
static bool is_wanted(const struct stack *stack, const char *pattern)
{
    const struct frame *frame = who_allocated(stack);

    return (frame && fits(pattern, module_of(frame))) ||
           (stack->frame_count && fits(pattern, module_of(&stack->frames[0])));
}

static bool site_is_wanted(const struct site *site, const char *pattern)
{
    return site && is_wanted(&site->stack, pattern);
}

typedef bool predicate(const void *element, const char *pattern);

static bool is_wanted_site(const void *element, const char *pattern)
{
    return site_is_wanted(element, pattern);
}

static bool is_wanted_leak(const void *element, const char *pattern)
{
    return site_is_wanted(((const struct leak *)element)->site, pattern);
}

static bool is_wanted_error(const void *element, const char *pattern)
{
    const struct memory_error *error = element;

    return is_wanted(&error->stack, pattern) || site_is_wanted(error->allocated, pattern);
}

static bool is_wanted_cycle(const void *element, const char *pattern)
{
    const struct cycle *cycle = element;

    for (size_t i = 0; i < cycle->member_count; i++)
        if (site_is_wanted(cycle->members[i].site, pattern))
            return true;
    return false;
}

static bool is_wanted_thread_site(const void *element, const char *pattern)
{
    return site_is_wanted(((const struct thread_site *)element)->site, pattern);
}

/* A new array with the wanted elements; NULL out of memory. */
static const void *keep(const void *array, size_t *count, size_t size_bytes, predicate *wanted,
                        const char *pattern)
{
    char *kept = calloc(*count + 1, size_bytes);
    size_t kept_count = 0;

    for (size_t i = 0; kept && i < *count; i++) {
        const char *element = (const char *)array + i * size_bytes;

        if (wanted(element, pattern))
            memcpy(kept + kept_count++ * size_bytes, element, size_bytes);
    }
    *count = kept_count;
    return kept;
}

/* Recomputes its figures from the sites that are left. */
static bool cut_thread(struct thread *thread, const char *pattern)
{
    thread->sites = keep(thread->sites, &thread->site_count, sizeof(*thread->sites),
                         is_wanted_thread_site, pattern);
    thread->allocations = 0;
    for (size_t i = 0; thread->sites && i < thread->site_count; i++)
        thread->allocations += thread->sites[i].allocations;
    return thread->sites != NULL;
}

static bool cut_threads(struct process *process, const char *pattern)
{
    struct thread *threads = calloc(process->thread_count + 1, sizeof(*threads));
    bool done = threads != NULL;
    size_t count = 0;

    for (size_t i = 0; done && i < process->thread_count; i++) {
        threads[count] = process->threads[i];
        done = cut_thread(&threads[count], pattern);
        if (done && threads[count].site_count == 0)
            free((void *)threads[count].sites);
        else
            count++;
    }
    process->threads = threads;
    process->thread_count = count;
    return done;
}

static bool cut_process(struct process *process, const char *pattern)
{
    bool done;

    process->sites = keep(process->sites, &process->site_count, sizeof(*process->sites),
                          is_wanted_site, pattern);
    process->leaks.sites = keep(process->leaks.sites, &process->leaks.site_count,
                                sizeof(*process->leaks.sites), is_wanted_leak, pattern);
    process->cycles = keep(process->cycles, &process->cycle_count, sizeof(*process->cycles),
                           is_wanted_cycle, pattern);
    process->errors = keep(process->errors, &process->error_count, sizeof(*process->errors),
                           is_wanted_error, pattern);
    done = cut_threads(process, pattern);
    process->line_count = 0;
    process->timeline = NULL;
    process->python = NULL;
    return done && process->sites && process->leaks.sites && process->cycles && process->errors;
}

static bool is_empty(const struct session *session)
{
    for (size_t i = 0; i < session->process_count; i++)
        if (session->processes[i].site_count || session->processes[i].error_count)
            return false;
    return true;
}

bool module_filter_apply(struct session *filtered, const struct session *session,
                         const char *pattern, struct error *error)
{
    bool done;

    *filtered = *session;
    filtered->process_count = 0;
    filtered->processes = calloc(session->process_count + 1, sizeof(*filtered->processes));
    done = filtered->processes || error_set(error, "out of memory");
    for (size_t i = 0; done && i < session->process_count; i++) {
        filtered->processes[i] = session->processes[i];
        filtered->process_count++;
        done = cut_process(&filtered->processes[i], pattern) || error_set(error, "out of memory");
    }
    if (done && is_empty(filtered))
        done = error_set(error, "%s: no module that matches '%s' allocated anything", session->path,
                         pattern);
    if (!done)
        module_filter_release(filtered);
    return done;
}

void module_filter_release(struct session *filtered)
{
    for (size_t i = 0; i < filtered->process_count; i++) {
        struct process *process = &filtered->processes[i];

        for (size_t k = 0; process->threads && k < process->thread_count; k++)
            free((void *)process->threads[k].sites);
        free((void *)process->threads);
        free((void *)process->sites);
        free((void *)process->leaks.sites);
        free((void *)process->cycles);
        free((void *)process->errors);
    }
    free(filtered->processes);
    *filtered = (struct session){0};
}
