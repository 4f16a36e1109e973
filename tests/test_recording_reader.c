/* SPDX-License-Identifier: MIT */
/* Damaged recordings, each with the one line that it must give, and thousands that nobody thought
 * of. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/model.h"
#include "tests/recording_builder.h"
#include "tests/suite.h"

static char *folder, *path;

static void set_up(void)
{
    folder = make_test_folder();
    path = path_in(folder, "1.0.lgr");
}

static void tear_down(void)
{
    free(path);
    remove_test_folder(folder);
}

/* A recording with a record of every type; its offsets are those that the messages below name. */
struct sample {
    unsigned char *bytes;
    size_t size;
};

static struct recording_header *header(struct sample *sample)
{
    return (struct recording_header *)sample->bytes;
}

static struct recording_chunk *chunk(struct sample *sample, enum recording_chunk_type type,
                                     int number)
{
    struct recording_chunk *found = find_chunk(sample->bytes, sample->size, type, number);
    ck_assert_ptr_nonnull(found);
    return found;
}

static void *payload(struct sample *sample, enum recording_chunk_type type)
{
    return chunk(sample, type, 0) + 1;
}

static struct sample make_sample_with(size_t cut_bytes, bool with_births)
{
    struct recording_builder *builder = builder_new();
    struct sample sample;
    uint32_t outer = builder_stack(builder, 0, 0x100, 0);
    uint32_t inner = builder_stack(builder, outer, 0x200, 0);
    uint32_t site = builder_site(builder, inner);
    builder_counters(builder, 0, site,
                     &(struct recording_site_counters){
                         .allocations = 3,
                         .allocated_bytes = 96,
                     });
    builder_carry(builder, &(struct recording_carry){.site = site, .order = 35, .times = 1});
    builder_inherited(builder, site, 1, 8);
    builder_error(builder, &(struct recording_error){.kind = RECORDING_DOUBLE_FREE,
                                                     .stack = inner,
                                                     .allocated_site = site,
                                                     .count = 1});
    uint32_t one = builder_node(builder, 32, site), other = builder_node(builder, 32, site);
    builder_node_type(builder, one, builder_type(builder, "Node"));
    builder_edge(builder, one, 8, other, 0);
    builder_edge(builder, other, 16, one, 4);
    builder_root(builder, builder_node(builder, 32, site));
    builder_freed(builder, builder_node(builder, 32, site));
    if (with_births) {
        builder_node_birth(builder, one, 70000);
        builder_node_birth(builder, other, 500);
    }
    builder_cut_streams(builder, cut_bytes);
    sample.bytes = builder_bytes(builder, &sample.size);
    builder_free(builder);
    return sample;
}

static struct sample make_sample(size_t cut_bytes)
{
    return make_sample_with(cut_bytes, false);
}

static bool load(const struct sample *sample, struct error *error)
{
    save_bytes(path, sample->bytes, sample->size);
    struct session_options options = {.without_symbols = true};
    struct session *session = session_load(path, &options, error);
    session_free(session);
    return session != NULL;
}

START_TEST(sample_is_good)
{
    for (size_t cut_bytes = 0; cut_bytes < 16; cut_bytes++) {
        struct error error = {0};
        struct sample sample = make_sample_with(cut_bytes / 2, cut_bytes % 2);
        ck_assert_msg(load(&sample, &error), "%s", error.message);
        free(sample.bytes);
    }
}
END_TEST

START_TEST(file_may_be_larger_than_what_is_in_use)
{
    struct error error = {0};
    struct sample sample = make_sample(0);
    save_bytes(path, sample.bytes, sample.size);
    ck_assert_int_eq(truncate(path, 1l << 40), 0);
    struct session *session = session_load(path, NULL, &error);
    ck_assert_msg(session, "%s", error.message);
    session_free(session);
    free(sample.bytes);
}
END_TEST

