/* SPDX-License-Identifier: MIT */
/* Checks that the records of a recording are valid, and that each reference leads to something. */
#include <inttypes.h>
#include <string.h>

#include "analyzer/recording/recording_parts.h"

static bool check_string(const struct recording *recording, uint64_t reference, uint64_t offset,
                         const char *whose, struct error *error)
{
    size_t length;
    if (reference == 0 || recording_bytes(recording, reference, &length))
        return true;
    return recording_damaged(recording, error, offset, "%s is no string: reference %" PRIu64, whose,
                             reference);
}

static bool check_header_strings(const struct recording *recording, struct error *error)
{
    const struct recording_header *header = &recording->header;
    const struct {
        uint64_t reference;
        size_t offset;
        const char *name;
    } strings[] = {
        {header->executable, offsetof(struct recording_header, executable), "executable"},
        {header->command, offsetof(struct recording_header, command), "command"},
        {header->directory, offsetof(struct recording_header, directory), "directory"},
        {header->ros_namespace, offsetof(struct recording_header, ros_namespace), "ROS namespace"},
        {header->foreign_allocator, offsetof(struct recording_header, foreign_allocator),
         "foreign allocator"},
        {header->python_version, offsetof(struct recording_header, python_version),
         "Python version"},
    };
    for (size_t i = 0; i < sizeof strings / sizeof *strings; i++)
        if (!check_string(recording, strings[i].reference, strings[i].offset, strings[i].name,
                          error))
            return false;
    return true;
}

/* Checks one record with its id and offset. */
typedef bool record_check(const struct recording *recording, const void *record, uint64_t id,
                          uint64_t offset, struct error *error);

static bool check_module(const struct recording *recording, const void *record, uint64_t id,
                         uint64_t offset, struct error *error)
{
    const struct recording_module *module = record;
    if (module->end < module->start)
        return recording_damaged(recording, error, offset,
                                 "module %" PRIu64 " ends before it starts", id);
    if (module->build_id_bytes > sizeof module->build_id)
        return recording_damaged(recording, error, offset,
                                 "module %" PRIu64 " with a build-id of %u bytes", id,
                                 module->build_id_bytes);
    return check_string(recording, module->path, offset, "a module's path", error);
}

static bool check_code(const struct recording *recording, const void *record, uint64_t id,
                       uint64_t offset, struct error *error)
{
    const struct recording_code *code = record;
    (void)id;
    return check_string(recording, code->name, offset, "a code object's name", error) &&
           check_string(recording, code->file, offset, "a code object's file", error);
}

/* Counters come in whole chunks: those of sites yet to come are zeros. */
static bool check_site_use(const struct recording *recording, const void *record,
                           size_t record_bytes, uint64_t id, uint64_t offset, struct error *error)
{
    static const char zeros[sizeof(struct recording_site_counters)];
    if (id == 0 || memcmp(record, zeros, record_bytes) == 0 || recording_site(recording, id))
        return true;
    return recording_damaged(recording, error, offset,
                             "counters of site %" PRIu64 ", which is missing", id);
}

static bool check_counters(const struct recording *recording, const void *record, uint64_t id,
                           uint64_t offset, struct error *error)
{
    return check_site_use(recording, record, sizeof(struct recording_site_counters), id, offset,
                          error);
}

static bool check_carry(const struct recording *recording, const void *record, uint64_t id,
                        uint64_t offset, struct error *error)
{
    const struct recording_carry *carry = record;
    if (carry->times == 0)
        return true;
    if (carry->order < 2 || carry->order > RECORDING_LIFETIMES)
        return recording_damaged(recording, error, offset,
                                 "carry %" PRIu64 " of lifetimes of unknown order %u", id,
                                 carry->order);
    if (carry->site && !recording_site(recording, carry->site))
        return recording_damaged(recording, error, offset,
                                 "carry %" PRIu64 " of site %u, which is missing", id, carry->site);
    return true;
}

static bool check_inherited(const struct recording *recording, const void *record, uint64_t id,
                            uint64_t offset, struct error *error)
{
    return check_site_use(recording, record, sizeof(struct recording_inherited), id, offset, error);
}

static bool check_error(const struct recording *recording, const void *record, uint64_t id,
                        uint64_t offset, struct error *error)
{
    const struct recording_error *entry = record;
    if (entry->kind > RECORDING_MISMATCHED_FREE)
        return recording_damaged(recording, error, offset, "error %" PRIu64 " of unknown kind %u",
                                 id, entry->kind);
    if (entry->allocated_kind > RECORDING_KIND_PYTHON || entry->freed_kind > RECORDING_KIND_PYTHON)
        return recording_damaged(recording, error, offset,
                                 "error %" PRIu64 " with unknown kinds of block", id);
    if (entry->allocated_site && !recording_site(recording, entry->allocated_site))
        return recording_damaged(recording, error, offset,
                                 "error %" PRIu64 " with site %u, which is missing", id,
                                 entry->allocated_site);
    return true;
}

static bool check_child(const struct recording *recording, const void *record, uint64_t id,
                        uint64_t offset, struct error *error)
{
    const struct recording_child *child = record;
    if (child->state > RECORDING_CHILD_EXECUTES || child->program > RECORDING_PROGRAM_NO_ROOM)
        return recording_damaged(recording, error, offset, "child %" PRIu64 " of unknown state",
                                 id);
    return true;
}

static bool check_records(const struct recording *recording, enum recording_chunk_type type,
                          record_check *check, struct error *error)
{
    const struct recording_records *records = &recording->records[type];
    uint32_t record_bytes = recording_chunk_kinds[type].record_bytes;
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i];
        for (uint64_t k = 0; k < piece->count; k++) {
            const char *record = (const char *)piece->records + k * record_bytes;
            if (!check(recording, record, piece->first + k, piece->offset + k * record_bytes,
                       error))
                return false;
        }
    }
    return true;
}

static bool check_labels(const struct recording *recording, struct error *error)
{
    size_t length;
    for (size_t i = 0; i < recording->snapshot_count; i++) {
        const struct recording_snapshot_entry *entry = &recording->snapshots[i];
        uint64_t label = entry->snapshot.label;
        if (label && !recording_bytes(recording, label, &length))
            return error_set(error,
                             "%.200s: damaged: the label of snapshot %" PRIu64
                             " is no string: reference %" PRIu64,
                             recording->path, entry->number, label);
    }
    return true;
}

bool recording_check(const struct recording *recording, struct error *error)
{
    static const struct {
        enum recording_chunk_type type;
        record_check *check;
    } checks[] = {
        {RECORDING_CHUNK_MODULES, check_module},    {RECORDING_CHUNK_CODES, check_code},
        {RECORDING_CHUNK_COUNTERS, check_counters}, {RECORDING_CHUNK_INHERITED, check_inherited},
        {RECORDING_CHUNK_ERRORS, check_error},      {RECORDING_CHUNK_CARRIES, check_carry},
        {RECORDING_CHUNK_CHILDREN, check_child},
    };
    if (!check_header_strings(recording, error) || !check_labels(recording, error))
        return false;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!check_records(recording, checks[i].type, checks[i].check, error))
            return false;
    return true;
}
