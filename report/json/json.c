/* SPDX-License-Identifier: MIT */
#include "report/json/json.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <time.h>

#include "report/base/utf8.h"
#include "report/base/version.h"
#include "report/view/labels.h"
#include "report/view/shown_sites.h"

/* jansson's functions pass a NULL on to whoever holds the value, so memory is checked once, at the
 * end. */

static json_t *text(const char *string)
{
    json_t *value;
    char *clean;

    if (!string)
        return json_null();
    clean = utf8_clean(string);
    value = clean ? json_string_nocheck(clean) : NULL;
    free(clean);
    return value;
}

/* jansson's numbers are signed; no program has 8 EiB. */
static json_t *number(uint64_t count)
{
    return json_integer(count > INT64_MAX ? INT64_MAX : (json_int_t)count);
}

static json_t *hex(uint64_t address)
{
    return json_sprintf("0x%llx", (unsigned long long)address);
}

static json_t *amount(const struct amount *of)
{
    return json_pack("{s:o, s:o}", "blocks", number(of->blocks), "bytes", number(of->bytes));
}

static json_t *frame(const struct frame *of)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:b}", "function", text(of->function), "file",
                     text(of->file), "line", number(of->line), "module", text(of->module), "offset",
                     number(of->offset), "language",
                     of->language == FRAME_PYTHON ? "python" : "native", "inlined", of->inlined);
}

static json_t *stack(const struct stack *of)
{
    json_t *frames = json_array();

    for (size_t i = 0; i < of->frame_count; i++)
        json_array_append_new(frames, frame(&of->frames[i]));
    return frames;
}

static json_t *site_stack(const struct site *site)
{
    return site ? stack(&site->stack) : json_array();
}

static json_t *leak(const struct leak *of)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:o}", "class", leak_class_names[of->class],
                     "type", text(of->type), "blocks", number(of->amount.blocks), "bytes",
                     number(of->amount.bytes), "retained_bytes", number(of->retained_bytes),
                     "fingerprint", of->site ? of->site->fingerprint : "", "stack",
                     site_stack(of->site));
}

static json_t *builtin_suppressions(const struct leaks *of)
{
    json_t *array = json_array();

    for (size_t i = 0; i < of->builtin_count; i++)
        json_array_append_new(array, json_pack("{s:s, s:s, s:o, s:o}", "name", of->builtin[i].name,
                                               "what", of->builtin[i].what, "blocks",
                                               number(of->builtin[i].hits.blocks), "bytes",
                                               number(of->builtin[i].hits.bytes)));
    return array;
}

static json_t *leaks(const struct leaks *of)
{
    json_t *sites = json_array();

    for (size_t i = 0; i < of->site_count; i++)
        json_array_append_new(sites, leak(&of->sites[i]));
    return json_pack("{s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "checked",
                     of->checked, "why_not",
                     text(of->checked   ? NULL
                          : of->why_not ? of->why_not
                                        : "unknown"),
                     "blocks", number(of->all.blocks), "bytes", number(of->all.bytes), "direct",
                     amount(&of->direct), "indirect", amount(&of->indirect), "cycle",
                     amount(&of->cycle), "suppressed", amount(&of->suppressed), "reachable",
                     amount(&of->reachable), "maybe_only_weak", number(of->maybe_only_weak),
                     "builtin_suppressions", builtin_suppressions(of), "sites", sites);
}

static json_t *cycle_members(const struct cycle *of)
{
    json_t *members = json_array();

    for (size_t i = 0; i < of->member_count; i++) {
        const struct cycle_member *member = &of->members[i];

        json_array_append_new(members,
                              json_pack("{s:o, s:o, s:o, s:o}", "type", text(member->type),
                                        "size_bytes", number(member->size_bytes), "address",
                                        hex(member->address), "stack", site_stack(member->site)));
    }
    return members;
}

static json_t *cycle_edges(const struct cycle *of)
{
    json_t *edges = json_array();

    for (size_t i = 0; i < of->edge_count; i++) {
        const struct cycle_edge *edge = &of->edges[i];

        json_array_append_new(
            edges, json_pack("{s:o, s:o, s:o, s:o, s:o, s:b, s:b}", "from", number(edge->from),
                             "to", number(edge->to), "offset", number(edge->offset),
                             "target_offset", number(edge->target_offset), "label",
                             text(edge->label), "exact", edge->exact, "tagged", edge->tagged));
    }
    return edges;
}

static json_t *cycle_tails(const struct cycle *of)
{
    json_t *tails = json_array();

    for (size_t i = 0; i < of->tail_count; i++) {
        const struct cycle_tail *tail = &of->tails[i];

        json_array_append_new(
            tails, json_pack("{s:o, s:o, s:o, s:o, s:o}", "holder", number(tail->holder), "type",
                             text(tail->type), "blocks", number(tail->amount.blocks), "bytes",
                             number(tail->amount.bytes), "stack", site_stack(tail->site)));
    }
    return tails;
}

