/* SPDX-License-Identifier: MIT */
#include "analyzer/recording_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/recording_stacks.h"
#include "analyzer/text.h"

/*
 * Passes over the file. What refers to something is read in an earlier pass than what it refers to,
 * so that the records of a process that is still running never refer to one that was not there yet.
 */
enum pass {
    PASS_USES,
    PASS_SITES,
    PASS_STACKS,
    PASS_MODULES,
    PASS_STRINGS,
    PASS_COUNT,
    PASS_NEVER
};

static const struct chunk_kind {
    const char *name;
    enum pass pass;
    uint32_t record_bytes; /* 0: not an array */
    bool stream;
} chunk_kinds[RECORDING_CHUNK_TYPE_COUNT] = {
    [RECORDING_CHUNK_NONE] = {"empty", PASS_NEVER, 0, false},
    [RECORDING_CHUNK_STRINGS] = {"strings", PASS_STRINGS, 1, false},
    [RECORDING_CHUNK_MODULES] = {"modules", PASS_MODULES, sizeof(struct recording_module), false},
    [RECORDING_CHUNK_STACKS] = {"stacks", PASS_STACKS, sizeof(uint32_t), false},
    [RECORDING_CHUNK_SITES] = {"sites", PASS_SITES, sizeof(struct recording_site), false},
    [RECORDING_CHUNK_COUNTERS] = {"counters", PASS_USES, sizeof(struct recording_site_counters),
                                  false},
    [RECORDING_CHUNK_INHERITED] = {"inherited", PASS_USES, sizeof(struct recording_inherited),
                                   false},
    [RECORDING_CHUNK_THREADS] = {"threads", PASS_USES, sizeof(struct recording_thread), false},
    [RECORDING_CHUNK_ERRORS] = {"errors", PASS_USES, sizeof(struct recording_error), false},
    [RECORDING_CHUNK_SNAPSHOT] = {"snapshot", PASS_USES, 0, false},
    [RECORDING_CHUNK_ROOTS] = {"roots", PASS_SITES, 0, true},
    [RECORDING_CHUNK_NODES] = {"nodes", PASS_SITES, 0, true},
    [RECORDING_CHUNK_TYPES] = {"types", PASS_SITES, 0, true},
    [RECORDING_CHUNK_FREED] = {"freed", PASS_SITES, sizeof(uint64_t), false},
    [RECORDING_CHUNK_PYTHON] = {"Python", PASS_SITES, sizeof(struct recording_python_heap), false},
    [RECORDING_CHUNK_PYTHON_OBJECTS] = {"Python objects", PASS_SITES, 0, true},
    [RECORDING_CHUNK_PYTHON_TYPES] = {"Python types", PASS_SITES, 0, true},
    [RECORDING_CHUNK_PYTHON_TEXTS] = {"Python texts", PASS_SITES, 0, true},
    [RECORDING_CHUNK_PYTHON_ROOTS] = {"Python roots", PASS_SITES, 0, true},
    [RECORDING_CHUNK_CODES] = {"codes", PASS_MODULES, sizeof(struct recording_code), false},
    [RECORDING_CHUNK_CELLS] = {"cells", PASS_SITES, sizeof(struct recording_cells), false},
    [RECORDING_CHUNK_PLACES] = {"places", PASS_SITES, 0, true},
};

struct chunk {
    uint64_t offset;
    struct recording_chunk head;
};

static uint64_t payload_offset(const struct chunk *chunk)
{
    return chunk->offset + sizeof chunk->head;
}

__attribute__((format(printf, 4, 5))) static bool damaged(const struct recording *recording,
                                                          struct error *error, uint64_t offset,
                                                          const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return error_set(error, "%.200s: damaged at offset %" PRIu64 ": %s", recording->path, offset,
                     what);
}

