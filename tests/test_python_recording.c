/* SPDX-License-Identifier: MIT */
/* Damaged recordings of Python processes: each with the one line that it must give, and thousands
 * that nobody thought of. */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/model.h"
#include "tests/python_builder.h"
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

struct sample {
    unsigned char *bytes;
    size_t size;
};

/* A pair of nodes that hold one another, a class, and what a running function holds; with a code
 * object. */
static struct sample make_sample(size_t cut_bytes)
{
    struct recording_builder *builder = builder_new();
    struct python_builder *python = python_builder_new();
    uint32_t code = builder_code(builder, "plan", "/robot/plan.py", 3);
    uint32_t site = builder_site(builder, builder_python_stack(builder, 0, code, 4));
    uint32_t type = python_builder_type(python, "type"),
             node = python_builder_type(python, "robot.Node");
    uint32_t class = python_builder_static(python, 0x8000, type);
    uint32_t one = python_builder_block(python, builder, site, node);
    uint32_t other = python_builder_block(python, builder, site, node);
    uint32_t held = python_builder_block(python, builder, site, node);
    python_builder_refer(python, class, 1);
    python_builder_attribute(python, one, "peer", other);
    python_builder_reference(python, one, RECORDING_PYTHON_CLASS, 0, class);
    python_builder_reference(python, other, RECORDING_PYTHON_INDEX, 300, one);
    python_builder_local(python, "plan", "node", held);
    builder_cut_streams(builder, cut_bytes);
    python_builder_finish(python, builder);
    struct sample sample;
    sample.bytes = builder_bytes(builder, &sample.size);
    builder_free(builder);
    return sample;
}

static bool load(const struct sample *sample, struct error *error)
{
    struct session_options options = {.without_symbols = true};
    save_bytes(path, sample->bytes, sample->size);
    struct session *session = session_load(path, &options, error);
    session_free(session);
    return session != NULL;
}

START_TEST(sample_is_good)
{
    for (size_t cut_bytes = 0; cut_bytes < 8; cut_bytes++) {
        struct error error = {0};
        struct sample sample = make_sample(cut_bytes);
        ck_assert_msg(load(&sample, &error), "%s", error.message);
        free(sample.bytes);
    }
}
END_TEST

/* --- damage, and what it must say; the path and ": " come before --- */

static struct recording_chunk *chunk(struct sample *sample, enum recording_chunk_type type)
{
    struct recording_chunk *found = find_chunk(sample->bytes, sample->size, type, 0);
    ck_assert_ptr_nonnull(found);
    return found;
}

static unsigned char *stream(struct sample *sample, enum recording_chunk_type type)
{
    return (unsigned char *)(chunk(sample, type) + 1);
}

static struct recording_python_heap *record(struct sample *sample)
{
    return (struct recording_python_heap *)stream(sample, RECORDING_CHUNK_PYTHON);
}

/* Places in the stream of objects, after the class: each is one byte but for the gap. */
enum { CLASS_REFERENCES = 4, ONE_GAP = 7, ONE_TYPE = 10, ONE_LABEL = 13, ONE_TEXT, ONE_STEP };

typedef void damage_function(struct sample *sample);
#define DAMAGE(name) static void name(struct sample *sample)