START_TEST(pages_that_were_never_finished_are_stepped_over)
{
    enum { HOLE_BYTES = 5 * RECORDING_PAGE_BYTES };
    struct error error = {0};
    struct sample sample = make_sample(0);
    unsigned char *larger = calloc(1, sample.size + HOLE_BYTES);
    ck_assert_ptr_nonnull(larger);
    memcpy(larger, sample.bytes, RECORDING_PAGE_BYTES);
    memcpy(larger + RECORDING_PAGE_BYTES, sample.bytes + RECORDING_PAGE_BYTES,
           RECORDING_PAGE_BYTES);
    memcpy(larger + 2 * RECORDING_PAGE_BYTES + HOLE_BYTES, sample.bytes + 2 * RECORDING_PAGE_BYTES,
           sample.size - 2 * RECORDING_PAGE_BYTES);
    free(sample.bytes);
    sample = (struct sample){larger, sample.size + HOLE_BYTES};
    header(&sample)->used_bytes = sample.size;
    ck_assert_msg(load(&sample, &error), "%s", error.message);
    free(larger);
}
END_TEST

START_TEST(terabytes_of_nothing_take_no_time)
{
    struct error error = {0};
    struct sample sample = make_sample(0);
    header(&sample)->used_bytes = (uint64_t)1 << 40;
    save_bytes(path, sample.bytes, sample.size);
    ck_assert_int_eq(truncate(path, 1l << 40), 0);
    struct session *session = session_load(path, NULL, &error);
    ck_assert_msg(session, "%s", error.message);
    session_free(session);
    free(sample.bytes);
}
END_TEST

START_TEST(chunk_that_another_thread_was_faster_to_make_is_skipped)
{
    struct error error = {0};
    struct sample sample = make_sample(0);
    struct recording_chunk *freed = chunk(&sample, RECORDING_CHUNK_FREED, 0);
    freed->type = RECORDING_CHUNK_SITES;
    freed->key = 0;
    freed->used = 0;
    ck_assert_msg(load(&sample, &error), "%s", error.message);
    free(sample.bytes);
}
END_TEST

START_TEST(records_that_were_never_finished_are_skipped)
{
    struct error error = {0};
    struct sample sample = make_sample(0);
    uint32_t *words = payload(&sample, RECORDING_CHUNK_STACKS);
    struct recording_error *errors = payload(&sample, RECORDING_CHUNK_ERRORS);
    memset(&words[8], 0, sizeof(struct recording_stack));
    memset(&errors[0], 0, sizeof errors[0]);
    save_bytes(path, sample.bytes, sample.size);
    struct session *session = session_load(path, NULL, &error);
    ck_assert_msg(session, "%s", error.message);
    ck_assert_uint_eq(session->processes[0].error_count, 0);
    ck_assert_uint_eq(session->processes[0].sites[0].stack.frame_count, 0);
    session_free(session);
    free(sample.bytes);
}
END_TEST

/* --- damage, and what it must say; the path and ": " come before --- */

typedef void damage_function(struct sample *sample);
#define DAMAGE(name) static void name(struct sample *sample)

