/* SPDX-License-Identifier: MIT */
#include "analyzer/objects/root_names.h"

#include <inttypes.h>
#include <string.h>

#include "analyzer/symbols/frame_kind.h"
#include "analyzer/graph/python_merge.h"
#include "analyzer/symbols/symbols.h"
#include "analyzer/base/text.h"
#include "analyzer/cxx/type_names.h"

enum { TEXT_BUCKETS = 4096, THREAD_NAME_BYTES = 16 };

struct known_text {
    struct known_text *next;
    const char *text;
};

struct root_names {
    struct arena *arena;
    const struct recording *recording;
    struct stacks *stacks;
    const struct thread_places *places;
    const struct graph *graph; /* NULL: nothing is known about Python */
    struct known_text *texts[TEXT_BUCKETS];
};

struct root_names *root_names_new(struct arena *arena, const struct recording *recording,
                                  struct stacks *stacks, const struct thread_places *places)
{
    struct root_names *names = arena_alloc(arena, sizeof *names);
    names->arena = arena;
    names->recording = recording;
    names->stacks = stacks;
    names->places = places;
    return names;
}

void root_names_use(struct root_names *names, const struct graph *graph)
{
    names->graph = graph;
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

static bool is_user_module(const struct recording_module *module)
{
    return !(module->flags & (RECORDING_MODULE_LIBC | RECORDING_MODULE_LOADER));
}

static bool find_global(struct root_names *names, const struct graph_root *root,
                        struct symbol_variable *found)
{
    const struct recording_module *module = recording_module(names->recording, root->owner);
    struct symbol_module *file = module ? stacks_module(names->stacks, root->owner) : NULL;
    return file && symbols_variable(stacks_symbols(names->stacks), file,
                                    root->address - module->bias, is_user_module(module), found);
}

static const char *file_name(struct root_names *names, uint64_t module_index)
{
    const struct recording_module *module = recording_module(names->recording, module_index);
    const char *path = module ? recording_text(names->recording, names->arena, module->path) : NULL;
    return path ? text_base_name(path) : "unknown module";
}

/* "g_registry (robot.cpp:12)", or with the module when the line is unknown. */
static const char *variable_text(struct root_names *names, const struct symbol_variable *variable,
                                 uint64_t module_index)
{
    if (variable->file && variable->line)
        return arena_printf(names->arena, "%s (%s:%u)", variable->name,
                            text_base_name(variable->file), variable->line);
    return arena_printf(names->arena, "%s (%s)", variable->name, file_name(names, module_index));
}

static const char *name_data(struct root_names *names, const struct graph_root *root)
{
    struct symbol_variable found;
    if (!find_global(names, root, &found))
        return arena_printf(names->arena, "data of %s", file_name(names, root->owner));
    return arena_printf(names->arena, "global %s", variable_text(names, &found, root->owner));
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

/* The main thread has the program's name: its role says more. */
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

/* --- thread-local storage --- */

static bool find_thread_variable(struct root_names *names, const struct thread_storage *storage,
                                 uint64_t address, struct symbol_variable *found)
{
    struct symbol_module *file = stacks_module(names->stacks, storage->module);
    return file && symbols_thread_variable(stacks_symbols(names->stacks), file,
                                           address - storage->start, found);
}

static const char *name_storage(struct root_names *names, const struct thread_storage *storage,
                                uint64_t address)
{
    struct symbol_variable found;
    const char *thread = name_thread(names, storage->tid);
    if (!find_thread_variable(names, storage, address, &found))
        return arena_printf(names->arena, "%s TLS of %s", thread,
                            file_name(names, storage->module));
    return arena_printf(names->arena, "%s TLS %s", thread,
                        variable_text(names, &found, storage->module));
}

/* --- stacks --- */

static struct symbol_module *module_of(struct root_names *names, const struct thread_frame *frame,
                                       struct symbol_frame_place *place)
{
    uint64_t index = frame->module_and_flags & RECORDING_NO_MODULE;
    const struct recording_module *module =
        index == RECORDING_NO_MODULE ? NULL : recording_module(names->recording, index);
    if (!module || (module->flags & RECORDING_MODULE_SHIM))
        return NULL;
    *place = (struct symbol_frame_place){
        .pc = frame->pc - module->bias,
        .is_return_address = !(frame->module_and_flags & RECORDING_STACK_EXACT_PC),
        .cfa = frame->end,
    };
    return stacks_module(names->stacks, index);
}

static bool is_users(const struct frame *frame)
{
    return frame->function && !frame_is_machinery(frame) && strcmp(frame->function, "_start") != 0;
}

/* The user's innermost function in a frame; without a symbol, its place in the file. */
static const char *users_function(struct root_names *names, const struct symbol_frames *found,
                                  bool *has_name)
{
    const struct frame *last = &found->frames[found->count - 1];
    for (size_t i = 0; i < found->count; i++)
        if (is_users(&found->frames[i])) {
            *has_name = true;
            return type_names_short(names->arena, found->frames[i].function);
        }
    *has_name = false;
    return last->function || !last->module || frame_is_machinery(last)
               ? NULL
               : arena_printf(names->arena, "%s+0x%" PRIx64, last->module, last->offset);
}

/* What a runtime function has on its stack is there for its caller: a saved register, an argument.
 * NULL when no caller is the user's. */
static const char *function_of(struct root_names *names, const struct thread_frame *frame)
{
    const char *nameless = NULL;
    struct symbols *symbols = stacks_symbols(names->stacks);
    for (; frame->pc; frame++) {
        struct symbol_frame_place place;
        struct symbol_module *module = module_of(names, frame, &place);
        if (!module)
            continue;
        const struct symbol_frames *found =
            symbols_find(symbols, module, place.pc, place.is_return_address);
        bool has_name;
        const char *function = users_function(names, found, &has_name);
        if (has_name)
            return function;
        if (!nameless)
            nameless = function;
    }
    return nameless;
}

/* Also finds its function, which may be inlined into the frame's. */
static bool find_local(struct root_names *names, const struct thread_frame *frame, uint64_t address,
                       struct symbol_variable *found, const char **function)
{
    struct symbols *symbols = stacks_symbols(names->stacks);
    struct symbol_frame_place place;
    size_t scope;
    struct symbol_module *module = module_of(names, frame, &place);
    if (!module || !symbols_local(symbols, module, &place, address, found, &scope))
        return false;
    const struct symbol_frames *frames =
        symbols_find(symbols, module, place.pc, place.is_return_address);
    if (scope >= frames->count || !is_users(&frames->frames[scope]))
        return false;
    *function = frames->frames[scope].function;
    return true;
}

/* "main thread stack in load_map: buffer" */
static const char *name_stack(struct root_names *names, const struct graph_root *root)
{
    const char *thread = name_thread(names, root->owner), *function;
    const struct thread_frame *frame = thread_places_frame(names->places, root->address);
    struct symbol_variable local;
    if (frame && find_local(names, frame, root->address, &local, &function))
        return arena_printf(names->arena, "%s stack in %s: %s", thread,
                            type_names_short(names->arena, function), local.name);
    function = frame ? function_of(names, frame) : NULL;
    return function ? arena_printf(names->arena, "%s stack in %s", thread, function)
                    : arena_printf(names->arena, "%s stack", thread);
}

static const char *name_register(struct root_names *names, const struct graph_root *root)
{
    const char *thread = name_thread(names, root->owner);
    const struct thread_frame *frame = thread_places_innermost(names->places, root->owner);
    const char *function = frame ? function_of(names, frame) : NULL;
    return function ? arena_printf(names->arena, "%s register in %s", thread, function)
                    : arena_printf(names->arena, "%s register", thread);
}

/* --- all of them --- */

static const char *name_descriptor(struct root_names *names, const struct graph_root *root)
{
    bool knows_keys = thread_places_knows_keys(names->places);
    return arena_printf(names->arena, knows_keys ? "%s descriptor" : "%s TLS or pthread key",
                        name_thread(names, root->owner));
}

static const char *name_by_kind(struct root_names *names, const struct graph_root *root)
{
    switch ((enum recording_root_kind)root->kind) {
    case RECORDING_ROOT_DATA:
        return name_data(names, root);
    case RECORDING_ROOT_STACK:
        return name_stack(names, root);
    case RECORDING_ROOT_REGISTER:
        return name_register(names, root);
    case RECORDING_ROOT_TLS:
        return name_descriptor(names, root);
    case RECORDING_ROOT_ANONYMOUS:
        return "mapped memory";
    case RECORDING_ROOT_SHARED:
        return "shared memory";
    case RECORDING_ROOT_INHERITED:
        return "a block from before the fork";
    }
    return "memory that is no heap";
}

/* NULL when the root is not in a thread's own storage. */
static const struct thread_storage *storage_of(const struct root_names *names,
                                               const struct graph_root *root)
{
    return root->kind == RECORDING_ROOT_REGISTER
               ? NULL
               : thread_places_storage(names->places, root->address);
}

static bool find_key(const struct root_names *names, const struct graph_root *root, uint64_t *tid,
                     uint64_t *key)
{
    return root->kind != RECORDING_ROOT_REGISTER &&
           thread_places_key(names->places, root->address, tid, key);
}

static const char *name_key(struct root_names *names, const struct graph_root *root)
{
    uint64_t tid, key;
    if (!find_key(names, root, &tid, &key))
        return NULL;
    return arena_printf(names->arena, "%s pthread key %" PRIu64, name_thread(names, tid), key);
}

/* Python's frames lie in memory that it maps, and on the stack while C code calls. */
static const char *name_local(struct root_names *names, const struct graph_root *root)
{
    bool may_be = root->kind == RECORDING_ROOT_ANONYMOUS || root->kind == RECORDING_ROOT_STACK;
    if (!names->graph || !may_be || !python_merge_is_object(names->graph, root->to))
        return NULL;
    const char *local = python_merge_local(names->graph, names->arena, root->to);
    return local || root->kind == RECORDING_ROOT_STACK ? local : "a function of Python";
}

const char *root_names_text(struct root_names *names, const struct graph_root *root)
{
    const struct thread_storage *storage = storage_of(names, root);
    const char *text =
        storage ? name_storage(names, storage, root->address) : name_key(names, root);
    if (!text)
        text = name_local(names, root);
    return intern(names, text ? text : name_by_kind(names, root));
}

static bool find_variable(struct root_names *names, const struct graph_root *root,
                          struct symbol_variable *found)
{
    const struct thread_storage *storage = storage_of(names, root);
    const char *function;
    if (storage)
        return find_thread_variable(names, storage, root->address, found);
    if (root->kind == RECORDING_ROOT_DATA)
        return find_global(names, root, found);
    const struct thread_frame *frame = root->kind == RECORDING_ROOT_STACK
                                           ? thread_places_frame(names->places, root->address)
                                           : NULL;
    return frame && find_local(names, frame, root->address, found, &function);
}

/* A smart pointer's or container's own pointer is the variable itself; what lies inside an array or
 * pair is not. */
static bool is_whole(const struct dwarf_type *type, const char *text)
{
    return type_names_is_library(dwarf_type_name(type)) && text[0] != '[' &&
           strncmp(text, "first", 5) != 0 && strncmp(text, "second", 6) != 0;
}

struct edge_label root_names_label(struct root_names *names, const struct graph_root *root)
{
    struct symbol_variable found;
    if (!find_variable(names, root, &found) || !found.type)
        return (struct edge_label){0};
    struct edge_label label = edge_labels_of_type(names->arena, found.type, false, found.offset);
    if (label.text && is_whole(found.type, label.text))
        label.text = NULL;
    return label;
}

bool root_names_is_static(const struct root_names *names, const struct graph_root *root)
{
    uint64_t tid, key;
    return root->kind == RECORDING_ROOT_DATA || storage_of(names, root) ||
           find_key(names, root, &tid, &key);
}

/* --- storage that is a block --- */

const struct thread_storage *root_names_storage_in(const struct root_names *names, uint64_t address,
                                                   uint64_t size_bytes)
{
    return thread_places_storage_in(names->places, address, size_bytes);
}

const char *root_names_storage_text(struct root_names *names, const struct thread_storage *storage)
{
    return arena_printf(names->arena, "TLS of %s", file_name(names, storage->module));
}

struct edge_label root_names_storage_label(struct root_names *names,
                                           const struct thread_storage *storage, uint64_t offset)
{
    struct symbol_variable found;
    struct edge_label label = {0};
    if (!find_thread_variable(names, storage, storage->start + offset, &found))
        return label;
    if (found.type)
        label = edge_labels_of_type(names->arena, found.type, false, found.offset);
    const char *member = label.text && !is_whole(found.type, label.text) ? label.text : "";
    label.text = arena_printf(names->arena, "%s%s%s", found.name,
                              *member && *member != '[' ? "." : "", member);
    return label;
}