static json_t *texts(const char *const *of, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, text(of[i]));
    return array;
}

static json_t *cycle(const struct cycle *of)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "count",
        number(of->count), "blocks", number(of->amount.blocks), "bytes", number(of->amount.bytes),
        "retained_blocks", number(of->retained_blocks), "retained_bytes",
        number(of->retained_bytes), "shared_blocks", number(of->shared.blocks), "shared_bytes",
        number(of->shared.bytes), "fingerprint", of->fingerprint, "members", cycle_members(of),
        "edges", cycle_edges(of), "weaken", number(of->weaken), "why_weaken", text(of->why_weaken),
        "tails", cycle_tails(of), "only_weak", texts(of->only_weak, of->only_weak_count), "owners",
        texts(of->owners, of->owner_count), "use_count", number(of->use_count));
}

static json_t *expired(const struct expired *of)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "type", text(of->type), "blocks",
                     number(of->amount.blocks), "bytes", number(of->amount.bytes),
                     "weak_references", number(of->weak), "held_by", text(of->held_by), "stack",
                     site_stack(of->site));
}

static json_t *pool(const struct pool *of)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "name", of->name, "blocks", number(of->amount.blocks),
                     "bytes", number(of->amount.bytes), "stack", site_stack(of->site));
}

static json_t *lifetimes(const struct lifetime *list, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array,
                              json_pack("{s:o, s:o}", "under_ns",
                                        list[i].under_ns ? number(list[i].under_ns) : json_null(),
                                        "frees", number(list[i].frees)));
    return array;
}

static json_t *site(const struct site *of)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s, s:b, s:o}", "allocations",
        number(of->figures.allocations), "allocated_bytes", number(of->figures.allocated_bytes),
        "frees", number(of->figures.frees), "freed_bytes", number(of->figures.freed_bytes),
        "live_blocks", number(of->figures.live_blocks), "live_bytes",
        number(of->figures.live_bytes), "peak_bytes", number(of->figures.peak_bytes),
        "temporary_allocations", number(of->figures.temporary_allocations), "leaked_blocks",
        number(of->figures.leaked_blocks), "leaked_bytes", number(of->figures.leaked_bytes),
        "lifetimes", lifetimes(of->lifetimes, of->lifetime_count), "fingerprint", of->fingerprint,
        "stack_cut", of->stack.cut, "stack", stack(&of->stack));
}

static json_t *line(const struct line *of)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "file", text(of->file),
                     "line", number(of->line), "function", text(of->function), "allocations",
                     number(of->figures.allocations), "allocated_bytes",
                     number(of->figures.allocated_bytes), "live_bytes",
                     number(of->figures.live_bytes), "peak_bytes", number(of->figures.peak_bytes),
                     "leaked_bytes", number(of->figures.leaked_bytes), "temporary_allocations",
                     number(of->figures.temporary_allocations));
}

static json_t *memory_error(const struct memory_error *of)
{
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "kind",
                     memory_error_names[of->kind], "count", number(of->count), "address",
                     hex(of->address), "size_bytes", number(of->size_bytes), "allocated_with",
                     text(of->allocated_with), "freed_with", text(of->freed_with), "stack",
                     stack(&of->stack), "allocated",
                     of->allocated ? stack(&of->allocated->stack) : json_null(), "first_freed",
                     of->first_freed.frame_count ? stack(&of->first_freed) : json_null());
}

static json_t *advice(const struct advice *of)
{
    return json_pack("{s:o, s:o, s:o}", "kind", text(of->kind), "text", text(of->text), "stack",
                     stack(&of->stack));
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
                     (json_int_t)of->count, "collections", number(of->collections), "collected",
                     number(of->collected), "uncollectable", number(of->uncollectable));
}

static json_t *python_type(const struct python_type *of)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o}", "type", text(of->name), "objects",
                     number(of->objects), "bytes", number(of->bytes), "garbage_objects",
                     number(of->garbage_objects), "garbage_bytes", number(of->garbage_bytes));
}

static json_t *python_leak(const struct python_leak *of)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:o}", "type", text(of->type),
                     "address", hex(of->address), "objects", number(of->objects), "bytes",
                     number(of->bytes), "retained_bytes", number(of->retained_bytes), "references",
                     number(of->references), "found", number(of->found), "held", of->is_held,
                     "stack", stack(&of->site->stack));
}

