/* SPDX-License-Identifier: MIT */
#include "report/json/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <time.h>

#include "report/base/version.h"
#include "report/json/json_values.h"
#include "report/view/labels.h"
#include "report/view/shown_sites.h"

static json_t *leak(const struct leak *of)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:o}", "class", leak_class_names[of->class],
                     "type", json_text(of->type), "blocks", json_number(of->amount.blocks), "bytes",
                     json_number(of->amount.bytes), "retained_bytes",
                     json_number(of->retained_bytes), "fingerprint",
                     of->site ? of->site->fingerprint : "", "stack", json_site_stack(of->site));
}

static json_t *builtin_suppressions(const struct leaks *of)
{
    json_t *array = json_array();

    for (size_t i = 0; i < of->builtin_count; i++)
        json_array_append_new(array, json_pack("{s:s, s:s, s:o, s:o}", "name", of->builtin[i].name,
                                               "what", of->builtin[i].what, "blocks",
                                               json_number(of->builtin[i].hits.blocks), "bytes",
                                               json_number(of->builtin[i].hits.bytes)));
    return array;
}

static json_t *leaks(const struct leaks *of)
{
    json_t *sites = json_array();

    for (size_t i = 0; i < of->site_count; i++)
        json_array_append_new(sites, leak(&of->sites[i]));
    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "checked",
                     of->checked, "why_not",
                     json_text(of->checked   ? NULL
                               : of->why_not ? of->why_not
                                             : "unknown"),
                     "blocks", json_number(of->all.blocks), "bytes", json_number(of->all.bytes),
                     "direct", json_amount(&of->direct), "indirect", json_amount(&of->indirect),
                     "cycle", json_amount(&of->cycle), "suppressed", json_amount(&of->suppressed),
                     "reachable", json_amount(&of->reachable), "maybe_only_weak",
                     json_number(of->maybe_only_weak), "builtin_suppressions",
                     builtin_suppressions(of), "sites", sites);
}

static json_t *cycle_members(const struct cycle *of)
{
    json_t *members = json_array();

    for (size_t i = 0; i < of->member_count; i++) {
        const struct cycle_member *member = &of->members[i];

        json_array_append_new(
            members, json_pack("{s:o, s:o, s:o, s:o}", "type", json_text(member->type),
                               "size_bytes", json_number(member->size_bytes), "address",
                               json_hex(member->address), "stack", json_site_stack(member->site)));
    }
    return members;
}

static json_t *cycle_edges(const struct cycle *of)
{
    json_t *edges = json_array();

    for (size_t i = 0; i < of->edge_count; i++) {
        const struct cycle_edge *edge = &of->edges[i];

        json_array_append_new(
            edges, json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "from", json_number(edge->from),
                             "to", json_number(edge->to), "offset", json_number(edge->offset),
                             "target_offset", json_number(edge->target_offset), "label",
                             json_text(edge->label), "exact", edge->exact, "tagged", edge->tagged));
    }
    return edges;
}

static json_t *cycle_tails(const struct cycle *of)
{
    json_t *tails = json_array();

    for (size_t i = 0; i < of->tail_count; i++) {
        const struct cycle_tail *tail = &of->tails[i];

        json_array_append_new(
            tails,
            json_pack("{s:o, s:o, s:o, s:o, s:o}", "holder", json_number(tail->holder), "type",
                      json_text(tail->type), "blocks", json_number(tail->amount.blocks), "bytes",
                      json_number(tail->amount.bytes), "stack", json_site_stack(tail->site)));
    }
    return tails;
}

static json_t *texts(const char *const *of, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_text(of[i]));
    return array;
}

static json_t *cycle(const struct cycle *of)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "count",
        json_number(of->count), "blocks", json_number(of->amount.blocks), "bytes",
        json_number(of->amount.bytes), "retained_blocks", json_number(of->retained_blocks),
        "retained_bytes", json_number(of->retained_bytes), "shared_blocks",
        json_number(of->shared.blocks), "shared_bytes", json_number(of->shared.bytes),
        "fingerprint", of->fingerprint, "members", cycle_members(of), "edges", cycle_edges(of),
        "weaken", json_number(of->weaken), "why_weaken", json_text(of->why_weaken), "tails",
        cycle_tails(of), "only_weak", texts(of->only_weak, of->only_weak_count), "owners",
        texts(of->owners, of->owner_count), "use_count", json_number(of->use_count));
}