DAMAGE(empty)
{
    sample->size = 0;
}
DAMAGE(cut_in_magic)
{
    sample->size = 5;
}
DAMAGE(cut_in_header)
{
    sample->size = 100;
}
DAMAGE(cut_behind_header)
{
    sample->size = RECORDING_PAGE_BYTES;
}
DAMAGE(cut_one_page_short)
{
    sample->size -= RECORDING_PAGE_BYTES;
}
DAMAGE(foreign)
{
    memcpy(sample->bytes, "\177ELF\2\1\1", 8);
}
DAMAGE(other_byte_order)
{
    header(sample)->byte_order = 0x04030201;
}
DAMAGE(bad_byte_order)
{
    header(sample)->byte_order = 7;
}
DAMAGE(newer_version)
{
    header(sample)->version = 7;
}
DAMAGE(older_version)
{
    header(sample)->version = RECORDING_VERSION - 1;
}
DAMAGE(version_0)
{
    header(sample)->version = 0;
}
DAMAGE(short_header)
{
    header(sample)->header_bytes = 64;
}
DAMAGE(other_pages)
{
    header(sample)->page_bytes = 16384;
}
DAMAGE(narrow_pointers)
{
    header(sample)->pointer_bytes = 4;
}
DAMAGE(odd_used)
{
    header(sample)->used_bytes -= 1;
}
DAMAGE(no_used)
{
    header(sample)->used_bytes = 0;
}
DAMAGE(unknown_end)
{
    header(sample)->ended = 9;
}
DAMAGE(unknown_reason)
{
    header(sample)->unchecked = 99;
}
DAMAGE(bad_executable)
{
    header(sample)->executable = 3;
}
DAMAGE(odd_command)
{
    header(sample)->command += 1;
}
DAMAGE(string_beyond_chunk)
{
    *(uint32_t *)payload(sample, RECORDING_CHUNK_STRINGS) = 4000;
}
DAMAGE(unknown_chunk)
{
    chunk(sample, RECORDING_CHUNK_MODULES, 0)->type = 77;
}
DAMAGE(chunk_without_pages)
{
    chunk(sample, RECORDING_CHUNK_MODULES, 0)->pages = 0;
}
DAMAGE(chunk_beyond_file)
{
    chunk(sample, RECORDING_CHUNK_MODULES, 0)->pages = UINT32_MAX;
}
DAMAGE(chunk_overfull)
{
    chunk(sample, RECORDING_CHUNK_MODULES, 0)->used = 5000;
}
DAMAGE(half_a_record)
{
    chunk(sample, RECORDING_CHUNK_MODULES, 0)->used -= 1;
}
DAMAGE(absurd_key)
{
    chunk(sample, RECORDING_CHUNK_SITES, 0)->key = UINT64_MAX;
}
DAMAGE(sites_twice)
{
    struct recording_chunk *freed = chunk(sample, RECORDING_CHUNK_FREED, 0);
    freed->type = RECORDING_CHUNK_SITES;
}
DAMAGE(module_backwards)
{
    struct recording_module *module = payload(sample, RECORDING_CHUNK_MODULES);
    module->start = module->end + 1;
}
DAMAGE(long_build_id)
{
    ((struct recording_module *)payload(sample, RECORDING_CHUNK_MODULES))->build_id_bytes = 33;
}
DAMAGE(bad_module_path)
{
    ((struct recording_module *)payload(sample, RECORDING_CHUNK_MODULES))->path = 1 << 20;
}
/* The sample's stacks: words 2 and 8, one frame each, the second based on the first. */
enum { OUTER = 2, INNER = 8, HEAD_WORDS = 2 };
static uint32_t *words_of(struct sample *sample, uint32_t stack)
{
    return (uint32_t *)payload(sample, RECORDING_CHUNK_STACKS) + stack;
}
DAMAGE(stack_like_itself)
{
    words_of(sample, INNER)[0] = INNER;
}
DAMAGE(stack_like_a_later_one)
{
    words_of(sample, OUTER)[0] = INNER;
}
DAMAGE(stack_like_none)
{
    words_of(sample, INNER)[0] = 0;
}
DAMAGE(base_of_no_frames)
{
    words_of(sample, INNER)[1] = 1;
}
DAMAGE(base_of_too_many_frames)
{
    words_of(sample, INNER)[1] = 2 << RECORDING_OWN_FRAMES_BITS | 1;
}
DAMAGE(missing_base)
{
    chunk(sample, RECORDING_CHUNK_STACKS, 0)->key = OUTER + 1; /* and all ids so much higher */
    ((struct recording_site *)payload(sample, RECORDING_CHUNK_SITES))[1].stack = INNER + OUTER + 1;
}
DAMAGE(frames_beyond_the_chunk)
{
    words_of(sample, INNER)[1]++;
}
DAMAGE(outermost_frame_without_module)
{
    words_of(sample, OUTER)[HEAD_WORDS] = 4;
}
DAMAGE(frame_of_unknown_kind)
{
    words_of(sample, INNER)[HEAD_WORDS] = 3;
}
DAMAGE(missing_module)
{
    words_of(sample, OUTER)[HEAD_WORDS + 1] = 5;
}
DAMAGE(missing_stack)
{
    ((struct recording_site *)payload(sample, RECORDING_CHUNK_SITES))[1].stack = 14;
}
DAMAGE(half_a_stack)
{
    chunk(sample, RECORDING_CHUNK_STACKS, 0)->used = (INNER + 1) * sizeof(uint32_t);
}
static struct recording_carry *carry_of(struct sample *sample)
{
    return payload(sample, RECORDING_CHUNK_CARRIES);
}