static bool read_at(const struct recording *recording, uint64_t offset, void *bytes,
                    size_t size_bytes, struct error *error)
{
    for (size_t done = 0; done < size_bytes;) {
        ssize_t got = pread(recording->descriptor, (char *)bytes + done, size_bytes - done,
                            (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_set(error, "%.200s: cannot read at offset %" PRIu64 ": %s",
                             recording->path, offset + done, strerror(errno));
        if (got == 0)
            return error_set(error, "%.200s: truncated while it was read: ends at %" PRIu64,
                             recording->path, offset + done);
        done += (size_t)got;
    }
    return true;
}

/* --- header --- */

static bool open_file(struct recording *recording, struct error *error)
{
    struct stat status;
    recording->descriptor = open(recording->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (recording->descriptor < 0 || fstat(recording->descriptor, &status) != 0)
        return error_set(error, "%.200s: %s", recording->path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return error_set(error, "%.200s: not a file", recording->path);
    recording->file_bytes = (uint64_t)status.st_size;
    if (recording->file_bytes == 0)
        return error_set(error, "%.200s: empty file", recording->path);
    return true;
}

static bool check_magic(const struct recording *recording, struct error *error)
{
    char magic[sizeof recording->header.magic] = {0};
    size_t here =
        recording->file_bytes < sizeof magic ? (size_t)recording->file_bytes : sizeof magic;
    if (!read_at(recording, 0, magic, here, error))
        return false;
    if (memcmp(magic, RECORDING_MAGIC, here) != 0)
        return error_set(error, "%.200s: not a leakgraph recording", recording->path);
    if (recording->file_bytes < RECORDING_PAGE_BYTES)
        return error_set(error, "%.200s: truncated: %" PRIu64 " bytes, at least %u expected",
                         recording->path, recording->file_bytes, RECORDING_PAGE_BYTES);
    return true;
}

static bool check_format(const struct recording *recording, struct error *error)
{
    const struct recording_header *header = &recording->header;
    if (header->byte_order == __builtin_bswap32(RECORDING_BYTE_ORDER))
        return error_set(error, "%.200s: recorded on a machine of the other byte order",
                         recording->path);
    if (header->byte_order != RECORDING_BYTE_ORDER)
        return damaged(recording, error, offsetof(struct recording_header, byte_order),
                       "byte order mark 0x%08x", header->byte_order);
    if (header->version == 0)
        return damaged(recording, error, offsetof(struct recording_header, version), "version 0");
    if (header->version != RECORDING_VERSION)
        return error_set(error, "%.200s: written by %s leakgraph (version %u)", recording->path,
                         header->version < RECORDING_VERSION ? "an older" : "a newer",
                         header->version);
    if (header->header_bytes != sizeof *header)
        return damaged(recording, error, offsetof(struct recording_header, header_bytes),
                       "header of %u bytes, %zu expected", header->header_bytes, sizeof *header);
    if (header->page_bytes != RECORDING_PAGE_BYTES)
        return damaged(recording, error, offsetof(struct recording_header, page_bytes),
                       "pages of %u bytes, %u expected", header->page_bytes, RECORDING_PAGE_BYTES);
    if (header->pointer_bytes != 8)
        return damaged(recording, error, offsetof(struct recording_header, pointer_bytes),
                       "pointers of %u bytes, 8 expected", header->pointer_bytes);
    return true;
}

static bool check_used(const struct recording *recording, uint64_t used_bytes, struct error *error)
{
    if (used_bytes < RECORDING_PAGE_BYTES || used_bytes % RECORDING_PAGE_BYTES != 0)
        return damaged(recording, error, offsetof(struct recording_header, used_bytes),
                       "%" PRIu64 " bytes in use", used_bytes);
    if (used_bytes > recording->file_bytes)
        return error_set(error, "%.200s: truncated: %" PRIu64 " bytes, %" PRIu64 " expected",
                         recording->path, recording->file_bytes, used_bytes);
    return true;
}

static bool check_state(const struct recording *recording, struct error *error)
{
    const struct recording_header *header = &recording->header;
    if (header->ended > RECORDING_KILLED)
        return damaged(recording, error, offsetof(struct recording_header, ended), "unknown end %u",
                       header->ended);
    if (header->unchecked > RECORDING_SNAPSHOT_ENDING)
        return damaged(recording, error, offsetof(struct recording_header, unchecked),
                       "unknown reason %u for no snapshot", header->unchecked);
    if (header->python > RECORDING_PYTHON_UNLIKELY)
        return damaged(recording, error, offsetof(struct recording_header, python),
                       "unknown state %" PRIu64 " of Python", header->python);
    return check_used(recording, header->used_bytes, error);
}

static bool read_header(struct recording *recording, struct error *error)
{
    return check_magic(recording, error) &&
           read_at(recording, 0, &recording->header, sizeof recording->header, error) &&
           check_format(recording, error) && check_state(recording, error);
}

/* --- chunks --- */

static bool check_chunk(const struct recording *recording, const struct chunk *chunk, uint64_t end,
                        struct error *error)
{
    const struct recording_chunk *head = &chunk->head;
    if (head->type >= RECORDING_CHUNK_TYPE_COUNT)
        return damaged(recording, error, chunk->offset, "unknown chunk type %u", head->type);
    const struct chunk_kind *kind = &chunk_kinds[head->type];
    uint64_t span = (uint64_t)head->pages * RECORDING_PAGE_BYTES;
    if (head->pages == 0 || span > end - chunk->offset)
        return damaged(recording, error, chunk->offset,
                       "%s chunk of %u pages, %" PRIu64 " are left", kind->name, head->pages,
                       (end - chunk->offset) / RECORDING_PAGE_BYTES);
    if (head->used > span - sizeof *head)
        return damaged(recording, error, chunk->offset,
                       "%s chunk with %" PRIu64 " bytes in use of %" PRIu64, kind->name, head->used,
                       span - sizeof *head);
    if (kind->record_bytes && head->used % kind->record_bytes != 0)
        return damaged(recording, error, chunk->offset, "%s chunk ends inside a record",
                       kind->name);
    /* Ids are dense but for chunks that could not be made, so arrays by id are bounded by the file.
     */
    if (kind->record_bytes > 1 && head->key > end / sizeof(uint32_t))
        return damaged(recording, error, chunk->offset, "%s chunk starts at id %" PRIu64,
                       kind->name, head->key);
    return true;
}

/* The rest of an unfinished chunk can be huge and sparse: go on where the file has data again. */
static uint64_t skip_unfinished(const struct recording *recording, uint64_t offset)
{
    offset += RECORDING_PAGE_BYTES;
    off_t data = lseek(recording->descriptor, (off_t)offset, SEEK_DATA);
    if (data < 0)
        return errno == ENXIO ? UINT64_MAX : offset;
    uint64_t page = (uint64_t)data / RECORDING_PAGE_BYTES * RECORDING_PAGE_BYTES;
    return page > offset ? page : offset;
}

static bool add_records(struct recording *recording, const struct chunk *chunk, struct error *error)
{
    struct recording_records *records = &recording->records[chunk->head.type];
    if (chunk->head.used == 0)
        return true; /* two threads made it at once, and this one is not used */
    records->pieces = arena_grow(recording->arena, records->pieces, records->piece_count,
                                 &records->capacity, sizeof *records->pieces);
    char *copy = arena_alloc(recording->arena, chunk->head.used);
    if (!read_at(recording, payload_offset(chunk), copy, chunk->head.used, error))
        return false;
    uint64_t count = chunk->head.used / chunk_kinds[chunk->head.type].record_bytes;
    records->pieces[records->piece_count++] = (struct recording_piece){
        .first = chunk->head.key,
        .count = count,
        .offset = payload_offset(chunk),
        .slot = chunk->head.slot,
        .records = copy,
    };
    if (chunk->head.key + count > records->end)
        records->end = chunk->head.key + count;
    return true;
}

static bool add_stream_piece(struct recording *recording, const struct chunk *chunk)
{
    struct recording_stream_pieces *stream = &recording->streams[chunk->head.type];
    stream->pieces = arena_grow(recording->arena, stream->pieces, stream->piece_count,
                                &stream->capacity, sizeof *stream->pieces);
    stream->pieces[stream->piece_count++] = (struct recording_stream_piece){
        .snapshot = chunk->head.key,
        .sequence = chunk->head.sequence,
        .offset = payload_offset(chunk),
        .size_bytes = chunk->head.used,
    };
    return true;
}

static bool add_snapshot(struct recording *recording, const struct chunk *chunk,
                         struct error *error)
{
    struct recording_snapshot_entry entry = {.number = chunk->head.key};
    if (chunk->head.used == 0)
        return true; /* taken a moment ago */
    if (chunk->head.used != sizeof entry.snapshot)
        return damaged(recording, error, chunk->offset,
                       "snapshot record of %" PRIu64 " bytes, %zu expected", chunk->head.used,
                       sizeof entry.snapshot);
    if (!read_at(recording, payload_offset(chunk), &entry.snapshot, sizeof entry.snapshot, error))
        return false;
    if (entry.snapshot.state > RECORDING_SNAPSHOT_THINNED)
        return damaged(recording, error, chunk->offset, "snapshot in unknown state %u",
                       entry.snapshot.state);
    if (entry.snapshot.state && (entry.snapshot.reason < RECORDING_AT_EXIT ||
                                 entry.snapshot.reason > RECORDING_AT_PYTHON_END))
        return damaged(recording, error, chunk->offset, "snapshot for unknown reason %u",
                       entry.snapshot.reason);
    if (entry.snapshot.failure > RECORDING_SNAPSHOT_ENDING)
        return damaged(recording, error, chunk->offset, "snapshot failed for unknown reason %u",
                       entry.snapshot.failure);
    recording->snapshots =
        arena_grow(recording->arena, recording->snapshots, recording->snapshot_count,
                   &recording->snapshot_capacity, sizeof *recording->snapshots);
    recording->snapshots[recording->snapshot_count++] = entry;
    return true;
}

static bool add_chunk(struct recording *recording, const struct chunk *chunk, struct error *error)
{
    if (chunk_kinds[chunk->head.type].stream)
        return add_stream_piece(recording, chunk);
    if (chunk->head.type == RECORDING_CHUNK_SNAPSHOT)
        return add_snapshot(recording, chunk, error);
    return add_records(recording, chunk, error);
}

static bool read_pass(struct recording *recording, enum pass pass, struct error *error)
{
    uint64_t end;
    if (!read_at(recording, offsetof(struct recording_header, used_bytes), &end, sizeof end,
                 error) ||
        !check_used(recording, end, error))
        return false;
    for (struct chunk chunk = {.offset = RECORDING_PAGE_BYTES}; chunk.offset < end;) {
        if (!read_at(recording, chunk.offset, &chunk.head, sizeof chunk.head, error))
            return false;
        if (chunk.head.type == RECORDING_CHUNK_NONE) {
            chunk.offset = skip_unfinished(recording, chunk.offset);
            continue;
        }
        if (!check_chunk(recording, &chunk, end, error))
            return false;
        if (chunk_kinds[chunk.head.type].pass == pass && !add_chunk(recording, &chunk, error))
            return false;
        chunk.offset += (uint64_t)chunk.head.pages * RECORDING_PAGE_BYTES;
    }
    return true;
}

/* --- order --- */

static int compare_numbers(uint64_t one, uint64_t other)
{
    return one < other ? -1 : one > other;
}

static int compare_pieces(const void *left, const void *right)
{
    const struct recording_piece *one = left, *other = right;
    if (one->slot != other->slot)
        return compare_numbers(one->slot, other->slot);
    if (one->first != other->first)
        return compare_numbers(one->first, other->first);
    return compare_numbers(one->offset, other->offset);
}

static int compare_places(const void *left, const void *right)
{
    const struct recording_piece *one = left, *other = right;
    return compare_numbers(one->offset, other->offset);
}

static int compare_stream_pieces(const void *left, const void *right)
{
    const struct recording_stream_piece *one = left, *other = right;
    if (one->snapshot != other->snapshot)
        return compare_numbers(one->snapshot, other->snapshot);
    return compare_numbers(one->sequence, other->sequence);
}

static int compare_snapshots(const void *left, const void *right)
{
    const struct recording_snapshot_entry *one = left, *other = right;
    return compare_numbers(one->number, other->number);
}

/* Ids must not be claimed twice. Strings and freed blocks are lists without ids. */
static bool sort_records(struct recording *recording, enum recording_chunk_type type,
                         struct error *error)
{
    struct recording_records *records = &recording->records[type];
    bool has_ids = type != RECORDING_CHUNK_STRINGS && type != RECORDING_CHUNK_FREED;
    if (records->piece_count == 0)
        return true;
    if (type != RECORDING_CHUNK_COUNTERS && type != RECORDING_CHUNK_CELLS)
        for (size_t i = 0; i < records->piece_count; i++)
            records->pieces[i].slot = 0; /* means something for these only */
    qsort(records->pieces, records->piece_count, sizeof *records->pieces,
          has_ids ? compare_pieces : compare_places);
    for (size_t i = 1; has_ids && i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i], *before = piece - 1;
        if (piece->slot == before->slot && piece->first < before->first + before->count)
            return damaged(recording, error, piece->offset, "%s chunk repeats id %" PRIu64,
                           chunk_kinds[type].name, piece->first);
    }
    return true;
}

static bool sort_snapshots(struct recording *recording, struct error *error)
{
    if (recording->snapshot_count == 0)
        return true;
    qsort(recording->snapshots, recording->snapshot_count, sizeof *recording->snapshots,
          compare_snapshots);
    for (size_t i = 1; i < recording->snapshot_count; i++)
        if (recording->snapshots[i].number == recording->snapshots[i - 1].number)
            return error_set(error, "%.200s: damaged: two snapshots have number %" PRIu64,
                             recording->path, recording->snapshots[i].number);
    return true;
}

static bool sort_everything(struct recording *recording, struct error *error)
{
    for (int type = 0; type < RECORDING_CHUNK_TYPE_COUNT; type++) {
        struct recording_stream_pieces *stream = &recording->streams[type];
        if (!sort_records(recording, type, error))
            return false;
        if (stream->piece_count)
            qsort(stream->pieces, stream->piece_count, sizeof *stream->pieces,
                  compare_stream_pieces);
    }
    return sort_snapshots(recording, error);
}

const struct recording_piece *recording_piece_of(const struct recording_records *records, uint64_t id)
{
    size_t low = 0, high = records->piece_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct recording_piece *piece = &records->pieces[middle];
        if (id < piece->first)
            high = middle;
        else if (id - piece->first >= piece->count)
            low = middle + 1;
        else
            return piece;
    }
    return NULL;
}

static const void *record_of(const struct recording *recording, enum recording_chunk_type type,
                             uint64_t id)
{
    const struct recording_piece *piece = recording_piece_of(&recording->records[type], id);
    return piece ? (const char *)piece->records + (id - piece->first) * chunk_kinds[type].record_bytes
                 : NULL;
}

const struct recording_cells *recording_cells(const struct recording *recording, uint32_t slot,
                                              uint32_t id)
{
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_CELLS];
    size_t low = 0, high = records->piece_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct recording_piece *piece = &records->pieces[middle];
        if (slot < piece->slot || (slot == piece->slot && id < piece->first))
            high = middle;
        else if (slot > piece->slot || id - piece->first >= piece->count)
            low = middle + 1;
        else
            return (const struct recording_cells *)piece->records + (id - piece->first);
    }
    return NULL;
}

