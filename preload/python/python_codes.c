/* SPDX-License-Identifier: MIT */
#include "preload/python/python_codes.h"

#include <stddef.h>
#include <string.h>

#include "preload/base/lossy_map.h"
#include "preload/base/private_memory.h"
#include "preload/python/python.h"
#include "preload/python/python_layout.h"
#include "preload/python/python_lines.h"
#include "preload/python/python_text.h"
#include "preload/recording/recording_table.h"
#include "preload/recording/recording_writer.h"

_Atomic uint32_t python_codes_deaths;
uint64_t python_codes_least_bytes = UINT64_MAX;

/* --- records: what a reader needs to know of a code object --- */

enum { RECORDS_PER_CHUNK = 512, RECORD_LIMIT = 1 << 20 };
static struct recording_table records = {
    .type = RECORDING_CHUNK_CODES,
    .record_bytes = sizeof(struct recording_code),
    .records_per_chunk = RECORDS_PER_CHUNK,
    .chunk_limit = RECORD_LIMIT / RECORDS_PER_CHUNK,
};

struct contents {
    struct python_text *name, *file;
    uint32_t first_line;
};
/* Of each record, for comparison and for forked children. */
static struct contents *_Atomic contents_pages[RECORD_LIMIT / RECORDS_PER_CHUNK];
/* Hash of the contents -> id of the record + 1. What it forgets has two records, which look the
 * same. */
static struct lossy_map ids = {.initial_bits = 10, .limit_bits = 18};

static struct contents *contents_of(uint32_t id)
{
    struct contents *_Atomic *page = &contents_pages[id / RECORDS_PER_CHUNK];
    struct contents *contents = atomic_load_explicit(page, memory_order_acquire);
    if (contents == NULL) {
        struct contents *fresh = private_memory_map(RECORDS_PER_CHUNK * sizeof *fresh);
        if (fresh == NULL)
            return NULL;
        if (atomic_compare_exchange_strong(page, &contents, fresh))
            contents = fresh;
        else
            private_memory_unmap(fresh, RECORDS_PER_CHUNK * sizeof *fresh);
    }
    return &contents[id % RECORDS_PER_CHUNK];
}

static void write_record(uint32_t id, const struct contents *contents)
{
    struct recording_code *record = recording_table_get(&records, id);
    if (record != NULL)
        *record = (struct recording_code){.name = contents->name->reference,
                                          .file = contents->file->reference,
                                          .first_line = contents->first_line};
}

static bool is_same(const struct contents *one, const struct contents *other)
{
    return one->name == other->name && one->file == other->file &&
           one->first_line == other->first_line;
}

/* UINT32_MAX when there is no room. */
static uint32_t add_record(const struct contents *wanted)
{
    uint64_t id = recording_table_add(&records);
    if (id == 0) /* stands for none */
        id = recording_table_add(&records);
    struct contents *contents = id != UINT64_MAX ? contents_of((uint32_t)id) : NULL;
    if (contents == NULL)
        return UINT32_MAX;
    *contents = *wanted;
    write_record((uint32_t)id, contents);
    return (uint32_t)id;
}

static uint32_t record_of(const struct contents *wanted)
{
    uint64_t hash = (uintptr_t)wanted->name * UINT64_C(0x9e3779b97f4a7c15) ^
                    (uintptr_t)wanted->file * UINT64_C(0xbf58476d1ce4e5b9) ^
                    (uint64_t)wanted->first_line * UINT64_C(0x94d049bb133111eb);
    hash ^= hash >> 29;
    uint64_t known = lossy_map_get(&ids, hash);
    if (known != 0 && is_same(contents_of((uint32_t)known - 1), wanted))
        return (uint32_t)known - 1;
    uint32_t id = add_record(wanted);
    if (id != UINT32_MAX)
        lossy_map_put(&ids, hash, (uint64_t)id + 1);
    return id;
}

/* --- instances: the code objects that are in memory, by address --- */

struct instance {
    _Atomic uintptr_t address; /* 0: free for another one, CLAIMED while it changes hands */
    uint32_t record;
    uint32_t capacity;       /* of lines */
    _Atomic uint32_t *lines; /* of each instruction, as below; 0 not looked up yet */
    struct instance *next;   /* of the same bucket */
};
enum { CLAIMED = 1, BUCKETS = 1 << 14 };
static struct instance *_Atomic buckets[BUCKETS];