DAMAGE(carry_of_unknown_order)
{
    carry_of(sample)->order = 36;
}

DAMAGE(carry_of_no_site)
{
    carry_of(sample)->site = 2;
}

DAMAGE(missing_site)
{
    chunk(sample, RECORDING_CHUNK_COUNTERS, 0)->key = 2;
}
DAMAGE(inherited_of_no_site)
{
    chunk(sample, RECORDING_CHUNK_INHERITED, 0)->key = 1;
}
DAMAGE(unknown_error_kind)
{
    ((struct recording_error *)payload(sample, RECORDING_CHUNK_ERRORS))->kind = 4;
}
DAMAGE(unknown_block_kind)
{
    ((struct recording_error *)payload(sample, RECORDING_CHUNK_ERRORS))->freed_kind = 4;
}
DAMAGE(error_without_stack)
{
    ((struct recording_error *)payload(sample, RECORDING_CHUNK_ERRORS))->stack = 77;
}
DAMAGE(error_without_site)
{
    ((struct recording_error *)payload(sample, RECORDING_CHUNK_ERRORS))->allocated_site = 77;
}
DAMAGE(short_snapshot)
{
    chunk(sample, RECORDING_CHUNK_SNAPSHOT, 0)->used = 8;
}
DAMAGE(unknown_snapshot_state)
{
    ((struct recording_snapshot *)payload(sample, RECORDING_CHUNK_SNAPSHOT))->state = 5;
}
DAMAGE(unknown_snapshot_failure)
{
    ((struct recording_snapshot *)payload(sample, RECORDING_CHUNK_SNAPSHOT))->failure = 99;
}
DAMAGE(bad_snapshot_label)
{
    ((struct recording_snapshot *)payload(sample, RECORDING_CHUNK_SNAPSHOT))->label = 6;
}
DAMAGE(unknown_snapshot_reason)
{
    ((struct recording_snapshot *)payload(sample, RECORDING_CHUNK_SNAPSHOT))->reason = 0;
}
DAMAGE(too_many_nodes)
{
    ((struct recording_snapshot *)payload(sample, RECORDING_CHUNK_SNAPSHOT))->node_count = 1u << 30;
}
DAMAGE(too_many_edges)
{
    ((struct recording_snapshot *)payload(sample, RECORDING_CHUNK_SNAPSHOT))->edge_count =
        UINT64_MAX;
}
DAMAGE(more_edges_than_said)
{
    ((struct recording_snapshot *)payload(sample, RECORDING_CHUNK_SNAPSHOT))->edge_count = 1;
}
DAMAGE(fewer_edges_than_said)
{
    ((struct recording_snapshot *)payload(sample, RECORDING_CHUNK_SNAPSHOT))->edge_count = 3;
}
DAMAGE(stream_ends_early)
{
    chunk(sample, RECORDING_CHUNK_NODES, 0)->used -= 3;
}
DAMAGE(stream_piece_missing)
{
    chunk(sample, RECORDING_CHUNK_NODES, 0)->sequence = 1;
}
DAMAGE(endless_number)
{
    memset(payload(sample, RECORDING_CHUNK_NODES), 0xff, 12);
}
DAMAGE(node_type_unknown)
{
    /* The first node: gap 2 bytes (0x2000), size, site and kind, type. */
    static const unsigned char node[] = {0x80, 0x40, 32, 1 << 3, 2};
    memcpy(payload(sample, RECORDING_CHUNK_NODES), node, sizeof node);
}
DAMAGE(node_site_unknown)
{
    static const unsigned char node[] = {0x80, 0x40, 32, 9 << 3, 1};
    memcpy(payload(sample, RECORDING_CHUNK_NODES), node, sizeof node);
}
DAMAGE(edge_to_nowhere)
{
    static const unsigned char node[] = {0x80, 0x40, 32, 1 << 3, 1, 2 << 2, 126};
    memcpy(payload(sample, RECORDING_CHUNK_NODES), node, sizeof node);
}
DAMAGE(edge_from_outside)
{
    /* farther than a block's slack reaches */
    static const unsigned char node[] = {0x80, 0x40, 32, 1 << 3, 1, 0xe0, 0x12, 2};
    memcpy(payload(sample, RECORDING_CHUNK_NODES), node, sizeof node);
}
DAMAGE(edge_without_step)
{
    static const unsigned char node[] = {0x80, 0x40, 32, 1 << 3, 1, 1, 2};
    memcpy(payload(sample, RECORDING_CHUNK_NODES), node, sizeof node);
}
DAMAGE(root_of_unknown_kind)
{
    *(unsigned char *)payload(sample, RECORDING_CHUNK_ROOTS) = 8 << 1;
}
DAMAGE(root_to_nowhere)
{
    ((unsigned char *)payload(sample, RECORDING_CHUNK_ROOTS))[5] = 100;
}
DAMAGE(type_name_too_long)
{
    *(unsigned char *)payload(sample, RECORDING_CHUNK_TYPES) = 127;
}

