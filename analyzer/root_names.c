/* SPDX-License-Identifier: MIT */
#include "analyzer/root_names.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/symbols.h"
#include "analyzer/text.h"

enum { TEXT_BUCKETS = 4096, THREAD_NAME_BYTES = 16 };

struct known_text {
    struct known_text *next;
    const char *text;
};

struct root_names {
    struct arena *arena;
    const struct recording *recording;
    struct stacks *stacks;
    struct known_text *texts[TEXT_BUCKETS];
};

struct root_names *root_names_new(struct arena *arena, const struct recording *recording,
                                  struct stacks *stacks)
{
    struct root_names *names = arena_alloc(arena, sizeof *names);
    names->arena = arena;
    names->recording = recording;
    names->stacks = stacks;
    return names;
}

static const char *intern(struct root_names *names, const char *text)
{
    uint64_t hash = 14695981039346656037u;
    for (const char *at = text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * 1099511628211u;
    struct known_text **bucket = &names->texts[hash % TEXT_BUCKETS];
    for (struct known_text *known = *bucket; known; known = known->next)
        if (strcmp(known->text, text) == 0)
            return known->text;
    struct known_text *known = arena_alloc(names->arena, sizeof *known);
    known->text = text;
    known->next = *bucket;
    *bucket = known;
    return text;
}

/* --- variables --- */

static bool find_variable(struct root_names *names, const struct graph_root *root,
                          struct symbol_variable *found)
{
    const struct recording_module *module = recording_module(names->recording, root->owner);
    struct symbol_module *file = module ? stacks_module(names->stacks, root->owner) : NULL;
    return file && symbols_variable(
                       stacks_symbols(names->stacks), file, root->address - module->bias,
                       !(module->flags & (RECORDING_MODULE_LIBC | RECORDING_MODULE_LOADER)), found);
}

static const char *name_data(struct root_names *names, const struct graph_root *root)
{
    struct symbol_variable found;
    const struct recording_module *module = recording_module(names->recording, root->owner);
    const char *path = module ? recording_text(names->recording, names->arena, module->path) : NULL;
    const char *file = path ? text_base_name(path) : "unknown module";
    if (!find_variable(names, root, &found))
        return arena_printf(names->arena, "data of %s", file);
    if (found.file && found.line)
        return arena_printf(names->arena, "global %s (%s:%u)", found.name,
                            text_base_name(found.file), found.line);
    return arena_printf(names->arena, "global %s (%s)", found.name, file);
}

/* --- threads --- */

static const struct recording_thread *find_thread(const struct root_names *names, uint64_t tid)
{
    const struct recording_records *records = &names->recording->records[RECORDING_CHUNK_THREADS];
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_thread *threads = records->pieces[i].records;
        for (uint64_t k = 0; k < records->pieces[i].count; k++)
            if (threads[k].tid == (int32_t)tid && tid)
                return &threads[k];
    }
    return NULL;
}

/* The main thread bears the program's name: that of its part says more. */
static const char *name_thread(struct root_names *names, uint64_t tid)
{
    const struct recording_thread *thread = find_thread(names, tid);
    if (tid == (uint64_t)names->recording->header.pid)
        return "main thread";
    if (!thread || !thread->name[0])
        return arena_printf(names->arena, "thread %" PRIu64, tid);
    return arena_printf(
        names->arena, "thread \"%s\"",
        text_utf8(names->arena, thread->name, strnlen(thread->name, THREAD_NAME_BYTES)));
}

const char *root_names_text(struct root_names *names, const struct graph_root *root)
{
    const char *text = "memory that is no heap";
    switch ((enum recording_root_kind)root->kind) {
    case RECORDING_ROOT_DATA:
        text = name_data(names, root);
        break;
    case RECORDING_ROOT_STACK:
        text = arena_printf(names->arena, "%s stack", name_thread(names, root->owner));
        break;
    case RECORDING_ROOT_REGISTER:
        text = arena_printf(names->arena, "%s register", name_thread(names, root->owner));
        break;
    case RECORDING_ROOT_TLS:
        text = arena_printf(names->arena, "%s TLS or pthread key", name_thread(names, root->owner));
        break;
    case RECORDING_ROOT_ANONYMOUS:
        text = "mapped memory";
        break;
    case RECORDING_ROOT_SHARED:
        text = "shared memory";
        break;
    }
    return intern(names, text);
}

struct edge_label root_names_label(struct root_names *names, const struct graph_root *root)
{
    struct symbol_variable found;
    if (root->kind != RECORDING_ROOT_DATA || !find_variable(names, root, &found) || !found.type)
        return (struct edge_label){0};
    return edge_labels_of_type(names->arena, found.type, false, found.offset);
}
