/* SPDX-License-Identifier: MIT */
#include "preload/unwind/modules.h"

#include <errno.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

#include "preload/base/clock.h"
#include "preload/unwind/module_facts.h"
#include "preload/base/private_memory.h"
#include "preload/recording/recording_table.h"
#include "preload/recording/recording_writer.h"

_Atomic bool modules_stale = true;
_Atomic uint32_t modules_generation;
_Atomic uint32_t capture_epoch = CAPTURE_EPOCH_STEP;
struct module_range modules_loader, modules_libc, modules_shim;

enum { CHUNK_MODULES = 32, MODULE_CHUNKS = 4096 };
static struct recording_table table = {
    .type = RECORDING_CHUNK_MODULES,
    .record_bytes = sizeof(struct recording_module),
    .records_per_chunk = CHUNK_MODULES,
    .chunk_limit = MODULE_CHUNKS,
};

/*
 * Two lists of the mapped modules, sorted by address. Readers use the list that the lowest bit of
 * `published` selects, and read again when `published` changed meanwhile; the other list may be
 * written. An outgrown array stays mapped because a late reader may be in it; sizes double, so the
 * waste is bounded.
 */
struct module_list {
    struct module_place *places;
    _Atomic uint32_t count; /* who sees this count also sees an array of that size */
    uint32_t capacity;
};
static struct module_list lists[2];
static _Atomic uint32_t published;

/* Everything below is used under the loader's lock only, see modules_refresh. */
static bool is_refreshing;
static unsigned long long seen_loads, seen_unloads;

/* The absolute path of each record: to recognise a module, and to write it for a forked child. */
static const char **paths;
static uint32_t paths_capacity;
static char *path_room;
static size_t path_room_bytes;
static char path_scratch[4096];

bool modules_at(uintptr_t pc, struct module_place *place)
{
    for (;;) {
        uint32_t version = atomic_load_explicit(&published, memory_order_acquire);
        const struct module_list *list = &lists[version & 1];
        uint32_t low = 0, count = atomic_load_explicit(&list->count, memory_order_acquire);
        uint32_t high = count;
        const struct module_place *places = list->places;
        while (high > low) {
            uint32_t middle = low + (high - low) / 2;
            if (places[middle].end <= pc)
                low = middle + 1;
            else
                high = middle;
        }
        bool found = low < count && places[low].start <= pc;
        if (found)
            *place = places[low];
        atomic_thread_fence(memory_order_acquire);
        if (atomic_load_explicit(&published, memory_order_relaxed) == version)
            return found;
    }
}

uint32_t modules_find(uintptr_t pc)
{
    struct module_place place;
    return modules_at(pc, &place) ? place.index : RECORDING_NO_MODULE;
}

uint32_t modules_of_tls(uint32_t tls_number)
{
    const struct module_list *list = &lists[atomic_load(&published) & 1];
    for (uint32_t i = 0; i < atomic_load(&list->count); i++)
        if (list->places[i].tls_number == tls_number)
            return list->places[i].index;
    return RECORDING_NO_MODULE;
}

/* A path that the analyzer can open from any directory. */
static const char *absolute_path(const char *name, const struct module_facts *facts)
{
    if (facts->flags & RECORDING_MODULE_MAIN && name[0] == '\0') {
        ssize_t length = readlink("/proc/self/exe", path_scratch, sizeof path_scratch - 1);
        path_scratch[length > 0 ? length : 0] = '\0';
        return path_scratch;
    }
    size_t room = sizeof path_scratch - strlen(name) - 2;
    if (name[0] == '/' || facts->flags & RECORDING_MODULE_VDSO ||
        strlen(name) + 2 > sizeof path_scratch || getcwd(path_scratch, room) == NULL)
        return name;
    strcat(path_scratch, "/");
    return strcat(path_scratch, name);
}

static const char *keep_path(const char *path)
{
    enum { ROOM_BYTES = 16384 };
    size_t size_bytes = strlen(path) + 1;
    if (size_bytes > path_room_bytes) {
        path_room = private_memory_map(ROOM_BYTES);
        path_room_bytes = path_room != NULL ? ROOM_BYTES : 0;
        if (path_room == NULL)
            return "";
    }
    char *copy = memcpy(path_room, path, size_bytes);
    path_room += size_bytes;
    path_room_bytes -= size_bytes;
    return copy;
}