static const struct damage_case {
    damage_function *damage;
    const char *message;
    size_t size; /* for a %zu in it */
} damage_cases[] = {
    {empty, "empty file", 0},
    {cut_in_magic, "truncated: 5 bytes, at least 4096 expected", 0},
    {cut_in_header, "truncated: 100 bytes, at least 4096 expected", 0},
    {cut_behind_header, "truncated: 4096 bytes, 57344 expected", 0},
    {cut_one_page_short, "truncated: 53248 bytes, 57344 expected", 0},
    {foreign, "not a leakgraph recording", 0},
    {other_byte_order, "recorded on a machine of the other byte order", 0},
    {bad_byte_order, "damaged at offset 8: byte order mark 0x00000007", 0},
    {newer_version, "written by a newer leakgraph (version 7)", 0},
    {older_version, "written by an older leakgraph (version 4)", 0},
    {version_0, "damaged at offset 12: version 0", 0},
    {short_header, "damaged at offset 16: header of 64 bytes, %zu expected",
     sizeof(struct recording_header)},
    {other_pages, "damaged at offset 20: pages of 16384 bytes, 4096 expected", 0},
    {narrow_pointers, "damaged at offset 36: pointers of 4 bytes, 8 expected", 0},
    {odd_used, "damaged at offset 24: 57343 bytes in use", 0},
    {no_used, "damaged at offset 24: 0 bytes in use", 0},
    {unknown_end, "damaged at offset 80: unknown end 9", 0},
    {unknown_reason, "damaged at offset 88: unknown reason 99 for no snapshot", 0},
    {bad_executable, "damaged at offset 96: executable is no string: reference 3", 0},
    {odd_command, "damaged at offset 104: command is no string: reference 4177", 0},
    {string_beyond_chunk, "damaged at offset 96: executable is no string: reference 4160", 0},
    {unknown_chunk, "damaged at offset 8192: unknown chunk type 77", 0},
    {chunk_without_pages, "damaged at offset 8192: modules chunk of 0 pages, 12 are left", 0},
    {chunk_beyond_file, "damaged at offset 8192: modules chunk of 4294967295 pages, 12 are left",
     0},
    {chunk_overfull, "damaged at offset 8192: modules chunk with 5000 bytes in use of 4032", 0},
    {half_a_record, "damaged at offset 8192: modules chunk ends inside a record", 0},
    {absurd_key, "damaged at offset 16384: sites chunk starts at id 18446744073709551615", 0},
    {sites_twice, "damaged at offset 49216: sites chunk repeats id 0", 0},
    {module_backwards, "damaged at offset 8256: module 0 ends before it starts", 0},
    {long_build_id, "damaged at offset 8256: module 0 with a build-id of 33 bytes", 0},
    {bad_module_path, "damaged at offset 8256: a module's path is no string: reference 1048576", 0},
    {stack_like_itself, "damaged at offset 12384: stack 8 starts like stack 8", 0},
    {stack_like_a_later_one, "damaged at offset 12360: stack 2 starts like stack 8", 0},
    {stack_like_none,
     "damaged at offset 12384: stack 8 has no stack to take frames from, frames: 1", 0},
    {base_of_no_frames,
     "damaged at offset 12384: stack 8 takes frames that are not its own from stack 2", 0},
    {base_of_too_many_frames,
     "damaged at offset 12384: stack 8 takes frames that are not its own from stack 2", 0},
    {missing_base, "damaged at offset 12384: stack 11 starts like a missing stack, 2", 0},
    {frames_beyond_the_chunk,
     "damaged at offset 12384: stack 8 does not end in its chunk; frames: 2", 0},
    {outermost_frame_without_module, "damaged at offset 12360: stack 2 has an invalid frame: 4", 0},
    {frame_of_unknown_kind, "damaged at offset 12384: stack 8 has an invalid frame: 3", 0},
    {missing_module, "damaged at offset 12360: stack 2 has a frame in a missing module, 5", 0},
    {missing_stack, "damaged at offset 16456: site 1 with stack 14, which is missing", 0},
    {half_a_stack, "damaged at offset 16456: site 1 with stack 8, which is missing", 0},
    {missing_site, "damaged at offset 28736: counters of site 2, which is missing", 0},
    {carry_of_unknown_order, "damaged at offset 53312: carry 0 of lifetimes of unknown order 36",
     0},
    {carry_of_no_site, "damaged at offset 53312: carry 0 of site 2, which is missing", 0},
    {inherited_of_no_site, "damaged at offset 20560: counters of site 2, which is missing", 0},
    {unknown_error_kind, "damaged at offset 24640: error 0 of unknown kind 4", 0},
    {unknown_block_kind, "damaged at offset 24640: error 0 with unknown kinds of block", 0},
    {error_without_stack, "damaged at offset 24640: error 0 with stack 77, which is missing", 0},
    {error_without_site, "damaged at offset 24640: error 0 with site 77, which is missing", 0},
    {short_snapshot, "damaged at offset 32768: snapshot record of 8 bytes, %zu expected",
     sizeof(struct recording_snapshot)},
    {unknown_snapshot_state, "damaged at offset 32768: snapshot in unknown state 5", 0},
    {unknown_snapshot_reason, "damaged at offset 32768: snapshot for unknown reason 0", 0},
    {unknown_snapshot_failure, "damaged at offset 32768: snapshot failed for unknown reason 99", 0},
    {bad_snapshot_label, "damaged: the label of snapshot 1 is no string: reference 6", 0},
    {too_many_nodes, "damaged: snapshot 1 claims 1073741824 blocks in 26 bytes", 0},
    {too_many_edges, "damaged: snapshot 1 claims 18446744073709551615 edges in 26 bytes", 0},
    {more_edges_than_said, "damaged at offset 36943: more edges than the 1 announced", 0},
    {fewer_edges_than_said, "damaged at offset 36954: 2 edges, 3 announced", 0},
    {stream_ends_early, "damaged at offset 36951: the snapshot's stream ends too early", 0},
    {stream_piece_missing, "damaged at offset 36928: nodes chunk 1 of snapshot 1 where 0 is due",
     0},
    {endless_number, "damaged at offset 36938: a number of more than 64 bits", 0},
    {node_type_unknown, "damaged at offset 36933: block 0 of type 2, 1 are known", 0},
    {node_site_unknown, "damaged at offset 36933: block 0 from site 9, which is missing", 0},
    {edge_to_nowhere, "damaged at offset 36935: an edge from block 0 to block 63 of 4", 0},
    {edge_from_outside, "damaged at offset 36935: an edge from outside of block 0", 0},
    {edge_without_step, "damaged at offset 36934: two edges from one word of block 0", 0},
    {root_of_unknown_kind, "damaged at offset 41031: root 0 of unknown kind 8", 0},
    {root_to_nowhere, "damaged at offset 41031: root 0 points to block 100 of 4", 0},
    {type_name_too_long, "damaged at offset 45121: a type name of 127 bytes", 0},
};