DAMAGE(unknown_state_of_python)
{
    ((struct recording_header *)sample->bytes)->python = 77;
}
DAMAGE(version_is_no_string)
{
    ((struct recording_header *)sample->bytes)->python_version = 5;
}
DAMAGE(short_record)
{
    chunk(sample, RECORDING_CHUNK_PYTHON)->used = 8;
}
DAMAGE(too_many_objects)
{
    record(sample)->object_count = 1u << 30;
}
DAMAGE(too_many_references)
{
    record(sample)->edge_count = UINT64_MAX;
}
DAMAGE(too_many_types)
{
    record(sample)->type_count = 1u << 20;
}
DAMAGE(too_many_texts)
{
    record(sample)->text_count = UINT64_MAX / 2;
}
DAMAGE(too_many_roots)
{
    record(sample)->root_count = 99;
}
DAMAGE(objects_missing)
{
    chunk(sample, RECORDING_CHUNK_PYTHON_OBJECTS)->key = 2;
}
DAMAGE(piece_missing)
{
    chunk(sample, RECORDING_CHUNK_PYTHON_OBJECTS)->sequence = 1;
}
DAMAGE(object_where_the_one_before_is)
{
    stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS)[ONE_GAP] = 0x80;
    stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS)[ONE_GAP + 1] = 0;
}
DAMAGE(object_beyond_all_memory)
{
    static const unsigned char gap[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1};
    memcpy(stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS), gap, sizeof gap);
}
DAMAGE(endless_number)
{
    memset(stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS), 0xff, 16);
}
DAMAGE(object_of_no_type)
{
    stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS)[ONE_TYPE] = 0;
}
DAMAGE(object_of_a_missing_type)
{
    stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS)[ONE_TYPE] = 3;
}
DAMAGE(unknown_label)
{
    stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS)[ONE_LABEL] = RECORDING_PYTHON_LABEL_COUNT + 1;
}
DAMAGE(missing_text)
{
    stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS)[ONE_TEXT] = 4;
}
DAMAGE(reference_to_nowhere)
{
    stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS)[ONE_STEP] = 6;
}
DAMAGE(reference_before_the_first)
{
    stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS)[ONE_STEP] = 5;
}
DAMAGE(more_references_than_said)
{
    record(sample)->edge_count = 1;
}
DAMAGE(fewer_references_than_said)
{
    record(sample)->edge_count = 4;
}
DAMAGE(objects_end_early)
{
    chunk(sample, RECORDING_CHUNK_PYTHON_OBJECTS)->used -= 1;
}
DAMAGE(absurd_references)
{
    unsigned char *bytes = stream(sample, RECORDING_CHUNK_PYTHON_OBJECTS) + CLASS_REFERENCES;
    static const unsigned char references[] = {0x80, 0x80, 0x80, 0x80, 0x80,
                                               0x80, 0x80, 0x80, 0x80, 1};
    memmove(bytes + sizeof references, bytes + 1, 64);
    memcpy(bytes, references, sizeof references);
    chunk(sample, RECORDING_CHUNK_PYTHON_OBJECTS)->used += sizeof references - 1;
}
DAMAGE(type_name_without_end)
{
    stream(sample, RECORDING_CHUNK_PYTHON_TYPES)[0] = 100;
}
DAMAGE(type_name_beyond_its_stream)
{
    stream(sample, RECORDING_CHUNK_PYTHON_TYPES)[5] = 14;
}
DAMAGE(types_end_early)
{
    chunk(sample, RECORDING_CHUNK_PYTHON_TYPES)->used = 5;
}
DAMAGE(text_beyond_its_stream)
{
    stream(sample, RECORDING_CHUNK_PYTHON_TEXTS)[0] = 14;
}
DAMAGE(local_of_a_missing_function)
{
    stream(sample, RECORDING_CHUNK_PYTHON_ROOTS)[2] = 4;
}
DAMAGE(local_with_a_missing_name)
{
    stream(sample, RECORDING_CHUNK_PYTHON_ROOTS)[3] = 4;
}
DAMAGE(local_that_is_no_object)
{
    stream(sample, RECORDING_CHUNK_PYTHON_ROOTS)[4] = 4;
}
DAMAGE(local_of_no_thread)
{
    memcpy(stream(sample, RECORDING_CHUNK_PYTHON_ROOTS), "\x80\0", 2);
}
DAMAGE(roots_end_early)
{
    chunk(sample, RECORDING_CHUNK_PYTHON_ROOTS)->used = 4;
}
DAMAGE(code_without_a_name)
{
    ((struct recording_code *)stream(sample, RECORDING_CHUNK_CODES))[1].name = 17;
}
DAMAGE(code_without_a_file)
{
    ((struct recording_code *)stream(sample, RECORDING_CHUNK_CODES))[1].file = UINT64_MAX;
}
DAMAGE(codes_cut)
{
    chunk(sample, RECORDING_CHUNK_CODES)->used -= 1;
}
DAMAGE(codes_missing)
{
    chunk(sample, RECORDING_CHUNK_CODES)->used = sizeof(struct recording_code);
}
DAMAGE(absurd_code)
{
    uint32_t *words = (uint32_t *)stream(sample, RECORDING_CHUNK_STACKS);
    enum { HIGH_WORD_OF_FRAME = 7 };
    words[HIGH_WORD_OF_FRAME] = UINT32_MAX;
}
DAMAGE(codes_far_away)
{
    chunk(sample, RECORDING_CHUNK_CODES)->key = UINT64_MAX / 2;
}

