/* SPDX-License-Identifier: MIT */
#include "preload/unwind/stack_table.h"

#include <stdatomic.h>
#include <string.h>

#include "preload/recording/recording_table.h"
#include "preload/recording/recording_writer.h"
#include "preload/unwind/site_index.h"

enum {
    WORDS_PER_CHUNK = 8192, /* with the chunk's header as many as fill whole pages */
    SPARE_WORDS = sizeof(struct recording_chunk) / sizeof(uint32_t),
    SITES_PER_CHUNK = 1024,
    HEAD_WORDS = sizeof(struct recording_stack) / sizeof(uint32_t),
    OWN_FRAMES_MASK = (1 << RECORDING_OWN_FRAMES_BITS) - 1,
};
_Static_assert((int)STACK_DRAFT_WORDS <= (int)OWN_FRAMES_MASK, "a draft's frames can be counted");

static struct recording_table words = {
    .type = RECORDING_CHUNK_STACKS,
    .record_bytes = sizeof(uint32_t),
    .records_per_chunk = WORDS_PER_CHUNK,
    .chunk_limit = RECORDING_TABLE_CHUNKS,
    .spare_per_chunk = SPARE_WORDS,
};
static struct recording_table sites = {
    .type = RECORDING_CHUNK_SITES,
    .record_bytes = sizeof(struct recording_site),
    .records_per_chunk = SITES_PER_CHUNK,
    .chunk_limit = STACK_TABLE_MAX_SITES / SITES_PER_CHUNK,
};
static struct site_index sites_by_hash;

/* When two threads note a count at once, the lower one may stay until the next site. */
static void note_site_count(uint64_t count)
{
    if (__atomic_load_n(&recording_header->site_count, __ATOMIC_RELAXED) < count)
        __atomic_store_n(&recording_header->site_count, count, __ATOMIC_RELAXED);
}

void stack_table_start(void)
{
    if (atomic_load(&words.count) == 0)
        recording_table_take(&words, HEAD_WORDS);
    if (atomic_load(&sites.count) == 0 && recording_table_add(&sites) == 0)
        note_site_count(1);
}

static const struct recording_stack *stack_at(uint32_t stack)
{
    return recording_table_get(&words, stack);
}

static uint32_t kept_frames(const struct recording_stack *head)
{
    return head->frames >> RECORDING_OWN_FRAMES_BITS;
}

static uint32_t own_frames(const struct recording_stack *head)
{
    return head->frames & OWN_FRAMES_MASK;
}

/* A base always has a smaller id, although threads take words concurrently: it was finished before
   the words of a stack on top of it are taken. */
uint32_t stack_draft_store(struct stack_draft draft)
{
    struct recording_stack head = {draft.base, draft.kept << RECORDING_OWN_FRAMES_BITS | draft.own};
    uint32_t used = (uint32_t)(draft.next - draft.words);
    uint64_t id = recording_table_take(&words, used);
    if (id == UINT64_MAX || id == 0)
        return 0;
    uint32_t *stored = recording_table_get(&words, id);
    memcpy(draft.words, &head, sizeof head);
    memcpy(stored, draft.words, used * sizeof *stored);
    return (uint32_t)id;
}

uint32_t stack_table_find(uint64_t hash)
{
    return site_index_find(&sites_by_hash, hash);
}

/* When another thread was faster, the site made here stays without events. */
uint32_t stack_table_add(uint64_t hash, uint32_t stack)
{
    uint64_t id = stack != 0 ? recording_table_add(&sites) : UINT64_MAX;
    if (id == UINT64_MAX || id == 0)
        return 0;
    struct recording_site *site = recording_table_get(&sites, id);
    __atomic_store_n(&site->stack, stack, __ATOMIC_RELEASE);
    note_site_count(id + 1);
    return site_index_add(&sites_by_hash, hash, (uint32_t)id);
}

uint32_t stack_table_stack_of_site(uint32_t site)
{
    const struct recording_site *record = recording_table_get(&sites, site);
    return record != NULL ? record->stack : 0;
}

void stack_table_mark(uint32_t site, uint32_t flags)
{
    struct recording_site *record = site != 0 ? recording_table_get(&sites, site) : NULL;
    if (record != NULL && (__atomic_load_n(&record->flags, __ATOMIC_RELAXED) & flags) != flags)
        __atomic_fetch_or(&record->flags, flags, __ATOMIC_RELAXED);
}

uint32_t stack_table_owner(uint32_t stack)
{
    const struct recording_stack *head = stack != 0 ? stack_at(stack) : NULL;
    if (head == NULL)
        return 0;
    return own_frames(head) > 0 ? stack : head->base;
}

/* The frame after its caller at frames[-1]; returns the word behind it. */
static const uint32_t *read_frame(const uint32_t *word, struct stack_table_frame *frame)
{
    if (word[0] != RECORDING_FAR_FRAME) {
        frame->pc = frame[-1].pc + (uintptr_t)((int32_t)word[0] >> 1);
        frame->module_and_flags = frame[-1].module_and_flags;
        return word + 1;
    }
    frame->pc = word[2] | (uintptr_t)word[3] << 32;
    frame->module_and_flags = word[1];
    return word + 4;
}

/* Marks the outermost own frame of every stack in the chain with that stack. */
static void mark_owners(uint32_t stack, struct stack_table_frame *frames)
{
    while (stack != 0) {
        const struct recording_stack *head = stack_at(stack);
        if (own_frames(head) > 0)
            frames[kept_frames(head) + 1].stack = stack;
        stack = head->base;
    }
}

uint32_t stack_table_read(uint32_t stack, struct stack_table_frame *frames, uint32_t capacity)
{
    uint32_t count = stack != 0 ? kept_frames(stack_at(stack)) + own_frames(stack_at(stack)) : 0;
    if (count > capacity)
        return 0;
    for (uint32_t i = 0; i <= count; i++)
        frames[i] = (struct stack_table_frame){0};
    mark_owners(stack, frames);
    const uint32_t *word = NULL;
    for (uint32_t i = 1; i <= count; i++) {
        if (frames[i].stack != 0)
            word = (const uint32_t *)stack_at(frames[i].stack) + HEAD_WORDS;
        else
            frames[i].stack = frames[i - 1].stack;
        word = read_frame(word, &frames[i]);
    }
    return count;
}

/* The disk is full. Stacks that threads have cached may be lost, so no new stack is based on one:
   further new stacks are counted as dropped. */
static void give_up_stacks(void)
{
    words.chunk_limit = 0;
    for (uint64_t id = 0; id < atomic_load(&sites.count); id++) {
        struct recording_site *site = recording_table_get(&sites, id);
        if (site->stack >= atomic_load(&words.count))
            site->stack = 0;
    }
}

void stack_table_restart_after_fork(void)
{
    /* Sites first: the parent may be giving one its stack, which must be complete in the copy. */
    recording_table_restart(&sites, true);
    bool has_stacks = recording_table_restart(&words, true);
    if (!has_stacks)
        give_up_stacks();
    recording_header->site_count = atomic_load(&sites.count);
    site_index_restart_after_fork(&sites_by_hash);
}