const struct recording_module *recording_module(const struct recording *recording, uint64_t index)
{
    return record_of(recording, RECORDING_CHUNK_MODULES, index);
}

const struct recording_code *recording_code(const struct recording *recording, uint64_t id)
{
    return record_of(recording, RECORDING_CHUNK_CODES, id);
}

const struct recording_stack_node *recording_stack_node(const struct recording *recording,
                                                        uint64_t id)
{
    return id < recording->stack_node_count ? &recording->stack_nodes[id] : NULL;
}

const struct recording_site *recording_site(const struct recording *recording, uint64_t id)
{
    return record_of(recording, RECORDING_CHUNK_SITES, id);
}

const struct recording_python_heap *recording_python_heap(const struct recording *recording,
                                                          uint64_t snapshot)
{
    return record_of(recording, RECORDING_CHUNK_PYTHON, snapshot);
}

/* --- references --- */

const char *recording_bytes(const struct recording *recording, uint64_t reference, size_t *length)
{
    const struct recording_records *strings = &recording->records[RECORDING_CHUNK_STRINGS];
    const uint64_t length_bytes = sizeof(struct recording_string);
    size_t low = 0, high = strings->piece_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct recording_piece *piece = &strings->pieces[middle];
        uint64_t inside = reference - piece->offset;
        if (reference < piece->offset) {
            high = middle;
        } else if (inside >= piece->count) {
            low = middle + 1;
        } else {
            uint32_t bytes;
            if (reference % 4 != 0 || piece->count - inside < length_bytes)
                return NULL;
            memcpy(&bytes, (const char *)piece->records + inside, sizeof bytes);
            if (bytes > piece->count - inside - length_bytes)
                return NULL;
            *length = bytes;
            return (const char *)piece->records + inside + length_bytes;
        }
    }
    return NULL;
}