static json_t *expired(const struct expired *of)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "type", json_text(of->type), "blocks",
                     json_number(of->amount.blocks), "bytes", json_number(of->amount.bytes),
                     "weak_references", json_number(of->weak), "held_by", json_text(of->held_by),
                     "stack", json_site_stack(of->site));
}

static json_t *pool(const struct pool *of)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "name", of->name, "blocks",
                     json_number(of->amount.blocks), "bytes", json_number(of->amount.bytes),
                     "stack", json_site_stack(of->site));
}

static json_t *lifetimes(const struct lifetime *list, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(
            array, json_pack("{s:o, s:o}", "under_ns",
                             list[i].under_ns ? json_number(list[i].under_ns) : json_null(),
                             "frees", json_number(list[i].frees)));
    return array;
}

static json_t *site(const struct site *of)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:b, s:o}", "allocations",
        json_number(of->figures.allocations), "allocated_bytes",
        json_number(of->figures.allocated_bytes), "frees", json_number(of->figures.frees),
        "freed_bytes", json_number(of->figures.freed_bytes), "live_blocks",
        json_number(of->figures.live_blocks), "live_bytes", json_number(of->figures.live_bytes),
        "peak_bytes", json_number(of->figures.peak_bytes), "temporary_allocations",
        json_number(of->figures.temporary_allocations), "leaked_blocks",
        json_number(of->figures.leaked_blocks), "leaked_bytes",
        json_number(of->figures.leaked_bytes), "lifetimes",
        lifetimes(of->lifetimes, of->lifetime_count), "fingerprint", of->fingerprint, "stack_cut",
        of->stack.cut, "stack", json_stack(&of->stack));
}

static json_t *line(const struct line *of)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "file", json_text(of->file),
                     "line", json_number(of->line), "function", json_text(of->function),
                     "allocations", json_number(of->figures.allocations), "allocated_bytes",
                     json_number(of->figures.allocated_bytes), "live_bytes",
                     json_number(of->figures.live_bytes), "peak_bytes",
                     json_number(of->figures.peak_bytes), "leaked_bytes",
                     json_number(of->figures.leaked_bytes), "temporary_allocations",
                     json_number(of->figures.temporary_allocations));
}

static json_t *memory_error(const struct memory_error *of)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
                     memory_error_names[of->kind], "count", json_number(of->count), "address",
                     json_hex(of->address), "size_bytes", json_number(of->size_bytes),
                     "allocated_with", json_text(of->allocated_with), "freed_with",
                     json_text(of->freed_with), "stack", json_stack(&of->stack), "allocated",
                     of->allocated ? json_stack(&of->allocated->stack) : json_null(), "first_freed",
                     of->first_freed.frame_count ? json_stack(&of->first_freed) : json_null());
}

static json_t *advice(const struct advice *of)
{
    return json_pack("{s:o, s:o, s:o}", "kind", json_text(of->kind), "text", json_text(of->text),
                     "stack", json_stack(&of->stack));
}

/* An array with one value per element of `items`. */
#define ARRAY(items, count, value)                                                                 \
    __extension__({                                                                                \
        json_t *array_ = json_array();                                                             \
        for (size_t i_ = 0; i_ < (count); i_++)                                                    \
            json_array_append_new(array_, value(&(items)[i_]));                                    \
        array_;                                                                                    \
    })

static json_t *python_generation(const struct python_generation *of)
{
    return json_pack("{s:I, s:I, s:o, s:o, s:o}", "threshold", (json_int_t)of->threshold, "count",
                     (json_int_t)of->count, "collections", json_number(of->collections),
                     "collected", json_number(of->collected), "uncollectable",
                     json_number(of->uncollectable));
}

static json_t *python_type(const struct python_type *of)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "type", json_text(of->name), "objects",
                     json_number(of->objects), "bytes", json_number(of->bytes), "garbage_objects",
                     json_number(of->garbage_objects), "garbage_bytes",
                     json_number(of->garbage_bytes));
}

static json_t *python_leak(const struct python_leak *of)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "type", json_text(of->type),
                     "address", json_hex(of->address), "objects", json_number(of->objects), "bytes",
                     json_number(of->bytes), "retained_bytes", json_number(of->retained_bytes),
                     "references", json_number(of->references), "found", json_number(of->found),
                     "held", of->is_held, "stack", json_stack(&of->site->stack));
}

static json_t *python_collector(const struct python *of)
{
    return json_pack("{s:b, s:o, s:o}", "enabled", of->gc_enabled, "uncollectable_objects",
                     json_number(of->uncollectable_objects), "generations",
                     ARRAY(of->generations, 3, python_generation));
}