static bool make_room_for_path(uint32_t index)
{
    if (index < paths_capacity)
        return true;
    uint32_t capacity = paths_capacity == 0 ? 512 : 2 * paths_capacity;
    const char **larger = private_memory_map(capacity * sizeof *larger);
    if (larger == NULL)
        return false;
    if (paths != NULL) {
        memcpy(larger, paths, paths_capacity * sizeof *larger);
        private_memory_unmap(paths, paths_capacity * sizeof *paths);
    }
    paths = larger;
    paths_capacity = capacity;
    return true;
}

static bool is_same_file(const struct recording_module *record, const struct module_facts *facts)
{
    return record->start == facts->start && record->end == facts->end &&
           record->build_id_bytes == facts->build_id_bytes &&
           (facts->build_id_bytes == 0 ||
            memcmp(record->build_id, facts->build_id, facts->build_id_bytes) == 0);
}

static uint32_t find_record(const struct module_facts *facts, const char *path)
{
    uint64_t count = atomic_load(&table.count);
    for (uint64_t i = 0; i < count; i++) {
        const struct recording_module *record = recording_table_get(&table, i);
        if (record != NULL && is_same_file(record, facts) && strcmp(paths[i], path) == 0)
            return (uint32_t)i;
    }
    return RECORDING_NO_MODULE;
}

static uint32_t add_record(const struct module_facts *facts, const char *path)
{
    uint64_t index = make_room_for_path((uint32_t)atomic_load(&table.count))
                         ? recording_table_add(&table)
                         : UINT64_MAX;
    if (index == UINT64_MAX) {
        recording_dropped(RECORDING_DROP_MODULES);
        return RECORDING_NO_MODULE;
    }
    struct recording_module *record = recording_table_get(&table, index);
    paths[index] = keep_path(path);
    record->path = recording_string(path, strlen(path));
    record->bias = facts->bias;
    record->start = facts->start;
    record->end = facts->end;
    record->flags = facts->flags;
    record->tls_bytes = facts->tls_bytes;
    record->build_id_bytes = facts->build_id_bytes;
    if (facts->build_id_bytes > 0)
        memcpy(record->build_id, facts->build_id, facts->build_id_bytes);
    recording_header->module_count = index + 1;
    return (uint32_t)index;
}

static uint32_t record_of(const char *name, const struct module_facts *facts)
{
    const char *path = absolute_path(name, facts);
    uint32_t index = find_record(facts, path);
    return index != RECORDING_NO_MODULE ? index : add_record(facts, path);
}

static bool make_room_in_list(struct module_list *list)
{
    if (list->count < list->capacity)
        return true;
    uint32_t capacity = list->capacity == 0 ? 256 : 2 * list->capacity;
    struct module_place *places = private_memory_map(capacity * sizeof *places);
    if (places == NULL)
        return false;
    if (list->count > 0)
        memcpy(places, list->places, list->count * sizeof *places);
    list->places = places;
    list->capacity = capacity;
    return true;
}

static void insert_sorted(struct module_list *list, const struct module_place *place)
{
    if (!make_room_in_list(list)) {
        recording_dropped(RECORDING_DROP_MODULES);
        return;
    }
    uint32_t at = list->count;
    for (; at > 0 && list->places[at - 1].start > place->start; at--)
        list->places[at] = list->places[at - 1];
    list->places[at] = *place;
    list->count++;
}

static void note_lasting_range(const struct module_facts *facts)
{
    struct module_range range = {facts->start, facts->end - facts->start};
    if (facts->flags & RECORDING_MODULE_LOADER)
        modules_loader = range;
    if (facts->flags & RECORDING_MODULE_LIBC)
        modules_libc = range;
    if (facts->flags & RECORDING_MODULE_SHIM)
        modules_shim = range;
}

/* A relative name can no longer be made absolute when the program has changed its directory. */
static bool path_ends_with(const char *path, const char *name)
{
    while (name[0] == '.' && name[1] == '/')
        name += 2;
    size_t path_length = strlen(path), name_length = strlen(name);
    return name_length <= path_length && strcmp(path + path_length - name_length, name) == 0;
}