static json_t *python_collector(const struct python *of)
{
    return json_pack("{s:b, s:o, s:o}", "enabled", of->gc_enabled, "uncollectable_objects",
                     number(of->uncollectable_objects), "generations",
                     ARRAY(of->generations, 3, python_generation));
}

static json_t *python(const struct python *of)
{
    if (!of)
        return json_null();
    json_t *object = json_pack("{s:o, s:o, s:b, s:o}", "version", text(of->version), "why_not",
                               text(of->why_not), "checked", of->checked, "unchecked_why",
                               text(of->unchecked_why));
    if (!of->checked)
        return object;
    json_object_set_new(object, "objects", number(of->objects));
    json_object_set_new(object, "bytes", number(of->bytes));
    json_object_set_new(object, "garbage_cycles", number(of->garbage_cycles));
    json_object_set_new(object, "garbage_objects", number(of->garbage_objects));
    json_object_set_new(object, "garbage_bytes", number(of->garbage_bytes));
    json_object_set_new(object, "garbage_retained_bytes", number(of->garbage_retained_bytes));
    json_object_set_new(object, "collector", python_collector(of));
    json_object_set_new(object, "cycles", ARRAY(of->cycles, of->cycle_count, cycle));
    json_object_set_new(object, "mixed_cycles", ARRAY(of->mixed, of->mixed_count, cycle));
    json_object_set_new(object, "leaks", ARRAY(of->leaks, of->leak_count, python_leak));
    json_object_set_new(object, "constant_objects", number(of->constant_objects));
    json_object_set_new(object, "constant_bytes", number(of->constant_bytes));
    json_object_set_new(object, "types", ARRAY(of->types, of->type_count, python_type));
    return object;
}

static json_t *drop(const struct drop *of)
{
    return json_pack("{s:o, s:o}", "what", text(of->what), "count", number(of->count));
}

static json_t *totals(const struct totals *of)
{
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o, s:f, s:o}",
        "allocations", number(of->allocations), "allocated_bytes", number(of->allocated_bytes),
        "frees", number(of->frees), "live_blocks", number(of->live_blocks), "live_bytes",
        number(of->live_bytes), "peak_bytes", number(of->peak_bytes), "peak_slack_bytes",
        number(of->peak_slack_bytes), "temporary_allocations", number(of->temporary_allocations),
        "dropped", number(of->dropped), "inherited_blocks", number(of->inherited_blocks),
        "inherited_bytes", number(of->inherited_bytes), "forked_beside_threads",
        of->forked_beside_threads, "inherited_left_out", of->inherited_left_out, "threads",
        number(of->threads), "peak_seconds", (double)of->peak_after_ns / 1e9, "lifetimes",
        lifetimes(of->lifetimes, of->lifetime_count));
}

static json_t *command(const char *const *words)
{
    json_t *array = json_array();

    for (; words && *words; words++)
        json_array_append_new(array, text(*words));
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
                     "number", number(of->number), "label", text(of->label), "reason",
                     snapshot_reason_names[of->reason], "state", snapshot_state_names[of->state],
                     "why_not", text(of->why_not), "seconds", (double)of->time_ns / 1e9,
                     "pause_seconds", (double)of->pause_ns / 1e9, "expected_pause_seconds",
                     (double)of->expected_pause_ns / 1e9, "scan_seconds", (double)of->scan_ns / 1e9,
                     "scan_cpu_seconds", (double)of->scan_cpu_ns / 1e9, "recording_bytes",
                     number(of->size_bytes), "blocks", number(of->nodes), "edges",
                     number(of->edges), "bytes", number(of->bytes), "threads", number(of->threads),
                     "threads_missing", number(of->threads_missing), "repeats", number(of->repeats),
                     "quiet", of->is_quiet);
}

/* Everything but its sites: there may be hundreds of thousands. */
static json_t *process(const struct process *of)
{
    struct label node = label_node(of);
    json_t *object = json_pack(
        "{s:i, s:i, s:o, s:o, s:o, s:o, s:f, s:s, s:i}", "pid", of->pid, "ppid", of->ppid,
        "command", command(of->command), "executable", text(of->executable), "recording",
        text(of->path), "started", instant(of->started_realtime_ns), "duration_seconds",
        (double)of->duration_ns / 1e9, "ended", process_end_names[of->ended], "status", of->status);

    json_object_set_new(object, "node", *node.text ? text(node.text) : json_null());
    json_object_set_new(object, "foreign_allocator", text(of->foreign_allocator));
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
    return text(of->message);
}

static json_t *unrecorded(const struct unrecorded *of)
{
    return json_pack("{s:i, s:o, s:o, s:o}", "pid", of->process.pid, "executable",
                     text(of->process.executable), "why_not", text(of->why), "count",
                     number(of->count));
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
                  "generator", version_name, "session", text(session->path), "damaged",
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
