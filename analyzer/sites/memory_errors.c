/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/memory_errors.h"

#include "analyzer/symbols/frame_kind.h"
#include "analyzer/sites/suppression_match.h"

const char *const memory_error_names[] = {"double-free", "invalid-free", "mismatched-free"};

static const char *const allocated_with[] = {
    [RECORDING_KIND_MALLOC] = "malloc",
    [RECORDING_KIND_NEW] = "new",
    [RECORDING_KIND_NEW_ARRAY] = "new[]",
    [RECORDING_KIND_PYTHON] = "PyMem_Malloc",
};
static const char *const freed_with[] = {
    [RECORDING_KIND_MALLOC] = "free",
    [RECORDING_KIND_NEW] = "delete",
    [RECORDING_KIND_NEW_ARRAY] = "delete[]",
    [RECORDING_KIND_PYTHON] = "PyMem_Free",
};

static const enum memory_error_kind kinds[] = {
    [RECORDING_DOUBLE_FREE] = DOUBLE_FREE,
    [RECORDING_INVALID_FREE] = INVALID_FREE,
    [RECORDING_MISMATCHED_FREE] = MISMATCHED_FREE,
};

static bool is_operator(const struct symbol_frames *found)
{
    for (size_t i = 0; i < found->count; i++)
        if (frame_is_operator(found->frames[i].function))
            return true;
    return false;
}

/* Our hook, or the C++ library's operator that it stands in for. */
static bool is_allocator(struct stacks *stacks, uint32_t node)
{
    const struct symbol_frames *found = stacks_frames(stacks, node);
    return (stacks_module_flags(stacks, node) & RECORDING_MODULE_SHIM) ||
           (found->count && frame_is_runtime(&found->frames[0]) && is_operator(found));
}

/* Whether somebody else's operator new or delete called the allocator. */
static bool is_called_by_operator(struct stacks *stacks, const struct recording *recording,
                                  uint32_t node)
{
    while (node && is_allocator(stacks, node))
        node = recording_stack_node(recording, node)->parent;
    return node && is_operator(stacks_frames(stacks, node));
}

static bool is_own_operators(struct stacks *stacks, const struct recording *recording,
                             const struct recording_error *entry)
{
    const struct recording_site *site = recording_site(recording, entry->allocated_site);
    return entry->kind == RECORDING_MISMATCHED_FREE &&
           (is_called_by_operator(stacks, recording, entry->stack) ||
            (site && is_called_by_operator(stacks, recording, site->stack)));
}

static bool is_suppressed(const struct suppression_rules *rules, struct arena *arena,
                          const struct memory_error *error, enum recording_block_kind kind)
{
    struct suppression_rule *rule = suppression_match_free(rules, arena, &error->stack, kind);
    if (!rule)
        return false;
    rule->hits.blocks += error->count;
    rule->hits.bytes += error->count * error->size_bytes;
    return true;
}

static struct memory_error describe(struct stacks *stacks, const struct sites *sites,
                                    const struct recording_error *entry)
{
    bool knows_block = entry->kind != RECORDING_INVALID_FREE;
    return (struct memory_error){
        .kind = kinds[entry->kind],
        .count = entry->count,
        .address = entry->address,
        .size_bytes = entry->size_bytes,
        .allocated_with = knows_block ? allocated_with[entry->allocated_kind] : NULL,
        .freed_with = freed_with[entry->freed_kind],
        .stack = stacks_get(stacks, entry->stack),
        .first_freed = stacks_get(stacks, entry->first_freed),
        .allocated = entry->allocated_site ? sites_get(sites, entry->allocated_site) : NULL,
    };
}

const struct memory_error *memory_errors_list(struct arena *arena,
                                              const struct recording *recording,
                                              struct stacks *stacks, const struct sites *sites,
                                              const struct suppression_rules *rules,
                                              size_t *error_count)
{
    const struct recording_records *records = &recording->records[RECORDING_CHUNK_ERRORS];
    uint64_t most = 0;
    for (size_t i = 0; i < records->piece_count; i++)
        most += records->pieces[i].count;
    struct memory_error *errors = arena_array(arena, most, sizeof *errors);
    *error_count = 0;
    for (size_t i = 0; i < records->piece_count; i++) {
        const struct recording_error *entries = records->pieces[i].records;
        for (uint64_t k = 0; k < records->pieces[i].count; k++)
            if (entries[k].kind != 0 && !is_own_operators(stacks, recording, &entries[k])) {
                errors[*error_count] = describe(stacks, sites, &entries[k]);
                *error_count +=
                    !is_suppressed(rules, arena, &errors[*error_count], entries[k].freed_kind);
            }
    }
    return errors;
}
