/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/children.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/text.h"
#include "analyzer/recording/verdict.h"

struct child_note {
    struct recording_child of;
    const char *name;
};

struct child_image {
    int pid;
    uint64_t started_ns;
};

/* A child that did not execute anything is the program that noted it. */
static const char *name_of(const struct children *children, const struct recording *recording,
                           const struct recording_child *child)
{
    size_t length = strnlen(child->name, sizeof child->name);
    const char *parent = recording_text(recording, children->arena, recording->header.executable);
    if (length)
        return text_utf8(children->arena, child->name, length);
    return parent ? parent : "unknown";
}

static void add_note(struct children *children, const struct recording *recording,
                     const struct recording_child *child)
{
    if (child->state == RECORDING_CHILD_NONE || child->state == RECORDING_CHILD_RECORDED)
        return;
    children->notes = arena_grow(children->arena, children->notes, children->note_count,
                                 &children->note_capacity, sizeof *children->notes);
    children->notes[children->note_count++] =
        (struct child_note){*child, name_of(children, recording, child)};
}

static void add_unborn(struct children *children, const struct recording *recording)
{
    const struct recording_header *header = &recording->header;
    const char *parent = recording_text(recording, children->arena, header->executable);
    if (!header->forks_in_flight || header->ended == RECORDING_RUNNING)
        return;
    children->unborn = arena_grow(children->arena, children->unborn, children->unborn_count,
                                  &children->unborn_capacity, sizeof *children->unborn);
    children->unborn[children->unborn_count++] =
        (struct unrecorded){.process = {.executable = parent ? parent : "unknown"},
                            .why = "it was forked, and ended or was stopped before it ran",
                            .count = header->forks_in_flight};
}

void children_collect(struct children *children, const struct recording *recording)
{
    add_unborn(children, recording);
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_CHILDREN];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_child *all = records->pieces[i].records;
        for (uint64_t k = 0; k < records->pieces[i].count; k++)
            add_note(children, recording, &all[k]);
    }
    children->images = arena_grow(children->arena, children->images, children->image_count,
                                  &children->image_capacity, sizeof *children->images);
    children->images[children->image_count++] =
        (struct child_image){recording->header.pid, recording->header.started_ns};
}

/* --- who is missing --- */

static int compare_notes(const void *left, const void *right)
{
    const struct recording_child *one = &((const struct child_note *)left)->of,
                                 *other = &((const struct child_note *)right)->of;
    if (one->pid != other->pid)
        return one->pid < other->pid ? -1 : 1;
    return one->time_ns < other->time_ns ? -1 : one->time_ns > other->time_ns;
}

/* An image that began between this note and the next one of the same pid. */
static bool is_recorded(const struct children *children, size_t index)
{
    const struct recording_child *note = &children->notes[index].of;
    uint64_t end_ns = UINT64_MAX;
    if (index + 1 < children->note_count && children->notes[index + 1].of.pid == note->pid)
        end_ns = children->notes[index + 1].of.time_ns;
    for (size_t i = 0; i < children->image_count; i++)
        if (children->images[i].pid == note->pid &&
            children->images[i].started_ns >= note->time_ns &&
            children->images[i].started_ns < end_ns)
            return true;
    return false;
}

static const char *describe_failure(struct arena *arena, const struct recording_child *note)
{
    switch (note->failure) {
    case EACCES:
    case EPERM:
    case EROFS:
        return arena_printf(arena, "as user %u it may not write into the session folder",
                            note->user);
    case ENOENT:
    case ENOTDIR:
        return "the session folder is not there for it (another root?)";
    case EMFILE:
    case ENFILE:
        return "it had no file descriptor left to make a recording";
    case ENOSPC:
    case EDQUOT:
        return "there was no room on the disk for its recording";
    case EFBIG:
        return "its limit of the size of files (ulimit -f) leaves no room for a recording";
    case ENOMEM:
        return "there was no memory for its recording";
    default:
        return arena_printf(arena, "it could not make a recording: %s", strerror(note->failure));
    }
}

static const char *describe_program(struct arena *arena, const struct recording_child *note)
{
    static const char *const sentences[] = {
        [RECORDING_PROGRAM_STATIC] = "it is statically linked",
        [RECORDING_PROGRAM_OTHER_MACHINE] =
            "it is built for another kind of machine than leakgraph",
        [RECORDING_PROGRAM_OTHER_LIBC] = "its C library is not glibc",
        [RECORDING_PROGRAM_PRIVILEGED] =
            "it gets rights that its user has not (setuid, setgid, file capabilities)",
        [RECORDING_PROGRAM_SANITIZED] =
            "it is built with AddressSanitizer, which has a malloc of its own",
        [RECORDING_PROGRAM_NO_ENVIRONMENT] =
            "LD_PRELOAD or LEAKGRAPH_OUT was not in its environment",
        [RECORDING_PROGRAM_NO_ROOM] =
            "its limits of memory (ulimit -v, -d) leave too little to load the recorder",
    };
    if (note->program != RECORDING_PROGRAM_FINE)
        return sentences[note->program];
    if (verdict_runs_since(note->pid, note->boot_ns))
        return "it still runs, and made no recording";
    if (note->user != geteuid())
        return arena_printf(arena,
                            "it made no recording: as user %u it may not reach the session folder",
                            note->user);
    return "it made no recording (killed at once, a limit, or another root?)";
}

/* NULL: there is nothing to say. */
static const char *describe(struct arena *arena, const struct recording_child *note)
{
    if (note->state == RECORDING_CHILD_FAILED)
        return describe_failure(arena, note);
    if (note->state == RECORDING_CHILD_EXECUTES)
        return describe_program(arena, note);
    return verdict_runs_since(note->pid, note->boot_ns)
               ? "it still runs, and has allocated nothing yet"
               : NULL;
}

static void add(const struct child_note *note, const char *why, struct unrecorded *all,
                size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        if (strcmp(all[i].process.executable, note->name) == 0 && strcmp(all[i].why, why) == 0) {
            all[i].count++;
            return;
        }
    all[(*count)++] = (struct unrecorded){
        .process = {.pid = note->of.pid, .executable = note->name}, .why = why, .count = 1};
}

const struct unrecorded *children_unrecorded(const struct children *children, size_t *count)
{
    struct unrecorded *all = arena_array(
        children->arena, children->unborn_count + children->note_count + 1, sizeof *all);
    *count = children->unborn_count;
    if (*count)
        memcpy(all, children->unborn, *count * sizeof *all);
    if (children->note_count)
        qsort(children->notes, children->note_count, sizeof *children->notes, compare_notes);
    for (size_t i = 0; i < children->note_count; i++) {
        const char *why =
            is_recorded(children, i) ? NULL : describe(children->arena, &children->notes[i].of);
        if (why)
            add(&children->notes[i], why, all, count);
    }
    return all;
}