static const struct damage_case {
    damage_function *damage;
    const char *message;
} damage_cases[] = {
    {unknown_state_of_python, "damaged at offset 624: unknown state 77 of Python"},
    {version_is_no_string, "damaged at offset 632: Python version is no string: reference 5"},
    {short_record, "damaged at offset 32768: Python chunk ends inside a record"},
    {too_many_objects, "damaged: snapshot 1 claims 1073741824 Python objects in 36 bytes"},
    {too_many_references,
     "damaged: snapshot 1 claims 18446744073709551615 Python references in 36 bytes"},
    {too_many_types, "damaged: snapshot 1 claims 1048576 Python types in 16 bytes"},
    {too_many_texts, "damaged: snapshot 1 claims 9223372036854775807 Python texts in 15 bytes"},
    {too_many_roots, "damaged: snapshot 1 claims 99 Python roots in 6 bytes"},
    {objects_missing, "damaged: snapshot 1 claims 4 Python objects in 0 bytes"},
    {piece_missing, "damaged at offset 36928: Python objects chunk 1 of snapshot 1 where 0 is due"},
    {object_where_the_one_before_is,
     "damaged at offset 36941: Python object 1 has an impossible address"},
    {object_beyond_all_memory,
     "damaged at offset 36942: Python object 0 has an impossible address"},
    {endless_number, "damaged at offset 36938: a number of more than 64 bits"},
    {object_of_no_type, "damaged at offset 36941: Python object 1 of type 0, 2 are known"},
    {object_of_a_missing_type, "damaged at offset 36941: Python object 1 of type 3, 2 are known"},
    {unknown_label, "damaged at offset 36942: a reference with unknown label 13"},
    {missing_text, "damaged at offset 36944: a reference with text 4, 3 are known"},
    {reference_to_nowhere, "damaged at offset 36944: a reference from object 1 to 4 of 4"},
    {reference_before_the_first,
     "damaged at offset 36944: a reference from object 1 to 18446744073709551614 of 4"},
    {more_references_than_said, "damaged at offset 36947: more references than the 1 announced"},
    {fewer_references_than_said, "damaged at offset 36964: 3 references, 4 announced"},
    {objects_end_early, "damaged at offset 36963: the snapshot's stream ends too early"},
    {absurd_references,
     "damaged at offset 36943: Python object 0 with 9223372036854775808 references"},
    {type_name_without_end, "damaged at offset 41025: a text of 100 bytes"},
    {type_name_beyond_its_stream, "damaged at offset 41040: the snapshot's stream ends too early"},
    {types_end_early, "damaged at offset 41029: the snapshot's stream ends too early"},
    {text_beyond_its_stream, "damaged at offset 45135: the snapshot's stream ends too early"},
    {local_of_a_missing_function,
     "damaged at offset 49221: a local variable with an unknown function, name or object"},
    {local_with_a_missing_name,
     "damaged at offset 49221: a local variable with an unknown function, name or object"},
    {local_that_is_no_object,
     "damaged at offset 49221: a local variable with an unknown function, name or object"},
    {local_of_no_thread, "damaged at offset 49221: 0 Python roots, 1 announced"},
    {roots_end_early, "damaged at offset 49220: the snapshot's stream ends too early"},
    {code_without_a_name,
     "damaged at offset 28768: a code object's name is no string: reference 17"},
    {code_without_a_file,
     "damaged at offset 28768: a code object's file is no string: reference 18446744073709551615"},
    {codes_cut, "damaged at offset 28672: codes chunk ends inside a record"},
    {codes_missing, "damaged at offset 12360: stack 2 has a frame of missing Python code, 1"},
    {absurd_code,
     "damaged at offset 12360: stack 2 has a frame of missing Python code, 4294963201"},
    {codes_far_away, "damaged at offset 28672: codes chunk starts at id 9223372036854775807"},
};

START_TEST(damage_is_named_in_one_line)
{
    const struct damage_case *wrong = &damage_cases[_i];
    struct error error = {0};
    struct sample sample = make_sample(0);
    wrong->damage(&sample);
    ck_assert(!load(&sample, &error));
    ck_assert_mem_eq(error.message, path, strlen(path));
    ck_assert_str_eq(error.message + strlen(path) + strlen(": "), wrong->message);
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

/* In what belongs to Python: the heads of its chunks and the first bytes behind them. */
static unsigned char *random_place(struct sample *sample)
{
    static const enum recording_chunk_type types[] = {
        RECORDING_CHUNK_PYTHON,       RECORDING_CHUNK_PYTHON_OBJECTS, RECORDING_CHUNK_PYTHON_TYPES,
        RECORDING_CHUNK_PYTHON_TEXTS, RECORDING_CHUNK_PYTHON_ROOTS,   RECORDING_CHUNK_CODES,
        RECORDING_CHUNK_STACKS,
    };
    enum { PLACES = 160 };
    enum recording_chunk_type type = types[next_random() % (sizeof types / sizeof *types)];
    struct recording_chunk *found = find_chunk(sample->bytes, sample->size, type, 0);
    return found ? (unsigned char *)found + next_random() % PLACES : sample->bytes;
}

static void mutate(struct sample *sample)
{
    static const uint64_t values[] = {
        0, 1, 2, 0x7f, 0x80, 0xff, 0xffffffff, UINT64_MAX, (uint64_t)1 << 63};
    unsigned char *place = random_place(sample);
    switch (next_random() % 3) {
    case 0:
        *place ^= (unsigned char)(1u << next_random() % 8);
        break;
    case 1:
        *place = (unsigned char)next_random();
        break;
    case 2:
        memcpy(place, &values[next_random() % (sizeof values / sizeof *values)],
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
        for (uint64_t times = 1 + next_random() % 3; times; times--)
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
    Suite *suite = suite_create("python_recording");
    TCase *tests = tcase_create("damaged");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, sample_is_good);
    tcase_add_loop_test(tests, damage_is_named_in_one_line, 0,
                        sizeof damage_cases / sizeof *damage_cases);
    tcase_add_loop_test(tests, mutated_recordings_are_read_or_refused, 0, 8);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