START_TEST(damage_is_named_in_one_line)
{
    const struct damage_case *wrong = &damage_cases[_i];
    struct error error = {0};
    char message[sizeof error.message];
    struct sample sample = make_sample(0);
    snprintf(message, sizeof message, wrong->message, wrong->size);
    wrong->damage(&sample);
    ck_assert(!load(&sample, &error));
    ck_assert_mem_eq(error.message, path, strlen(path));
    ck_assert_str_eq(error.message + strlen(path) + strlen(": "), message);
    free(sample.bytes);
}
END_TEST

START_TEST(every_length_of_file_is_read_or_refused)
{
    struct sample sample = make_sample(0);
    size_t whole = sample.size;
    for (sample.size = 0; sample.size < whole; sample.size += sample.size < 700 ? 1 : 509) {
        struct error error = {0};
        ck_assert(!load(&sample, &error));
        ck_assert_uint_gt(strlen(error.message), 0);
    }
    free(sample.bytes);
}
END_TEST

/* --- damage that nobody thought of --- */

static uint64_t random_state;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Mostly where something is: in the header, in a chunk's head, or in the first bytes of its
 * payload. */
static size_t random_place(const struct sample *sample)
{
    enum { USED_PART = 400 };
    size_t pages = sample->size / RECORDING_PAGE_BYTES;
    return next_random() % pages * RECORDING_PAGE_BYTES + next_random() % USED_PART;
}

