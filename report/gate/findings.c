/* SPDX-License-Identifier: MIT */
#include "report/gate/findings.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/sites/fingerprint.h"
#include "report/base/format.h"

const char *const finding_names[] = {"leak",   "cycle",       "error",         "real-time",
                                     "growth", "python-leak", "python-garbage"};

static struct finding *add(struct findings *findings, enum finding_kind kind,
                           const char *fingerprint)
{
    struct finding *finding = &findings->all[findings->count++];

    finding->kind = kind;
    strcpy(finding->fingerprint, fingerprint);
    return finding;
}

static void add_leaks(struct findings *findings, const struct process *process)
{
    for (size_t i = 0; i < process->leaks.site_count; i++) {
        const struct leak *leak = &process->leaks.sites[i];
        struct finding *finding =
            add(findings, FINDING_LEAK, leak->site ? leak->site->fingerprint : "");

        finding->stack = leak->site ? &leak->site->stack : NULL;
        finding->all = (struct quantity){leak->amount.blocks, leak->amount.bytes};
        finding->retained_bytes = leak->retained_bytes;
        finding->direct_blocks = leak->class == LEAK_DIRECT ? leak->amount.blocks : 0;
    }
}

static void add_cycles(struct findings *findings, const struct process *process)
{
    for (size_t i = 0; i < process->cycle_count; i++) {
        const struct cycle *cycle = &process->cycles[i];
        struct finding *finding = add(findings, FINDING_CYCLE, cycle->fingerprint);
        const struct site *site = cycle->member_count ? cycle->members[0].site : NULL;

        finding->stack = site ? &site->stack : NULL;
        finding->cycle = cycle;
        finding->all = (struct quantity){cycle->count, cycle->amount.bytes};
        finding->retained_bytes = cycle->retained_bytes;
    }
}

/* Names a finding after a word and a stack. */
static void hash_name(char fingerprint[FINGERPRINT_BYTES], const char *word,
                      const char *stack_fingerprint)
{
    fingerprint_print(fingerprint, fingerprint_text(fingerprint_text(FINGERPRINT_START, word),
                                                    stack_fingerprint));
}

static void add_errors(struct findings *findings, const struct process *process)
{
    for (size_t i = 0; i < process->error_count; i++) {
        const struct memory_error *error = &process->errors[i];
        char stack[FINGERPRINT_BYTES], fingerprint[FINGERPRINT_BYTES];
        struct finding *finding;

        fingerprint_print(stack, fingerprint_stack(&error->stack));
        hash_name(fingerprint, memory_error_names[error->kind], stack);
        finding = add(findings, FINDING_ERROR, fingerprint);
        finding->stack = &error->stack;
        finding->error = error;
        finding->all.count = error->count;
    }
}

static bool is_real_time(const struct thread *thread, const struct real_time_names *names)
{
    if (thread->real_time)
        return true;
    for (size_t i = 0; i < names->count; i++)
        if (fnmatch(names->patterns[i], thread->name, 0) == 0)
            return true;
    return false;
}

static size_t count_real_time(const struct process *process, const struct real_time_names *names)
{
    size_t count = 0;

    for (size_t i = 0; i < process->thread_count; i++)
        if (is_real_time(&process->threads[i], names))
            count += process->threads[i].site_count;
    return count;
}

static void add_thread(struct findings *findings, const struct thread *thread)
{
    for (size_t i = 0; i < thread->site_count; i++) {
        const struct thread_site *used = &thread->sites[i];
        char fingerprint[FINGERPRINT_BYTES];
        struct finding *finding;

        hash_name(fingerprint, thread->name, used->site->fingerprint);
        finding = add(findings, FINDING_REAL_TIME, fingerprint);
        finding->stack = &used->site->stack;
        finding->thread = thread->name;
        finding->all = (struct quantity){used->allocations, used->allocated_bytes};
    }
}

