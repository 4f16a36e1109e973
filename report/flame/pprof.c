/* SPDX-License-Identifier: MIT */
#include "report/flame/pprof.h"

#include <string.h>

#include "analyzer/base/arena.h"
#include "analyzer/base/hash.h"
#include "analyzer/base/index_table.h"
#include "report/base/gzip.h"
#include "report/base/utf8.h"
#include "report/profile.pb-c.h"
#include "report/view/labels.h"

/* Distinct things of one kind, in the order of their numbers. */
struct kind {
    void **all;
    size_t count, room;
    struct index_table table;
    uint64_t (*hash)(const void *kind, uint32_t i);
    bool (*same)(const void *kind, uint32_t i, uint32_t k);
};

/* One instruction: the function it is in, with what the compiler inlined there. */
struct place {
    Pprof__Location message;
    const struct frame *frames; /* innermost first */
    size_t frame_count;
};

struct profile {
    struct arena *arena;
    const struct session *session;
    const struct flame_options *options;
    FILE *file;
    struct kind strings, functions, mappings, places;
    Pprof__Sample **samples;
    size_t sample_count, sample_room;
};

enum { VALUES = 6 };
static const struct {
    const char *type, *unit;
    enum cost cost;
} sample_types[VALUES] = {
    {"allocations", "count", COST_ALLOCATIONS},
    {"allocated", "bytes", COST_ALLOCATED},
    {"temporary", "count", COST_TEMPORARY},
    {"leaked", "bytes", COST_LEAKED},
    {"live", "bytes", COST_COUNT},
    {"peak", "bytes", COST_PEAK},
};

/* The number of the element equal to the candidate; kind->count if that is new and is to be added.
 */
static size_t kind_find(struct profile *profile, struct kind *kind, const void *candidate)
{
    uint32_t number = (uint32_t)kind->count, found;
    struct index_search search;
    uint64_t hash;

    kind->all = arena_grow(profile->arena, kind->all, kind->count, &kind->room, sizeof(*kind->all));
    kind->all[number] = (void *)candidate;
    hash = kind->hash(kind, number);
    search = index_table_search(&kind->table, hash);
    while (index_table_next(&search, &found))
        if (kind->same(kind, found, number))
            return found;
    index_table_add(&kind->table, hash, number);
    return number;
}

static void *kind_add(struct kind *kind, void *element)
{
    return kind->all[kind->count++] = element;
}

static const void *at(const void *kind, uint32_t i)
{
    return ((const struct kind *)kind)->all[i];
}

static uint64_t hash_string(const void *kind, uint32_t i)
{
    return hash_text(0, at(kind, i));
}

static bool same_string(const void *kind, uint32_t a, uint32_t b)
{
    return strcmp(at(kind, a), at(kind, b)) == 0;
}

static int64_t string(struct profile *profile, const char *text)
{
    size_t found = kind_find(profile, &profile->strings, text);

    if (found == profile->strings.count)
        kind_add(&profile->strings, arena_copy(profile->arena, text, strlen(text)));
    return (int64_t)found;
}

static uint64_t hash_function(const void *kind, uint32_t i)
{
    const Pprof__Function *function = at(kind, i);

    return hash_mix(hash_mix(0, (uint64_t)function->name), (uint64_t)function->filename);
}

static bool same_function(const void *kind, uint32_t a, uint32_t b)
{
    const Pprof__Function *left = at(kind, a), *right = at(kind, b);

    return left->name == right->name && left->filename == right->filename;
}

static uint64_t function_id(struct profile *profile, const struct frame *frame)
{
    Pprof__Function function = PPROF__FUNCTION__INIT;
    char file[LABEL_BYTES];
    size_t found;

    utf8_copy(file, sizeof(file), frame->file ? frame->file : "", true);
    function.name = function.system_name = string(profile, label_function(frame).text);
    function.filename = string(profile, file);
    found = kind_find(profile, &profile->functions, &function);
    function.id = found + 1;
    if (found == profile->functions.count)
        *(Pprof__Function *)kind_add(&profile->functions,
                                     arena_alloc(profile->arena, sizeof(function))) = function;
    return function.id;
}

static uint64_t hash_mapping(const void *kind, uint32_t i)
{
    return (uint64_t)((const Pprof__Mapping *)at(kind, i))->filename * 0x9e3779b97f4a7c15u;
}

static bool same_mapping(const void *kind, uint32_t a, uint32_t b)
{
    return ((const Pprof__Mapping *)at(kind, a))->filename ==
           ((const Pprof__Mapping *)at(kind, b))->filename;
}

