/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/pools.h"

#include <stdlib.h>
#include <string.h>

/* How a pool gets its next block. A name with a star at its end matches any rest. */
static const struct {
    const char *pool, *function;
    const char *part; /* that the rest must contain; NULL: nothing more */
} fillers[] = {
    {"std::pmr::monotonic_buffer_resource", "std::pmr::monotonic_buffer_resource::_M_new_buffer",
     NULL},
    {"std::pmr::unsynchronized_pool_resource",
     "std::pmr::unsynchronized_pool_resource::do_allocate", NULL},
    {"std::pmr::synchronized_pool_resource", "std::pmr::synchronized_pool_resource::do_allocate",
     NULL},
    {"std::pmr::monotonic_buffer_resource", "std::__1::pmr::monotonic_buffer_resource::do_allocate",
     NULL},
    {"std::pmr::unsynchronized_pool_resource",
     "std::__1::pmr::unsynchronized_pool_resource::do_allocate", NULL},
    {"__gnu_cxx::__pool_alloc", "__gnu_cxx::__pool_alloc_base::*", NULL},
    {"__gnu_cxx::__mt_alloc", "__gnu_cxx::__pool<*", "::_M_reserve_block"},
    {"__gnu_cxx::bitmap_allocator", "__gnu_cxx::free_list::_M_get", NULL},
    {"boost::pool", "boost::pool<*", ">::malloc_need_resize"},
    {"boost::pool", "boost::pool<*", ">::ordered_malloc"},
    {"boost::container::pmr", "boost::container::pmr::monotonic_buffer_resource::do_allocate",
     NULL},
    {"boost::container::pmr", "boost::container::pmr::pool_resource::do_allocate", NULL},
    {"obstack", "_obstack_newchunk", NULL},
    {"obstack", "_obstack_begin*", NULL},
    {"obstack", "rpl_obstack_newchunk", NULL},
    {"obstack", "rpl_obstack_begin*", NULL},
    {"GSlice", "g_slice_alloc", NULL},
    {"GSlice", "g_slice_alloc0", NULL},
    {"google::protobuf::Arena", "google::protobuf::internal::SerialArena::*", NULL},
    {"google::protobuf::Arena", "google::protobuf::internal::ThreadSafeArena::*", NULL},
    {"google::protobuf::Arena", "google::protobuf::internal::ArenaImpl::*", NULL},
    {"APR pool", "apr_palloc", NULL},
    {"APR pool", "apr_pool_create*", NULL},
    {"Fast DDS payload pool", "eprosima::fastrtps::rtps::TopicPayloadPool::*", "allocate"},
    {"Fast DDS change pool", "eprosima::fastrtps::rtps::CacheChangePool::*", "allocate"},
    {"Fast DDS payload pool", "eprosima::fastdds::rtps::TopicPayloadPool::*", "allocate"},
    {"Fast DDS change pool", "eprosima::fastdds::rtps::CacheChangePool::*", "allocate"},
    {"foonathan::memory pool", "foonathan::memory::memory_pool<*", "::allocate"},
    {"foonathan::memory pool", "foonathan::memory::memory_arena<*", "::allocate"},
    {"CycloneDDS receive buffers", "nn_rbufpool_new", NULL},
    {"CycloneDDS receive buffers", "nn_rmsg_new", NULL},
    {"CycloneDDS message pool", "nn_xmsg_new", NULL},
    {"iceoryx pool", "iox::mepoo::*", NULL},
};
enum { FILLERS = sizeof fillers / sizeof *fillers };

static bool is_filler(size_t index, const char *function)
{
    const char *wanted = fillers[index].function;
    size_t length = strcspn(wanted, "*");
    if (strncmp(function, wanted, length) != 0)
        return false;
    if (!wanted[length])
        return !function[length];
    return !fillers[index].part || strstr(function + length, fillers[index].part);
}

static const char *pool_of(const char *function)
{
    for (size_t i = 0; i < FILLERS; i++)
        if (is_filler(i, function))
            return fillers[i].pool;
    return NULL;
}

/* GLib without slices: the block is one object. */
static bool is_malloc_of_glib(const char *function)
{
    return strncmp(function, "g_malloc", strlen("g_malloc")) == 0;
}

const char *pools_name(struct stacks *stacks, const struct recording *recording, uint32_t node)
{
    enum { INNER_NODES = 6 }; /* the pool's own functions are close to the allocation */
    for (int seen = 0; node && seen < INNER_NODES;) {
        const struct symbol_frames *found = stacks_frames(stacks, node);
        for (size_t k = 0; k < found->count; k++) {
            const char *function = found->frames[k].function;
            const char *pool = function ? pool_of(function) : NULL;
            if (pool || (function && is_malloc_of_glib(function)))
                return pool;
        }
        const struct recording_stack_node *record = recording_stack_node(recording, node);
        seen += !(stacks_module_flags(stacks, node) & RECORDING_MODULE_SHIM) &&
                !stacks_is_runtime(stacks, node);
        node = record ? record->parent : 0;
    }
    return NULL;
}

static int compare(const void *left, const void *right)
{
    const struct pool *one = left, *other = right;
    if (one->amount.bytes != other->amount.bytes)
        return one->amount.bytes < other->amount.bytes ? 1 : -1;
    int order = strcmp(one->site->fingerprint, other->site->fingerprint);
    return order ? order : one->site < other->site ? -1 : one->site > other->site;
}

/* Sites that look alike are one. */
static struct pool *entry_of(struct pool *all, size_t count, const char *name,
                             const struct site *site)
{
    struct pool *entry = all;
    while (entry < all + count && (entry->site != site || entry->name != name))
        entry++;
    return entry;
}

const struct pool *pools_list(struct arena *arena, const struct pools_input *input, size_t *count)
{
    enum { LEAST_BYTES = 1024 }; /* nobody hands out less in pieces */
    struct pool *all = NULL;
    size_t capacity = 0;
    *count = 0;
    for (uint64_t id = 0; id < input->site_end; id++) {
        const struct recording_site *site = recording_site(input->recording, id);
        struct figures figures = sites_figures(&input->figures[id]);
        const char *name = site && figures.live_bytes >= LEAST_BYTES
                               ? pools_name(input->stacks, input->recording, site->stack)
                               : NULL;
        if (!name)
            continue;
        const struct site *shown = sites_get(input->sites, id);
        struct pool *entry = entry_of(all, *count, name, shown);
        if (entry == all + *count) {
            all = arena_grow(arena, all, *count, &capacity, sizeof *all);
            entry = &all[(*count)++];
            *entry = (struct pool){.name = name, .site = shown};
        }
        entry->amount.blocks += figures.live_blocks;
        entry->amount.bytes += figures.live_bytes;
    }
    if (*count)
        qsort(all, *count, sizeof *all, compare);
    return all;
}
