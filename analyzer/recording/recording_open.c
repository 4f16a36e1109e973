/* SPDX-License-Identifier: MIT */
#include "analyzer/recording/recording_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/recording/recording_parts.h"
#include "analyzer/recording/recording_stacks.h"

struct chunk {
    uint64_t offset;
    struct recording_chunk head;
};

static uint64_t payload_offset(const struct chunk *chunk)
{
    return chunk->offset + sizeof chunk->head;
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
    if (!recording_read_at(recording, 0, magic, here, error))
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
        return recording_damaged(recording, error, offsetof(struct recording_header, byte_order),
                                 "byte order mark 0x%08x", header->byte_order);
    if (header->version == 0)
        return recording_damaged(recording, error, offsetof(struct recording_header, version),
                                 "version 0");
    if (header->version != RECORDING_VERSION)
        return error_set(error, "%.200s: written by %s leakgraph (version %u)", recording->path,
                         header->version < RECORDING_VERSION ? "an older" : "a newer",
                         header->version);
    if (header->header_bytes != sizeof *header)
        return recording_damaged(recording, error, offsetof(struct recording_header, header_bytes),
                                 "header of %u bytes, %zu expected", header->header_bytes,
                                 sizeof *header);
    if (header->page_bytes != RECORDING_PAGE_BYTES)
        return recording_damaged(recording, error, offsetof(struct recording_header, page_bytes),
                                 "pages of %u bytes, %u expected", header->page_bytes,
                                 RECORDING_PAGE_BYTES);
    if (header->pointer_bytes != 8)
        return recording_damaged(recording, error, offsetof(struct recording_header, pointer_bytes),
                                 "pointers of %u bytes, 8 expected", header->pointer_bytes);
    return true;
}

static bool check_used(const struct recording *recording, uint64_t used_bytes, struct error *error)
{
    if (used_bytes < RECORDING_PAGE_BYTES || used_bytes % RECORDING_PAGE_BYTES != 0)
        return recording_damaged(recording, error, offsetof(struct recording_header, used_bytes),
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
        return recording_damaged(recording, error, offsetof(struct recording_header, ended),
                                 "unknown end %u", header->ended);
    if (header->unchecked >= RECORDING_UNCHECKED_KINDS)
        return recording_damaged(recording, error, offsetof(struct recording_header, unchecked),
                                 "unknown reason %u for no snapshot", header->unchecked);
    if (header->python >= RECORDING_PYTHON_STATES)
        return recording_damaged(recording, error, offsetof(struct recording_header, python),
                                 "unknown state %" PRIu64 " of Python", header->python);
    return check_used(recording, header->used_bytes, error);
}

static bool read_header(struct recording *recording, struct error *error)
{
    return check_magic(recording, error) &&
           recording_read_at(recording, 0, &recording->header, sizeof recording->header, error) &&
           check_format(recording, error) && check_state(recording, error);
}

/* --- chunks --- */

static bool check_chunk(const struct recording *recording, const struct chunk *chunk, uint64_t end,
                        struct error *error)
{
    const struct recording_chunk *head = &chunk->head;
    if (head->type >= RECORDING_CHUNK_TYPE_COUNT)
        return recording_damaged(recording, error, chunk->offset, "unknown chunk type %u",
                                 head->type);
    const struct recording_chunk_kind *kind = &recording_chunk_kinds[head->type];
    uint64_t span = (uint64_t)head->pages * RECORDING_PAGE_BYTES;
    if (head->pages == 0 || span > end - chunk->offset)
        return recording_damaged(recording, error, chunk->offset,
                                 "%s chunk of %u pages, %" PRIu64 " are left", kind->name,
                                 head->pages, (end - chunk->offset) / RECORDING_PAGE_BYTES);
    if (head->used > span - sizeof *head)
        return recording_damaged(recording, error, chunk->offset,
                                 "%s chunk with %" PRIu64 " bytes in use of %" PRIu64, kind->name,
                                 head->used, span - sizeof *head);
    if (kind->record_bytes && head->used % kind->record_bytes != 0)
        return recording_damaged(recording, error, chunk->offset, "%s chunk ends inside a record",
                                 kind->name);
    /* Ids are dense except for chunks that could not be made, so the file bounds arrays by id. */
    if (kind->record_bytes > 1 && head->key > end / sizeof(uint32_t))
        return recording_damaged(recording, error, chunk->offset, "%s chunk starts at id %" PRIu64,
                                 kind->name, head->key);
    return true;
}

/* The rest of an unfinished chunk can be huge and sparse: continue where the file has data again.
 */
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
        return true; /* two threads made it at once, and this one is unused */
    records->pieces = arena_grow(recording->arena, records->pieces, records->piece_count,
                                 &records->capacity, sizeof *records->pieces);
    char *copy = arena_alloc(recording->arena, chunk->head.used);
    if (!recording_read_at(recording, payload_offset(chunk), copy, chunk->head.used, error))
        return false;
    uint64_t count = chunk->head.used / recording_chunk_kinds[chunk->head.type].record_bytes;
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
        return true; /* taken just now */
    if (chunk->head.used != sizeof entry.snapshot)
        return recording_damaged(recording, error, chunk->offset,
                                 "snapshot record of %" PRIu64 " bytes, %zu expected",
                                 chunk->head.used, sizeof entry.snapshot);
    if (!recording_read_at(recording, payload_offset(chunk), &entry.snapshot, sizeof entry.snapshot,
                           error))
        return false;
    if (entry.snapshot.state > RECORDING_SNAPSHOT_THINNED)
        return recording_damaged(recording, error, chunk->offset, "snapshot in unknown state %u",
                                 entry.snapshot.state);
    if (entry.snapshot.state && (entry.snapshot.reason < RECORDING_AT_EXIT ||
                                 entry.snapshot.reason > RECORDING_AT_PYTHON_END))
        return recording_damaged(recording, error, chunk->offset, "snapshot for unknown reason %u",
                                 entry.snapshot.reason);
    if (entry.snapshot.failure >= RECORDING_UNCHECKED_KINDS)
        return recording_damaged(recording, error, chunk->offset,
                                 "snapshot failed for unknown reason %u", entry.snapshot.failure);
    recording->snapshots =
        arena_grow(recording->arena, recording->snapshots, recording->snapshot_count,
                   &recording->snapshot_capacity, sizeof *recording->snapshots);
    recording->snapshots[recording->snapshot_count++] = entry;
    return true;
}