/* Addresses are the file's own, so a mapping starts at 0. */
static Pprof__Mapping *mapping_of(struct profile *profile, const char *path)
{
    Pprof__Mapping mapping = PPROF__MAPPING__INIT;
    size_t found;

    mapping.filename = string(profile, path);
    found = kind_find(profile, &profile->mappings, &mapping);
    mapping.id = found + 1;
    mapping.has_functions = mapping.has_filenames = true;
    mapping.has_line_numbers = mapping.has_inline_frames = true;
    if (found == profile->mappings.count)
        *(Pprof__Mapping *)kind_add(&profile->mappings,
                                    arena_alloc(profile->arena, sizeof(mapping))) = mapping;
    return profile->mappings.all[found];
}

static uint64_t mapping_id(struct profile *profile, const struct frame *frame)
{
    const char *path = frame->module_path ? frame->module_path : frame->module;
    Pprof__Mapping *mapping;

    if (!path)
        return 0;
    mapping = mapping_of(profile, path);
    if (mapping->memory_limit <= frame->offset)
        mapping->memory_limit = frame->offset + 1;
    return mapping->id;
}

/* Equal frames of one session share their strings. */
static uint64_t hash_place(const void *kind, uint32_t i)
{
    const struct place *place = at(kind, i);
    const struct frame *frame = place->frames;
    uint64_t hash = hash_mix(0, place->frame_count);

    hash = hash_mix(hash_mix(hash, (uintptr_t)frame->function), (uintptr_t)frame->module_path);
    return hash_mix(hash_mix(hash, frame->offset), frame->line);
}

static bool same_place(const void *kind, uint32_t a, uint32_t b)
{
    const struct place *left = at(kind, a), *right = at(kind, b);

    if (left->frame_count != right->frame_count)
        return false;
    for (size_t i = 0; i < left->frame_count; i++) {
        const struct frame *x = &left->frames[i], *y = &right->frames[i];

        if (x->function != y->function || x->module_path != y->module_path ||
            x->offset != y->offset || x->line != y->line)
            return false;
    }
    return true;
}

static void add_place(struct profile *profile, const struct place *candidate)
{
    struct place *place = arena_alloc(profile->arena, sizeof(*place));
    Pprof__Location *location = &place->message;

    *place = *candidate;
    pprof__location__init(location);
    kind_add(&profile->places, place);
    location->id = profile->places.count;
    location->mapping_id = mapping_id(profile, place->frames);
    location->address = place->frames->offset;
    location->n_line = place->frame_count;
    location->line = arena_array(profile->arena, place->frame_count, sizeof(*location->line));
    for (size_t i = 0; i < place->frame_count; i++) {
        location->line[i] = arena_alloc(profile->arena, sizeof(*location->line[i]));
        pprof__line__init(location->line[i]);
        location->line[i]->function_id = function_id(profile, &place->frames[i]);
        location->line[i]->line = place->frames[i].line;
    }
}

static uint64_t location_id(struct profile *profile, const struct frame *frames, size_t count)
{
    struct place place = {.frames = frames, .frame_count = count};
    size_t found = kind_find(profile, &profile->places, &place);

    if (found == profile->places.count)
        add_place(profile, &place);
    return found + 1;
}

static void set_locations(struct profile *profile, Pprof__Sample *sample, const struct stack *stack)
{
    static const struct frame unknown = {.function = "[unknown]"};
    const struct frame *frames = stack->frame_count ? stack->frames : &unknown;
    size_t count = stack->frame_count ? stack->frame_count : 1, end;

    sample->location_id = arena_array(profile->arena, count, sizeof(*sample->location_id));
    for (size_t i = 0; i < count; i = end) {
        for (end = i; frames[end].inlined && end + 1 < count; end++)
            ;
        end++;
        sample->location_id[sample->n_location_id++] = location_id(profile, frames + i, end - i);
    }
}

static void add_label(struct profile *profile, Pprof__Sample *sample, const char *key,
                      const char *text)
{
    Pprof__Label *label = arena_alloc(profile->arena, sizeof(*label));

    if (!sample->label)
        sample->label = arena_array(profile->arena, 2, sizeof(*sample->label));
    pprof__label__init(label);
    label->key = string(profile, key);
    label->str = string(profile, text);
    sample->label[sample->n_label++] = label;
}

static bool set_values(struct profile *profile, Pprof__Sample *sample, const struct site *site,
                       bool old)
{
    uint64_t any = 0;

    sample->n_value = VALUES;
    sample->value = arena_array(profile->arena, VALUES, sizeof(*sample->value));
    for (size_t i = 0; i < VALUES; i++) {
        uint64_t value = cost_of_site(sample_types[i].cost, site);

        sample->value[i] = old ? -(int64_t)value : (int64_t)value;
        any |= value;
    }
    return any != 0;
}