static void mutate(struct sample *sample)
{
    static const uint64_t values[] = {
        0, 1, 2, 0x7f, 0x80, 0xff, 0xffffffff, UINT64_MAX, (uint64_t)1 << 63};
    size_t place = random_place(sample);
    switch (next_random() % 3) {
    case 0:
        sample->bytes[place] ^= (unsigned char)(1u << next_random() % 8);
        break;
    case 1:
        sample->bytes[place] = (unsigned char)next_random();
        break;
    case 2:
        memcpy(sample->bytes + place / 4 * 4,
               &values[next_random() % (sizeof values / sizeof *values)],
               next_random() % 2 ? 4 : 8);
        break;
    }
}

START_TEST(mutated_recordings_are_read_or_refused)
{
    enum { MUTANTS = 1000 };
    int read = 0;
    random_state = 88172645463325252u + (uint64_t)_i;
    for (int i = 0; i < MUTANTS; i++) {
        struct error error = {0};
        struct sample sample = make_sample(next_random() % 2 ? 0 : 5);
        for (uint64_t times = 1 + next_random() % 4; times; times--)
            mutate(&sample);
        bool good = load(&sample, &error);
        read += good;
        ck_assert(good || strlen(error.message) > 0);
        ck_assert(!good || strlen(error.message) == 0);
        free(sample.bytes);
    }
    ck_assert_int_gt(read, 0);
    ck_assert_int_lt(read, MUTANTS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recording_reader");
    TCase *good = tcase_create("good"), *bad = tcase_create("damaged");
    tcase_add_checked_fixture(good, set_up, tear_down);
    tcase_add_test(good, sample_is_good);
    tcase_add_test(good, file_may_be_larger_than_what_is_in_use);
    tcase_add_test(good, pages_that_were_never_finished_are_stepped_over);
    tcase_add_test(good, terabytes_of_nothing_take_no_time);
    tcase_add_test(good, chunk_that_another_thread_was_faster_to_make_is_skipped);
    tcase_add_test(good, records_that_were_never_finished_are_skipped);
    tcase_add_checked_fixture(bad, set_up, tear_down);
    tcase_set_timeout(bad, 60);
    tcase_add_loop_test(bad, damage_is_named_in_one_line, 0,
                        sizeof damage_cases / sizeof *damage_cases);
    tcase_add_test(bad, every_length_of_file_is_read_or_refused);
    tcase_add_loop_test(bad, mutated_recordings_are_read_or_refused, 0, 8);
    suite_add_tcase(suite, good);
    suite_add_tcase(suite, bad);
    return suite_run(suite);
}