static json_t *python(const struct python *of)
{
    if (!of)
        return json_null();
    json_t *object = json_pack("{s:o, s:o, s:b, s:o}", "version", json_text(of->version), "why_not",
                               json_text(of->why_not), "checked", of->checked, "unchecked_why",
                               json_text(of->unchecked_why));
    if (!of->checked)
        return object;
    json_object_set_new(object, "objects", json_number(of->objects));
    json_object_set_new(object, "bytes", json_number(of->bytes));
    json_object_set_new(object, "garbage_cycles", json_number(of->garbage_cycles));
    json_object_set_new(object, "garbage_objects", json_number(of->garbage_objects));
    json_object_set_new(object, "garbage_bytes", json_number(of->garbage_bytes));
    json_object_set_new(object, "garbage_retained_bytes", json_number(of->garbage_retained_bytes));
    json_object_set_new(object, "collector", python_collector(of));
    json_object_set_new(object, "cycles", ARRAY(of->cycles, of->cycle_count, cycle));
    json_object_set_new(object, "mixed_cycles", ARRAY(of->mixed, of->mixed_count, cycle));
    json_object_set_new(object, "leaks", ARRAY(of->leaks, of->leak_count, python_leak));
    json_object_set_new(object, "constant_objects", json_number(of->constant_objects));
    json_object_set_new(object, "constant_bytes", json_number(of->constant_bytes));
    json_object_set_new(object, "types", ARRAY(of->types, of->type_count, python_type));
    return object;
}

static json_t *drop(const struct drop *of)
{
    return json_pack("{s:o, s:o}", "what", json_text(of->what), "count", json_number(of->count));
}

static json_t *totals(const struct totals *of)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:f, s:o}",
        "allocations", json_number(of->allocations), "allocated_bytes",
        json_number(of->allocated_bytes), "frees", json_number(of->frees), "live_blocks",
        json_number(of->live_blocks), "live_bytes", json_number(of->live_bytes), "peak_bytes",
        json_number(of->peak_bytes), "peak_slack_bytes", json_number(of->peak_slack_bytes),
        "temporary_allocations", json_number(of->temporary_allocations), "dropped",
        json_number(of->dropped), "inherited_blocks", json_number(of->inherited_blocks),
        "inherited_bytes", json_number(of->inherited_bytes), "forked_beside_threads",
        of->forked_beside_threads, "inherited_left_out", of->inherited_left_out, "threads",
        json_number(of->threads), "peak_seconds", (double)of->peak_after_ns / 1e9, "lifetimes",
        lifetimes(of->lifetimes, of->lifetime_count));
}

static json_t *command(const char *const *words)
{
    json_t *array = json_array();

    for (; words && *words; words++)
        json_array_append_new(array, json_text(*words));
    return array;
}

/* "2026-11-21T00:57:27.125Z" */
static json_t *instant(uint64_t realtime_ns)
{
    time_t seconds = (time_t)(realtime_ns / 1000000000u);
    char date[32];
    struct tm utc;

    gmtime_r(&seconds, &utc);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &utc);
    return json_sprintf("%s.%03uZ", date, (unsigned)(realtime_ns / 1000000u % 1000u));
}

static json_t *snapshot(const struct snapshot *of)
{
    return json_pack("{s:o, s:o, s:s, s:s, s:o, s:f, s:f, s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:o, "
                     "s:o, s:o, s:b}",
                     "number", json_number(of->number), "label", json_text(of->label), "reason",
                     snapshot_reason_names[of->reason], "state", snapshot_state_names[of->state],
                     "why_not", json_text(of->why_not), "seconds", (double)of->time_ns / 1e9,
                     "pause_seconds", (double)of->pause_ns / 1e9, "expected_pause_seconds",
                     (double)of->expected_pause_ns / 1e9, "scan_seconds", (double)of->scan_ns / 1e9,
                     "scan_cpu_seconds", (double)of->scan_cpu_ns / 1e9, "recording_bytes",
                     json_number(of->size_bytes), "blocks", json_number(of->nodes), "edges",
                     json_number(of->edges), "bytes", json_number(of->bytes), "threads",
                     json_number(of->threads), "threads_missing", json_number(of->threads_missing),
                     "repeats", json_number(of->repeats), "quiet", of->is_quiet);
}