static bool add_chunk(struct recording *recording, const struct chunk *chunk, struct error *error)
{
    if (recording_chunk_kinds[chunk->head.type].stream)
        return add_stream_piece(recording, chunk);
    if (chunk->head.type == RECORDING_CHUNK_SNAPSHOT)
        return add_snapshot(recording, chunk, error);
    return add_records(recording, chunk, error);
}

static bool read_pass(struct recording *recording, enum recording_pass pass, struct error *error)
{
    uint64_t end;
    if (!recording_read_at(recording, offsetof(struct recording_header, used_bytes), &end,
                           sizeof end, error) ||
        !check_used(recording, end, error))
        return false;
    for (struct chunk chunk = {.offset = RECORDING_PAGE_BYTES}; chunk.offset < end;) {
        if (!recording_read_at(recording, chunk.offset, &chunk.head, sizeof chunk.head, error))
            return false;
        if (chunk.head.type == RECORDING_CHUNK_NONE) {
            chunk.offset = skip_unfinished(recording, chunk.offset);
            continue;
        }
        if (!check_chunk(recording, &chunk, end, error))
            return false;
        if (recording_chunk_kinds[chunk.head.type].pass == pass &&
            !add_chunk(recording, &chunk, error))
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

/* No id may be claimed twice. Strings, freed blocks and children are lists without ids. */
static bool sort_records(struct recording *recording, enum recording_chunk_type type,
                         struct error *error)
{
    struct recording_records *records = &recording->records[type];
    bool has_ids = type != RECORDING_CHUNK_STRINGS && type != RECORDING_CHUNK_FREED &&
                   type != RECORDING_CHUNK_CHILDREN;
    if (records->piece_count == 0)
        return true;
    if (type != RECORDING_CHUNK_COUNTERS)
        for (size_t i = 0; i < records->piece_count; i++)
            records->pieces[i].slot = 0; /* means something for counters only */
    qsort(records->pieces, records->piece_count, sizeof *records->pieces,
          has_ids ? compare_pieces : compare_places);
    for (size_t i = 1; has_ids && i < records->piece_count; i++) {
        const struct recording_piece *piece = &records->pieces[i], *before = piece - 1;
        if (piece->slot == before->slot && piece->first < before->first + before->count)
            return recording_damaged(recording, error, piece->offset,
                                     "%s chunk repeats id %" PRIu64,
                                     recording_chunk_kinds[type].name, piece->first);
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

bool recording_open(struct recording *recording, struct arena *arena, const char *path,
                    struct error *error)
{
    *recording = (struct recording){.path = path, .descriptor = -1, .arena = arena};
    if (!open_file(recording, error) || !read_header(recording, error))
        return false;
    for (enum recording_pass pass = 0; pass < RECORDING_PASS_COUNT; pass++)
        if (!read_pass(recording, pass, error))
            return false;
    return sort_everything(recording, error) && recording_check(recording, error) &&
           recording_stacks_build(recording, error);
}

void recording_close(struct recording *recording)
{
    if (recording->descriptor >= 0)
        close(recording->descriptor);
    recording->descriptor = -1;
}