/* In lines[]. */
enum { LINE_SHIFT = 1, LINE_KNOWN = 1 };
#define LINE_NOT_BEGUN UINT32_MAX

static struct instance *_Atomic *bucket_of(uintptr_t address)
{
    return &buckets[(address >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 50];
}

static inline struct instance *find_instance(uintptr_t address)
{
    struct instance *instance = atomic_load_explicit(bucket_of(address), memory_order_acquire);
    while (instance != NULL &&
           atomic_load_explicit(&instance->address, memory_order_acquire) != address)
        instance = instance->next;
    return instance;
}

static struct instance *claim_free(struct instance *_Atomic *bucket)
{
    struct instance *instance = atomic_load_explicit(bucket, memory_order_acquire);
    for (; instance != NULL; instance = instance->next) {
        uintptr_t nobody = 0;
        if (atomic_compare_exchange_strong(&instance->address, &nobody, CLAIMED))
            return instance;
    }
    return NULL;
}

/* Instances come from pages, which are never given back: dead ones are taken again. */
static struct instance *new_instance(void)
{
    enum { PER_PAGE = 1024 };
    static struct page {
        _Atomic uint32_t used;
        struct instance instances[PER_PAGE];
    } * _Atomic current;
    for (;;) {
        struct page *page = atomic_load(&current);
        uint32_t index = page != NULL ? atomic_fetch_add(&page->used, 1) : PER_PAGE;
        if (index < PER_PAGE)
            return &page->instances[index];
        struct page *fresh = private_memory_map(sizeof *fresh);
        if (fresh == NULL)
            return NULL;
        if (!atomic_compare_exchange_strong(&current, &page, fresh))
            private_memory_unmap(fresh, sizeof *fresh);
    }
}

static uint32_t instruction_count(uintptr_t code)
{
    uintptr_t sized =
        python_layout.has_frames ? code : *(const uintptr_t *)(code + PYTHON_CODE_BYTES);
    uint64_t size = *(const uint64_t *)(sized + PYTHON_VARIABLE_SIZE);
    enum { MOST_INSTRUCTIONS = 1 << 26 };
    if (!python_layout.has_frames)
        size /= 2;
    return size < MOST_INSTRUCTIONS ? (uint32_t)size : 0;
}

/* Room for small arrays is taken from pages as well. */
static _Atomic uint32_t *new_lines(uint32_t count)
{
    enum { PER_PAGE = 1 << 16 };
    static struct page {
        _Atomic uint32_t used;
        _Atomic uint32_t lines[PER_PAGE];
    } * _Atomic current;
    if (count > PER_PAGE / 4)
        return private_memory_map(count * sizeof(_Atomic uint32_t));
    for (;;) {
        struct page *page = atomic_load(&current);
        uint32_t index = page != NULL ? atomic_fetch_add(&page->used, count) : PER_PAGE;
        if (index + count <= PER_PAGE)
            return &page->lines[index];
        struct page *fresh = private_memory_map(sizeof *fresh);
        if (fresh == NULL)
            return NULL;
        if (!atomic_compare_exchange_strong(&current, &page, fresh))
            private_memory_unmap(fresh, sizeof *fresh);
    }
}

static bool make_room_for_lines(struct instance *instance, uint32_t count)
{
    if (count <= instance->capacity) {
        memset((void *)instance->lines, 0, count * sizeof *instance->lines);
        return true;
    }
    uint32_t capacity = 16; /* doubled, as the next one to have them may need a little more */
    while (capacity < count)
        capacity *= 2;
    _Atomic uint32_t *lines = new_lines(capacity);
    if (lines == NULL)
        return false;
    instance->lines = lines;
    instance->capacity = capacity;
    return true;
}

static bool describe(struct instance *instance, uintptr_t code)
{
    struct contents contents = {
        .name = python_text_of(*(const uintptr_t *)(code + python_layout.code_name)),
        .file = python_text_of(*(const uintptr_t *)(code + python_layout.code_file)),
        .first_line = *(const uint32_t *)(code + python_layout.code_first_line),
    };
    if (contents.name == NULL || contents.file == NULL)
        return false;
    instance->record = record_of(&contents);
    return instance->record != UINT32_MAX &&
           make_room_for_lines(instance, instruction_count(code) + 1);
}

static void publish(struct instance *_Atomic *bucket, struct instance *instance)
{
    instance->next = atomic_load(bucket);
    while (!atomic_compare_exchange_weak(bucket, &instance->next, instance))
        ;
}

/* Two threads may add one code object at the same time: its records are the same one then. */
static __attribute__((noinline)) struct instance *add_instance(uintptr_t code)
{
    struct instance *_Atomic *bucket = bucket_of(code);
    struct instance *instance = claim_free(bucket);
    bool is_new = instance == NULL;
    if (is_new)
        instance = new_instance();
    if (instance == NULL)
        return NULL;
    bool done = describe(instance, code);
    atomic_store_explicit(&instance->address, done ? code : 0, memory_order_release);
    if (is_new)
        publish(bucket, instance);
    if (done)
        python_codes_least_bytes = python_layout.code_instructions;
    return done ? instance : NULL;
}

void python_codes_forget(uintptr_t block)
{
    struct instance *instance;
    while ((instance = find_instance(block)) != NULL) {
        atomic_fetch_add(&python_codes_deaths, 1);
        atomic_store_explicit(&instance->address, 0, memory_order_release);
    }
}

/* --- places --- */

static uint32_t look_up_line(uintptr_t code, int64_t instruction)
{
    uint32_t traceable = python_layout.code_first_traceable;
    int first_line = *(const int *)(code + python_layout.code_first_line);
    if (traceable != 0 && instruction < *(const int *)(code + traceable))
        return LINE_NOT_BEGUN;
    uintptr_t table_object = *(const uintptr_t *)(code + python_layout.code_lines);
    struct python_line_table table = {
        .minor = python_layout.minor,
        .bytes = (const uint8_t *)(table_object + PYTHON_BYTES_CONTENT),
        .size_bytes = *(const size_t *)(table_object + PYTHON_VARIABLE_SIZE),
        .first_line = first_line,
    };
    uint32_t line =
        instruction >= 0 ? python_lines_find(&table, (uint32_t)instruction) : (uint32_t)first_line;
    return line << LINE_SHIFT | LINE_KNOWN;
}

/* lines[0] is of the time before the first instruction. */
static __attribute__((noinline)) uint32_t remember_line(struct instance *instance, uintptr_t code,
                                                        int64_t instruction)
{
    uint32_t line = look_up_line(code, instruction);
    if (instruction + 1 < instance->capacity)
        atomic_store_explicit(&instance->lines[instruction + 1], line, memory_order_relaxed);
    return line;
}

python_place python_codes_place(uintptr_t code, int64_t instruction)
{
    struct instance *instance = find_instance(code);
    if (instruction < -1)
        instruction = -1;
    if (__builtin_expect(instance == NULL, 0) && (instance = add_instance(code)) == NULL)
        return 0;
    uint32_t line = 0;
    if (__builtin_expect(instruction + 1 < instance->capacity, 1))
        line = atomic_load_explicit(&instance->lines[instruction + 1], memory_order_relaxed);
    if (__builtin_expect(line == 0, 0))
        line = remember_line(instance, code, instruction);
    if (__builtin_expect(line == LINE_NOT_BEGUN, 0))
        return PYTHON_PLACE_NOT_BEGUN;
    line >>= LINE_SHIFT;
    if (line >> RECORDING_LINE_BITS != 0)
        line = 0;
    return (uint64_t)instance->record << RECORDING_LINE_BITS | line;
}

static void write_again(struct python_text *text, struct python_text **last)
{
    /* Codes that follow one another mostly are of the same file. */
    if (text != *last)
        python_text_write(text);
    *last = text;
}

void python_codes_restart_after_fork(void)
{
    struct python_text *last_file = NULL, *last_name = NULL;
    recording_table_restart(&records, true);
    uint64_t count = atomic_load(&records.count);
    for (uint64_t i = 0; i < count; i++) {
        const struct contents *contents = contents_of((uint32_t)i);
        if (contents == NULL || contents->name == NULL)
            continue;
        write_again(contents->file, &last_file);
        write_again(contents->name, &last_name);
        write_record((uint32_t)i, contents);
    }
    lossy_map_restart_after_fork(&ids);
}