static void add_growth(struct findings *findings, const struct site_growth *growing, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char fingerprint[FINGERPRINT_BYTES];
        struct finding *finding;

        hash_name(fingerprint, "growth", growing[i].site->fingerprint);
        finding = add(findings, FINDING_GROWTH, fingerprint);
        finding->stack = &growing[i].site->stack;
        finding->all = (struct quantity){1, findings_per_minute(&growing[i].growth)};
    }
}

uint64_t findings_per_minute(const struct growth *growth)
{
    return growth->keeps_growing ? (uint64_t)(growth->bytes_per_second * 60) : 0;
}

int findings_compare(const struct finding *left, const struct finding *right)
{
    if (left->kind != right->kind)
        return (int)left->kind - (int)right->kind;
    return strcmp(left->fingerprint, right->fingerprint);
}

static int compare(const void *left, const void *right)
{
    const struct finding *one = left, *other = right;
    int order = findings_compare(one, other);

    if (order)
        return order;
    return one->all.bytes > other->all.bytes ? -1 : one->all.bytes < other->all.bytes;
}

/* Several sites can have one name, such as two calls in one function. The biggest lends its stack.
 */
static void merge(struct findings *findings)
{
    size_t kept = 0;

    if (!findings->count)
        return;
    qsort(findings->all, findings->count, sizeof(*findings->all), compare);
    for (size_t i = 1; i < findings->count; i++) {
        struct finding *into = &findings->all[kept], *next = &findings->all[i];

        if (findings_compare(into, next) != 0) {
            findings->all[++kept] = *next;
            continue;
        }
        into->all.count += next->all.count;
        into->all.bytes += next->all.bytes;
        into->retained_bytes += next->retained_bytes;
        into->direct_blocks += next->direct_blocks;
    }
    findings->count = kept + 1;
}

static void add_python_leaks(struct findings *findings, const struct python *python)
{
    for (size_t i = 0; i < python->leak_count; i++) {
        const struct python_leak *leak = &python->leaks[i];
        char fingerprint[FINGERPRINT_BYTES];
        struct finding *finding;

        hash_name(fingerprint, leak->type ? leak->type : "", leak->site->fingerprint);
        finding = add(findings, FINDING_PYTHON_LEAK, fingerprint);
        finding->stack = &leak->site->stack;
        finding->python = leak;
        finding->all = (struct quantity){leak->objects, leak->bytes};
        finding->retained_bytes = leak->retained_bytes;
    }
}

static void add_python_cycles(struct findings *findings, enum finding_kind kind,
                              const struct cycle *cycles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct cycle *cycle = &cycles[i];
        const struct site *site = cycle->member_count ? cycle->members[0].site : NULL;
        struct finding *finding = add(findings, kind, cycle->fingerprint);

        finding->stack = site ? &site->stack : NULL;
        finding->cycle = cycle;
        finding->all = (struct quantity){
            kind == FINDING_PYTHON_LEAK ? cycle->amount.blocks : cycle->count, cycle->amount.bytes};
        finding->retained_bytes = cycle->retained_bytes;
    }
}

/* As in verdict.c: an image that exec replaced has nothing of its own. */
static void add_python(struct findings *findings, const struct process *process)
{
    const struct python *python = process->python;

    if (!python || process->ended == ENDED_EXEC)
        return;
    add_python_leaks(findings, python);
    if (!python->gc_enabled)
        add_python_cycles(findings, FINDING_PYTHON_LEAK, python->cycles, python->cycle_count);
    size_t first_mixed = findings->count;
    add_python_cycles(findings, FINDING_PYTHON_LEAK, python->mixed, python->mixed_count);
    for (size_t i = first_mixed; i < findings->count; i++)
        findings->all[i].is_mixed = true;
    add_python_cycles(findings, FINDING_PYTHON_GARBAGE, python->cycles, python->cycle_count);
}

static size_t count_python(const struct python *python)
{
    return python ? python->leak_count + 2 * python->cycle_count + python->mixed_count : 0;
}