/* Everything but its sites: there may be hundreds of thousands. */
static json_t *process(const struct process *of)
{
    struct label node = label_node(of);
    json_t *object = json_pack(
        "{s:i, s:i, s:o, s:o, s:o, s:o, s:f, s:s, s:i}", "pid", of->pid, "ppid", of->ppid,
        "command", command(of->command), "executable", json_text(of->executable), "recording",
        json_text(of->path), "started", instant(of->started_realtime_ns), "duration_seconds",
        (double)of->duration_ns / 1e9, "ended", process_end_names[of->ended], "status", of->status);

    json_object_set_new(object, "node", *node.text ? json_text(node.text) : json_null());
    json_object_set_new(object, "foreign_allocator", json_text(of->foreign_allocator));
    json_object_set_new(object, "glib_slices_off", json_boolean(of->glib_slices_off));
    json_object_set_new(object, "totals", totals(&of->totals));
    json_object_set_new(object, "leaks", leaks(&of->leaks));
    json_object_set_new(object, "cycles", ARRAY(of->cycles, of->cycle_count, cycle));
    json_object_set_new(object, "expired", ARRAY(of->expired, of->expired_count, expired));
    json_object_set_new(object, "pools", ARRAY(of->pools, of->pool_count, pool));
    json_object_set_new(object, "lines", ARRAY(of->lines, of->line_count, line));
    json_object_set_new(object, "errors", ARRAY(of->errors, of->error_count, memory_error));
    json_object_set_new(object, "python", python(of->python));
    json_object_set_new(object, "advice", ARRAY(of->advice, of->advice_count, advice));
    json_object_set_new(object, "snapshots", ARRAY(of->snapshots, of->snapshot_count, snapshot));
    json_object_set_new(object, "drops", ARRAY(of->drops, of->drop_count, drop));
    return object;
}

static json_t *damaged(const struct error *of)
{
    return json_text(of->message);
}

static json_t *unrecorded(const struct unrecorded *of)
{
    return json_pack("{s:i, s:o, s:o, s:o}", "pid", of->process.pid, "executable",
                     json_text(of->process.executable), "why_not", json_text(of->why), "count",
                     json_number(of->count));
}

/* Indented stacks would be three times as long, and only people need them. */
static size_t layout(FILE *file)
{
    int descriptor = fileno(file);

    return descriptor >= 0 && isatty(descriptor) ? JSON_INDENT(2) : JSON_COMPACT;
}

/* Takes `value`; NULL means out of memory, and returns false. */
static bool write_value(json_t *value, FILE *file, size_t flags)
{
    bool done = value && json_dumpf(value, file, flags | JSON_REAL_PRECISION(15)) == 0;

    json_decref(value);
    return done || ferror(file);
}

/* Writes an object whose last member is still to come, without its closing brace. */
static bool write_open(json_t *object, FILE *file, size_t flags)
{
    char *text = object ? json_dumps(object, flags | JSON_REAL_PRECISION(15)) : NULL;

    json_decref(object);
    if (!text)
        return false;
    text[strlen(text) - 1] = 0;
    fputs(text, file);
    free(text);
    return true;
}

/* Frames of whole stacks; see shown_sites.h. */
enum { WHOLE_FRAMES = 400000 };

static bool write_process(const struct process *of, size_t *frames_left, FILE *file, size_t flags)
{
    struct shown_sites shown;
    bool done = shown_sites_init(&shown, of, frames_left) && write_open(process(of), file, flags);

    fputs(",\"sites\":[", file);
    for (size_t i = 0; done && i < shown.count; i++) {
        fputs(i ? ",\n" : "\n", file);
        done = write_value(site(&shown.all[i]), file, flags);
    }
    fputs("]}", file);
    shown_sites_release(&shown);
    return done;
}

bool json_write(const struct session *session, FILE *file, struct error *error)
{
    size_t flags = layout(file), frames_left = WHOLE_FRAMES;
    bool done = write_open(
        json_pack("{s:s, s:i, s:s, s:o, s:o, s:o}", "format", "leakgraph-report", "version", 1,
                  "generator", version_name, "session", json_text(session->path), "damaged",
                  ARRAY(session->damaged, session->damaged_count, damaged), "unrecorded",
                  ARRAY(session->unrecorded, session->unrecorded_count, unrecorded)),
        file, flags);

    fputs(",\"processes\":[", file);
    for (size_t i = 0; done && i < session->process_count; i++) {
        fputs(i ? ",\n" : "\n", file);
        done = write_process(&session->processes[i], &frames_left, file, flags);
    }
    fputs("]}\n", file);
    return done || error_set(error, "out of memory");
}