static void add_site(struct profile *profile, const struct site *site, const char *process,
                     bool old)
{
    Pprof__Sample *sample = arena_alloc(profile->arena, sizeof(*sample));

    pprof__sample__init(sample);
    if (!set_values(profile, sample, site, old))
        return;
    set_locations(profile, sample, &site->stack);
    add_label(profile, sample, "process", process);
    if (old)
        add_label(profile, sample, "pprof::base", "true");
    profile->samples = arena_grow(profile->arena, profile->samples, profile->sample_count,
                                  &profile->sample_room, sizeof(*profile->samples));
    profile->samples[profile->sample_count++] = sample;
}

static void add_session(struct profile *profile, const struct session *session,
                        const struct flame_options *options, bool old)
{
    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];
        struct label label = label_process(process);

        if (options->pid && !old && (uint64_t)process->pid != options->pid)
            continue;
        if (process->executable) /* pprof takes the first mapping for the profiled file */
            mapping_of(profile, process->executable);
        for (size_t at = 0; at < process->site_count; at++)
            add_site(profile, &process->sites[at], label.text, old);
    }
}

static void set_sample_types(struct profile *profile, Pprof__Profile *message, enum cost cost)
{
    message->n_sample_type = VALUES;
    message->sample_type = arena_array(profile->arena, VALUES, sizeof(*message->sample_type));
    for (size_t i = 0; i < VALUES; i++) {
        Pprof__ValueType *type = arena_alloc(profile->arena, sizeof(*type));

        pprof__value_type__init(type);
        type->type = string(profile, sample_types[i].type);
        type->unit = string(profile, sample_types[i].unit);
        message->sample_type[i] = type;
        if (sample_types[i].cost == cost)
            message->default_sample_type = type->type;
    }
}

static void set_times(Pprof__Profile *message, const struct session *session, uint64_t pid)
{
    for (size_t i = 0; i < session->process_count; i++) {
        const struct process *process = &session->processes[i];

        if (pid && (uint64_t)process->pid != pid)
            continue;
        if (!message->time_nanos)
            message->time_nanos = (int64_t)process->started_realtime_ns;
        if (message->duration_nanos < (int64_t)process->duration_ns)
            message->duration_nanos = (int64_t)process->duration_ns;
    }
}

/* The kinds hold pointers to messages, or to what starts with one. */
static void set_tables(const struct profile *profile, Pprof__Profile *message)
{
    message->n_sample = profile->sample_count;
    message->sample = profile->samples;
    message->n_mapping = profile->mappings.count;
    message->mapping = (Pprof__Mapping **)profile->mappings.all;
    message->n_location = profile->places.count;
    message->location = (Pprof__Location **)profile->places.all;
    message->n_function = profile->functions.count;
    message->function = (Pprof__Function **)profile->functions.all;
    message->n_string_table = profile->strings.count;
    message->string_table = (char **)profile->strings.all;
}

static bool write_message(const Pprof__Profile *message, struct arena *arena, FILE *file,
                          struct error *error)
{
    size_t size_bytes = pprof__profile__get_packed_size(message);
    uint8_t *packed = arena_alloc(arena, size_bytes);

    pprof__profile__pack(message, packed);
    return gzip_write(packed, size_bytes, file, error);
}

static bool has_process(const struct session *session, uint64_t pid)
{
    for (size_t i = 0; i < session->process_count; i++)
        if (pid == 0 || (uint64_t)session->processes[i].pid == pid)
            return true;
    return pid == 0;
}

static bool build_and_write(void *context, struct error *error)
{
    struct profile *profile = context;
    const struct session *session = profile->session;
    const struct flame_options *options = profile->options;
    Pprof__Profile message = PPROF__PROFILE__INIT;

    string(profile, ""); /* number 0 is "" by definition */
    set_sample_types(profile, &message, options->cost);
    set_times(&message, session, options->pid);
    add_session(profile, session, options, false);
    if (options->compared)
        add_session(profile, options->compared, options, true);
    set_tables(profile, &message);
    return write_message(&message, profile->arena, profile->file, error);
}

bool pprof_write(const struct session *session, const struct flame_options *options, FILE *file,
                 struct error *error)
{
    struct arena *arena;
    bool done;

    if (options->inverted)
        return error_set(error, "pprof inverts the graph itself: leave out --inverted");
    if (!has_process(session, options->pid))
        return error_set(error, "%s: no process with pid %llu", session->path,
                         (unsigned long long)options->pid);
    arena = arena_new();
    if (!arena)
        return error_set(error, "not enough memory");
    struct profile profile = {
        .arena = arena,
        .session = session,
        .options = options,
        .file = file,
        .strings = {.table = {.arena = arena}, .hash = hash_string, .same = same_string},
        .functions = {.table = {.arena = arena}, .hash = hash_function, .same = same_function},
        .mappings = {.table = {.arena = arena}, .hash = hash_mapping, .same = same_mapping},
        .places = {.table = {.arena = arena}, .hash = hash_place, .same = same_place},
    };
    done = arena_try(arena, build_and_write, &profile, session->path, error);
    arena_free(arena);
    return done;
}