const char *recording_text(const struct recording *recording, struct arena *arena,
                           uint64_t reference)
{
    size_t length;
    const char *bytes = recording_bytes(recording, reference, &length);
    return bytes ? text_utf8(arena, bytes, length) : NULL;
}

static bool check_string(const struct recording *recording, uint64_t reference, uint64_t offset,
                         const char *whose, struct error *error)
{
    size_t length;
    if (reference == 0 || recording_bytes(recording, reference, &length))
        return true;
    return damaged(recording, error, offset, "%s is no string: reference %" PRIu64, whose,
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

/* A check of one record; `id` and `offset` are its own. */
typedef bool record_check(const struct recording *recording, const void *record, uint64_t id,
                          uint64_t offset, struct error *error);

static bool check_module(const struct recording *recording, const void *record, uint64_t id,
                         uint64_t offset, struct error *error)
{
    const struct recording_module *module = record;
    if (module->end < module->start)
        return damaged(recording, error, offset, "module %" PRIu64 " ends before it starts", id);
    if (module->build_id_bytes > sizeof module->build_id)
        return damaged(recording, error, offset, "module %" PRIu64 " with a build-id of %u bytes",
                       id, module->build_id_bytes);
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

/* Counters come in whole chunks: those of sites to come are zeros. */
static bool check_site_use(const struct recording *recording, const void *record,
                           size_t record_bytes, uint64_t id, uint64_t offset, struct error *error)
{
    static const char zeros[sizeof(struct recording_site_counters)];
    if (id == 0 || memcmp(record, zeros, record_bytes) == 0 || recording_site(recording, id))
        return true;
    return damaged(recording, error, offset, "counters of site %" PRIu64 ", which is missing", id);
}

static bool check_counters(const struct recording *recording, const void *record, uint64_t id,
                           uint64_t offset, struct error *error)
{
    return check_site_use(recording, record, sizeof(struct recording_site_counters), id, offset,
                          error);
}

/* Ids belong to a slot, so counters and cells are checked piece by piece. */
static bool check_lifetimes(const struct recording *recording, const struct recording_piece *piece,
                            struct error *error)
{
    const struct recording_site_counters *counters = piece->records;
    for (uint64_t i = 0; i < piece->count; i++) {
        uint32_t id = counters[i].lifetimes & ~RECORDING_LIFETIMES_IN_CELLS;
        bool in_cells = counters[i].lifetimes & RECORDING_LIFETIMES_IN_CELLS;
        uint64_t offset = piece->offset + i * sizeof *counters;
        if (in_cells && id && !recording_cells(recording, piece->slot, id))
            return damaged(recording, error, offset,
                           "counters of site %" PRIu64 " with cells %u, which are missing",
                           piece->first + i, id);
    }
    return true;
}

static bool is_cell_kind(uint8_t kind)
{
    return kind == RECORDING_CELL_NONE || (kind >= 2 && kind <= RECORDING_LIFETIMES) ||
           (kind >= RECORDING_CELL_ALLOCATIONS && kind < RECORDING_CELL_KINDS);
}

static bool check_cells(const struct recording *recording, const struct recording_piece *piece,
                        struct error *error)
{
    const struct recording_cells *cells = piece->records;
    for (uint64_t i = 0; i < piece->count; i++) {
        uint64_t id = piece->first + i, offset = piece->offset + i * sizeof *cells;
        for (unsigned k = 0; k < RECORDING_CELLS; k++)
            if (!is_cell_kind(cells[i].kinds[k]))
                return damaged(recording, error, offset, "cells %" PRIu64 " of unknown kind %u", id,
                               cells[i].kinds[k]);
        if (cells[i].next && cells[i].next >= id)
            return damaged(recording, error, offset, "cells %" PRIu64 " before cells %u", id,
                           cells[i].next);
        if (cells[i].next && !recording_cells(recording, piece->slot, cells[i].next))
            return damaged(recording, error, offset,
                           "cells %" PRIu64 " before cells %u, which are missing", id,
                           cells[i].next);
    }
    return true;
}

static bool check_pieces(const struct recording *recording, struct error *error)
{
    const struct recording_records *counters = &recording->records[RECORDING_CHUNK_COUNTERS];
    const struct recording_records *cells = &recording->records[RECORDING_CHUNK_CELLS];
    for (size_t i = 0; i < counters->piece_count; i++)
        if (!check_lifetimes(recording, &counters->pieces[i], error))
            return false;
    for (size_t i = 0; i < cells->piece_count; i++)
        if (!check_cells(recording, &cells->pieces[i], error))
            return false;
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
        return damaged(recording, error, offset, "error %" PRIu64 " of unknown kind %u", id,
                       entry->kind);
    if (entry->allocated_kind > RECORDING_KIND_PYTHON ||
        entry->freed_kind > RECORDING_KIND_PYTHON)
        return damaged(recording, error, offset, "error %" PRIu64 " with unknown kinds of block",
                       id);
    if (entry->allocated_site && !recording_site(recording, entry->allocated_site))
        return damaged(recording, error, offset, "error %" PRIu64 " with site %u, which is missing",
                       id, entry->allocated_site);
    return true;
}

static bool check_records(const struct recording *recording, enum recording_chunk_type type,
                          record_check *check, struct error *error)
{
    const struct recording_records *records = &recording->records[type];
    uint32_t record_bytes = chunk_kinds[type].record_bytes;
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

static bool check_references(const struct recording *recording, struct error *error)
{
    static const struct {
        enum recording_chunk_type type;
        record_check *check;
    } checks[] = {
        {RECORDING_CHUNK_MODULES, check_module},
        {RECORDING_CHUNK_CODES, check_code},
        {RECORDING_CHUNK_COUNTERS, check_counters},
        {RECORDING_CHUNK_INHERITED, check_inherited},
        {RECORDING_CHUNK_ERRORS, check_error},
    };
    if (!check_header_strings(recording, error) || !check_labels(recording, error))
        return false;
    for (size_t i = 0; i < sizeof checks / sizeof *checks; i++)
        if (!check_records(recording, checks[i].type, checks[i].check, error))
            return false;
    return check_pieces(recording, error);
}

bool recording_open(struct recording *recording, struct arena *arena, const char *path,
                    struct error *error)
{
    *recording = (struct recording){.path = path, .descriptor = -1, .arena = arena};
    if (!open_file(recording, error) || !read_header(recording, error))
        return false;
    for (enum pass pass = 0; pass < PASS_COUNT; pass++)
        if (!read_pass(recording, pass, error))
            return false;
    return sort_everything(recording, error) && check_references(recording, error) &&
           recording_stacks_build(recording, error);
}

void recording_close(struct recording *recording)
{
    if (recording->descriptor >= 0)
        close(recording->descriptor);
    recording->descriptor = -1;
}

/* --- streams --- */

enum { STREAM_BUFFER_BYTES = 64 * 1024 };

static const struct recording_stream_piece *piece_at(const struct recording_stream_pieces *stream,
                                                     size_t index)
{
    return stream->pieces ? stream->pieces + index : NULL;
}

static const struct recording_stream_piece *
first_piece(const struct recording_stream_pieces *stream, uint64_t snapshot)
{
    size_t low = 0, high = stream->piece_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (stream->pieces[middle].snapshot < snapshot)
            low = middle + 1;
        else
            high = middle;
    }
    return piece_at(stream, low);
}

bool recording_stream_open(struct recording_stream *stream, const struct recording *recording,
                           struct arena *arena, enum recording_chunk_type type, uint64_t snapshot,
                           struct error *error)
{
    const struct recording_stream_pieces *pieces = &recording->streams[type];
    const struct recording_stream_piece *first = first_piece(pieces, snapshot), *last = first;
    const struct recording_stream_piece *end = piece_at(pieces, pieces->piece_count);
    for (uint32_t sequence = 0; last < end && last->snapshot == snapshot; last++, sequence++)
        if (last->sequence != sequence)
            return damaged(recording, error, last->offset,
                           "%s chunk %u of snapshot %" PRIu64 " where %u is due",
                           chunk_kinds[type].name, last->sequence, snapshot, sequence);
    *stream = (struct recording_stream){
        .recording = recording,
        .piece = first,
        .pieces_end = last,
        .next_offset = first < last ? first->offset : recording->file_bytes,
        .buffer = arena_alloc(arena, STREAM_BUFFER_BYTES),
        .error = error,
    };
    return true;
}

uint64_t recording_stream_size(const struct recording *recording, enum recording_chunk_type type,
                               uint64_t snapshot)
{
    const struct recording_stream_pieces *pieces = &recording->streams[type];
    const struct recording_stream_piece *end = piece_at(pieces, pieces->piece_count);
    uint64_t size_bytes = 0;
    for (const struct recording_stream_piece *piece = first_piece(pieces, snapshot);
         piece < end && piece->snapshot == snapshot; piece++)
        size_bytes += piece->size_bytes;
    return size_bytes;
}

/* Where in the file the byte is that comes next. */
static uint64_t stream_offset(const struct recording_stream *stream)
{
    return stream->next_offset - (uint64_t)(stream->end - stream->at);
}

bool recording_stream_damaged(struct recording_stream *stream, const char *format, ...)
{
    char what[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return damaged(stream->recording, stream->error, stream_offset(stream), "%s", what);
}

bool recording_stream_refill(struct recording_stream *stream)
{
    while (stream->piece < stream->pieces_end && stream->piece_used == stream->piece->size_bytes) {
        stream->piece++;
        stream->piece_used = 0;
    }
    if (stream->piece == stream->pieces_end)
        return recording_stream_damaged(stream, "the snapshot's stream ends too early");
    uint64_t left = stream->piece->size_bytes - stream->piece_used;
    size_t size_bytes = left < STREAM_BUFFER_BYTES ? (size_t)left : STREAM_BUFFER_BYTES;
    uint64_t offset = stream->piece->offset + stream->piece_used;
    if (!read_at(stream->recording, offset, stream->buffer, size_bytes, stream->error))
        return false;
    stream->piece_used += size_bytes;
    stream->next_offset = offset + size_bytes;
    stream->at = stream->buffer;
    stream->end = stream->buffer + size_bytes;
    return true;
}

bool recording_stream_number_slow(struct recording_stream *stream, uint64_t *value)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        if (stream->at == stream->end && !recording_stream_refill(stream))
            return false;
        unsigned char byte = *stream->at++;
        if (shift == 63 && (byte & 0x7e))
            break;
        number |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            *value = number;
            return true;
        }
    }
    return recording_stream_damaged(stream, "a number of more than 64 bits");
}

bool recording_stream_bytes(struct recording_stream *stream, char *bytes, size_t length)
{
    while (length) {
        if (stream->at == stream->end && !recording_stream_refill(stream))
            return false;
        size_t here = (size_t)(stream->end - stream->at);
        if (here > length)
            here = length;
        memcpy(bytes, stream->at, here);
        stream->at += here;
        bytes += here;
        length -= here;
    }
    return true;
}