void findings_collect(struct findings *findings, struct arena *arena, const struct process *process,
                      const struct real_time_names *names)
{
    size_t growing_count, most;
    struct site_growth *growing = growth_of_sites(process, &growing_count);

    most = process->leaks.site_count + process->cycle_count + process->error_count +
           count_real_time(process, names) + growing_count + count_python(process->python);
    *findings = (struct findings){.all = arena_array(arena, most, sizeof(*findings->all))};
    add_leaks(findings, process);
    add_cycles(findings, process);
    add_errors(findings, process);
    for (size_t i = 0; i < process->thread_count; i++)
        if (is_real_time(&process->threads[i], names))
            add_thread(findings, &process->threads[i]);
    add_growth(findings, growing, growing_count);
    add_python(findings, process);
    free(growing);
    merge(findings);
}

bool finding_is_bigger(const struct finding *one, const struct finding *other)
{
    bool one_direct = one->direct_blocks > 0, other_direct = other->direct_blocks > 0;

    if (one->kind == FINDING_LEAK && one_direct != other_direct)
        return one_direct;
    if ((one->kind == FINDING_REAL_TIME) != (other->kind == FINDING_REAL_TIME))
        return other->kind == FINDING_REAL_TIME;
    if (one->kind == FINDING_REAL_TIME && one->counted.count != other->counted.count)
        return one->counted.count >
               other->counted.count; /* each of them may block, whatever its size */
    if (one->retained_bytes != other->retained_bytes)
        return one->retained_bytes > other->retained_bytes;
    if (one->counted.bytes != other->counted.bytes)
        return one->counted.bytes > other->counted.bytes;
    return one->counted.count > other->counted.count;
}

struct label finding_place(const struct finding *finding)
{
    static const struct stack nothing = {0};

    return label_stack(finding->stack ? finding->stack : &nothing);
}

static const char *error_name(const struct finding *finding)
{
    static const char *const names[] = {[DOUBLE_FREE] = "double free",
                                        [INVALID_FREE] = "invalid free",
                                        [MISMATCHED_FREE] = "mismatched free"};

    return names[finding->error->kind];
}

struct label finding_text(const struct finding *finding, const struct quantity *quantity)
{
    struct formatted size = format_size(quantity->bytes);
    struct label label = {""};

    switch (finding->kind) {
    case FINDING_LEAK:
        snprintf(label.text, sizeof(label.text), "%s leaked, %s",
                 format_plural(quantity->count, "block").text, size.text);
        break;
    case FINDING_CYCLE:
        snprintf(label.text, sizeof(label.text), "%s, %s",
                 format_plural(quantity->count, "leaked cycle").text, size.text);
        break;
    case FINDING_ERROR:
        snprintf(label.text, sizeof(label.text), "%s",
                 format_plural(quantity->count, error_name(finding)).text);
        break;
    case FINDING_REAL_TIME:
        snprintf(label.text, sizeof(label.text), "%s on the real-time thread %.64s, %s",
                 format_plural(quantity->count, "allocation").text, finding->thread, size.text);
        break;
    case FINDING_GROWTH:
        snprintf(label.text, sizeof(label.text), "grows by %s a minute", size.text);
        break;
    case FINDING_PYTHON_LEAK:
        snprintf(label.text, sizeof(label.text), "%s %s, %s",
                 format_plural(quantity->count, "Python object").text,
                 finding->is_mixed ? "and blocks in cycles through C++"
                 : finding->cycle  ? "in cycles, and the collector is off"
                                   : "with a reference too many",
                 size.text);
        break;
    case FINDING_PYTHON_GARBAGE:
        snprintf(label.text, sizeof(label.text), "%s of Python garbage, %s",
                 format_plural(quantity->count, "cycle").text, size.text);
        break;
    case FINDING_KINDS:
        break;
    }
    return label;
}