/* Most modules were in the old list already, which tells their record. */
static uint32_t known_index(const struct module_facts *facts, const char *name)
{
    struct module_place old;
    if (!modules_at(facts->start, &old) || old.index == RECORDING_NO_MODULE)
        return RECORDING_NO_MODULE;
    const struct recording_module *record = recording_table_get(&table, old.index);
    bool is_known = is_same_file(record, facts) && path_ends_with(paths[old.index], name);
    return is_known ? old.index : RECORDING_NO_MODULE;
}

static int collect_module(struct dl_phdr_info *info, size_t size, void *data)
{
    struct module_list *list = data;
    struct module_facts facts;
    (void)size;
    module_facts_read(info, list->count == 0, &facts);
    if (facts.end == 0)
        return 0;
    uint32_t index = known_index(&facts, info->dlpi_name);
    if (index == RECORDING_NO_MODULE)
        index = record_of(info->dlpi_name, &facts);
    note_lasting_range(&facts);
    insert_sorted(list, &(struct module_place){facts.start, facts.end, facts.eh_frame_header, index,
                                               facts.tls_number});
    return 0;
}

static bool list_has(const struct module_list *list, uint32_t index)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (list->places[i].index == index)
            return true;
    return false;
}

/* Stamps the records of modules that are in `from` and not in `other`: loaded or unloaded now. */
static void stamp_difference(const struct module_list *from, const struct module_list *other,
                             bool came)
{
    uint64_t now = clock_ns();
    for (uint32_t i = 0; i < from->count; i++) {
        uint32_t index = from->places[i].index;
        if (index == RECORDING_NO_MODULE || list_has(other, index))
            continue;
        struct recording_module *record = recording_table_get(&table, index);
        if (came && record->loaded_ns == 0)
            record->loaded_ns = now;
        record->unloaded_ns = came ? 0 : now;
    }
}

static void publish_new_list(void)
{
    uint32_t version = atomic_load_explicit(&published, memory_order_relaxed);
    struct module_list *old = &lists[version & 1], *fresh = &lists[(version + 1) & 1];
    fresh->count = 0;
    dl_iterate_phdr(collect_module, fresh);
    stamp_difference(old, fresh, false);
    stamp_difference(fresh, old, true);
    atomic_store_explicit(&published, version + 1, memory_order_release);
    atomic_fetch_add(&modules_generation, 1);
    capture_epoch_begin();
}

bool modules_loader_may_hang;

/* Called for the first module, with the loader's lock held; its counters are the same for all. */
static int refresh_locked(struct dl_phdr_info *info, size_t size, void *data)
{
    bool *module_went = data;
    bool has_counters = size >= offsetof(struct dl_phdr_info, dlpi_subs) + sizeof info->dlpi_subs;
    if (is_refreshing) /* a signal handler interrupted a refresh of its own thread */
        return 1;
    is_refreshing = true;
    modules_loader_may_hang = false;
    atomic_store(&modules_stale, false);
    if (!has_counters || info->dlpi_adds != seen_loads || info->dlpi_subs != seen_unloads) {
        *module_went = info->dlpi_subs != seen_unloads;
        seen_loads = info->dlpi_adds;
        seen_unloads = info->dlpi_subs;
        publish_new_list();
    }
    is_refreshing = false;
    return 1;
}

/* dl_iterate_phdr holds a recursive lock, which guards our lists as well. */
bool modules_refresh(void)
{
    bool module_went = false;
    int saved_errno = errno;
    dl_iterate_phdr(refresh_locked, &module_went);
    errno = saved_errno;
    return module_went;
}

void modules_restart_after_fork(void)
{
    recording_table_restart(&table, true);
    uint64_t count = atomic_load(&table.count);
    for (uint64_t i = 0; i < count; i++) {
        struct recording_module *record = recording_table_get(&table, i);
        record->path = recording_string(paths[i], strlen(paths[i]));
    }
    recording_header->module_count = count;
    is_refreshing = false;
    /* What was loaded before the fork is known; the loader is asked again when the child loads
       something itself. */
    atomic_store(&modules_stale, false);
    modules_loader_may_hang = true;
}
