/* SPDX-License-Identifier: MIT */
#include "tests/recording_builder.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct bytes {
    unsigned char *data;
    size_t used, room;
};

struct builder_edge {
    uint32_t from, to;
    uint64_t offset, target_offset;
    bool tagged;
};

struct builder_node {
    uint64_t address, size_bytes;
    uint32_t site, type;
    enum recording_block_kind kind;
    bool is_root, has_birth;
    uint64_t birth_ns;
};

struct builder_counters {
    uint32_t slot, site;
    struct recording_site_counters counters;
};

struct recording_builder {
    struct recording_header header;
    struct recording_snapshot snapshot;
    bool has_snapshot;
    struct bytes strings, modules, stacks, sites, counters, inherited, errors;
    struct bytes nodes, edges, roots, types, freed, carries, codes, places, owners;
    uint64_t snapshot_number; /* of the one that is built */
    struct bytes earlier;     /* chunks of those before */
    struct bytes more;        /* chunks that belong to any snapshot */
    size_t cut_bytes;
};

static void need(bool condition, const char *what)
{
    if (condition)
        return;
    perror(what);
    abort();
}

static void *add_bytes(struct bytes *bytes, const void *data, size_t size)
{
    if (bytes->used + size > bytes->room) {
        bytes->room = (bytes->used + size) * 2;
        bytes->data = realloc(bytes->data, bytes->room);
        need(bytes->data, "realloc");
    }
    void *place = bytes->data + bytes->used;
    if (data)
        memcpy(place, data, size);
    else
        memset(place, 0, size);
    bytes->used += size;
    return place;
}

static void add_number(struct bytes *bytes, uint64_t number)
{
    do {
        unsigned char byte = number & 0x7f;
        number >>= 7;
        if (number)
            byte |= 0x80;
        add_bytes(bytes, &byte, 1);
    } while (number);
}

/* --- what a recording starts with --- */

struct recording_builder *builder_new(void)
{
    struct recording_builder *builder = calloc(1, sizeof *builder);
    need(builder, "calloc");
    builder->has_snapshot = true;
    builder->snapshot_number = 1;
    builder->header = (struct recording_header){
        .magic = RECORDING_MAGIC,
        .byte_order = RECORDING_BYTE_ORDER,
        .version = RECORDING_VERSION,
        .header_bytes = sizeof(struct recording_header),
        .page_bytes = RECORDING_PAGE_BYTES,
        .machine = 62,
        .pointer_bytes = 8,
        .pid = 4242,
        .ppid = 1,
        .started_realtime_ns = 1700000000000000000u,
        .started_ns = 1000,
        .ended_ns = 5000,
        .ended = RECORDING_EXIT,
        .peak_number = 1,
    };
    builder->snapshot.state = RECORDING_SNAPSHOT_COMPLETE;
    builder->snapshot.reason = RECORDING_AT_EXIT;
    builder->header.executable = builder_string(builder, "/bin/robot", strlen("/bin/robot"));
    builder->header.command = builder_string(builder, "robot\0--fast", sizeof "robot\0--fast");
    builder_module(builder, &(struct recording_module){
                                .path = builder->header.executable,
                                .end = 1 << 20,
                                .flags = RECORDING_MODULE_MAIN,
                            });
    add_bytes(&builder->stacks, NULL, sizeof(struct recording_stack)); /* the empty one */
    builder_site(builder, 0);
    return builder;
}

void builder_free(struct recording_builder *builder)
{
    struct bytes *const all[] = {&builder->strings, &builder->modules,  &builder->stacks,
                                 &builder->sites,   &builder->counters, &builder->inherited,
                                 &builder->errors,  &builder->nodes,    &builder->edges,
                                 &builder->roots,   &builder->types,    &builder->freed,
                                 &builder->carries, &builder->codes,    &builder->earlier,
                                 &builder->more,    &builder->places,   &builder->owners};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]->data);
    free(builder);
}

struct recording_header *builder_header(struct recording_builder *builder)
{
    return &builder->header;
}

struct recording_snapshot *builder_snapshot(struct recording_builder *builder)
{
    return &builder->snapshot;
}

void builder_without_snapshot(struct recording_builder *builder)
{
    builder->has_snapshot = false;
}

/* --- tables --- */

/* The strings are the first chunk, so that their offsets in the file are known at once. */
uint64_t builder_string(struct recording_builder *builder, const char *bytes, size_t length)
{
    uint64_t reference =
        RECORDING_PAGE_BYTES + sizeof(struct recording_chunk) + builder->strings.used;
    uint32_t length_field = (uint32_t)length;
    add_bytes(&builder->strings, &length_field, sizeof length_field);
    add_bytes(&builder->strings, bytes, length);
    add_bytes(&builder->strings, NULL, (4 - length % 4) % 4);
    return reference;
}

uint32_t builder_module(struct recording_builder *builder, const struct recording_module *module)
{
    add_bytes(&builder->modules, module, sizeof *module);
    return (uint32_t)(builder->modules.used / sizeof *module - 1);
}

uint32_t builder_stack(struct recording_builder *builder, uint32_t parent, uint64_t pc,
                       uint32_t module_and_flags)
{
    uint32_t id = (uint32_t)(builder->stacks.used / sizeof(uint32_t));
    struct recording_stack stack = {parent, 1};
    uint32_t frame[] = {RECORDING_FAR_FRAME, module_and_flags, (uint32_t)pc, (uint32_t)(pc >> 32)};
    if (parent != 0) {
        struct recording_stack base;
        memcpy(&base, builder->stacks.data + parent * sizeof(uint32_t), sizeof base);
        uint32_t depth = (base.frames >> RECORDING_OWN_FRAMES_BITS) + 1;
        stack.frames |= depth << RECORDING_OWN_FRAMES_BITS;
    }
    add_bytes(&builder->stacks, &stack, sizeof stack);
    add_bytes(&builder->stacks, frame, sizeof frame);
    return id;
}

uint32_t builder_site(struct recording_builder *builder, uint32_t stack)
{
    struct recording_site site = {stack, 0};
    add_bytes(&builder->sites, &site, sizeof site);
    return (uint32_t)(builder->sites.used / sizeof site - 1);
}

/* Id 0 stands for none: its record stays empty. */
uint32_t builder_code(struct recording_builder *builder, const char *name, const char *file,
                      uint32_t first_line)
{
    struct recording_code code = {
        .name = builder_string(builder, name, strlen(name)),
        .file = builder_string(builder, file, strlen(file)),
        .first_line = first_line,
    };
    if (builder->codes.used == 0)
        add_bytes(&builder->codes, NULL, sizeof code);
    add_bytes(&builder->codes, &code, sizeof code);
    return (uint32_t)(builder->codes.used / sizeof code - 1);
}

uint32_t builder_python_stack(struct recording_builder *builder, uint32_t parent, uint32_t code,
                              uint32_t line)
{
    return builder_stack(builder, parent, (uint64_t)code << RECORDING_LINE_BITS | line,
                         RECORDING_NO_MODULE | RECORDING_STACK_PYTHON);
}

uint32_t builder_simple_site(struct recording_builder *builder, uint64_t pc)
{
    return builder_site(builder, builder_stack(builder, 0, pc, 0));
}

void builder_counters(struct recording_builder *builder, uint32_t slot, uint32_t site,
                      const struct recording_site_counters *counters)
{
    struct builder_counters record = {slot, site, *counters};
    add_bytes(&builder->counters, &record, sizeof record);
}

void builder_carry(struct recording_builder *builder, const struct recording_carry *carry)
{
    add_bytes(&builder->carries, carry, sizeof *carry);
}

void builder_inherited(struct recording_builder *builder, uint32_t site, uint64_t blocks,
                       uint64_t bytes)
{
    struct recording_inherited record = {blocks, bytes};
    while (builder->inherited.used < (site + 1) * sizeof record)
        add_bytes(&builder->inherited, NULL, sizeof record);
    memcpy(builder->inherited.data + site * sizeof record, &record, sizeof record);
}

void builder_error(struct recording_builder *builder, const struct recording_error *error)
{
    add_bytes(&builder->errors, error, sizeof *error);
}

/* --- the graph --- */

static struct builder_node *node_at(const struct recording_builder *builder, uint32_t node)
{
    return (struct builder_node *)builder->nodes.data + node;
}

uint32_t builder_type(struct recording_builder *builder, const char *name)
{
    add_number(&builder->types, strlen(name));
    add_bytes(&builder->types, name, strlen(name));
    return (uint32_t)++builder->snapshot.type_count;
}

uint32_t builder_node(struct recording_builder *builder, uint64_t size_bytes, uint32_t site)
{
    struct builder_node node = {.address = 0x10000, .size_bytes = size_bytes, .site = site};
    uint32_t index = (uint32_t)(builder->nodes.used / sizeof node);
    if (index) {
        const struct builder_node *before = node_at(builder, index - 1);
        node.address = (before->address + before->size_bytes + 31) / 16 * 16;
    }
    add_bytes(&builder->nodes, &node, sizeof node);
    return index;
}

void builder_node_type(struct recording_builder *builder, uint32_t node, uint32_t type)
{
    node_at(builder, node)->type = type;
}

void builder_node_birth(struct recording_builder *builder, uint32_t node, uint64_t birth_ns)
{
    builder->snapshot.birth_origin_ns = builder->header.started_ns;
    node_at(builder, node)->has_birth = true;
    node_at(builder, node)->birth_ns = birth_ns;
}

void builder_node_kind(struct recording_builder *builder, uint32_t node,
                       enum recording_block_kind kind)
{
    node_at(builder, node)->kind = kind;
}

void builder_node_is_root(struct recording_builder *builder, uint32_t node)
{
    node_at(builder, node)->is_root = true;
}

void builder_edge(struct recording_builder *builder, uint32_t from, uint64_t offset, uint32_t to,
                  uint64_t target_offset)
{
    struct builder_edge edge = {from, to, offset, target_offset, false};
    add_bytes(&builder->edges, &edge, sizeof edge);
}

void builder_tagged_edge(struct recording_builder *builder, uint32_t from, uint64_t offset,
                         uint32_t to)
{
    struct builder_edge edge = {from, to, offset, 0, true};
    add_bytes(&builder->edges, &edge, sizeof edge);
}

static void add_root(struct recording_builder *builder, const uint64_t fields[5])
{
    add_number(&builder->roots, fields[0] << 1);
    for (size_t i = 1; i < 5; i++)
        add_number(&builder->roots, fields[i]);
    builder->snapshot.root_count++;
}

void builder_root_at(struct recording_builder *builder, uint32_t node,
                     enum recording_root_kind kind, uint64_t owner, uint64_t address)
{
    add_root(builder, (uint64_t[]){kind, owner, address, node, 0});
}

void builder_root_to(struct recording_builder *builder, uint32_t node, uint64_t offset)
{
    add_root(builder, (uint64_t[]){RECORDING_ROOT_DATA, 0, 0x5000, node, offset});
}

void builder_root(struct recording_builder *builder, uint32_t node)
{
    builder_root_at(builder, node, RECORDING_ROOT_DATA, 0, 0x5000);
}

void builder_places(struct recording_builder *builder, const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_number(&builder->places, numbers[i]);
}

void builder_owners(struct recording_builder *builder, const uint64_t *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        add_number(&builder->owners, numbers[i]);
}

void builder_without_roots(struct recording_builder *builder)
{
    builder->roots.used = 0;
    builder->snapshot.root_count = 0;
}

uint64_t builder_address(const struct recording_builder *builder, uint32_t node)
{
    return node_at(builder, node)->address;
}

void builder_freed(struct recording_builder *builder, uint32_t node)
{
    uint64_t address = builder_address(builder, node);
    add_bytes(&builder->freed, &address, sizeof address);
}

void builder_cut_streams(struct recording_builder *builder, size_t chunk_bytes)
{
    builder->cut_bytes = chunk_bytes;
}

static int compare_edges(const void *left, const void *right)
{
    const struct builder_edge *one = left, *other = right;
    if (one->from != other->from)
        return one->from < other->from ? -1 : 1;
    return one->offset < other->offset ? -1 : one->offset > other->offset;
}

static uint64_t zigzag(int64_t number)
{
    return (uint64_t)number << 1 ^ (uint64_t)(number >> 63);
}

static void add_birth(struct bytes *stream, const struct builder_node *node, uint64_t *previous_ns)
{
    if (!node->has_birth) {
        add_number(stream, 0);
        return;
    }
    add_number(stream, 1 + zigzag((int64_t)(node->birth_ns - *previous_ns)));
    *previous_ns = node->birth_ns;
}

static void add_edges(struct bytes *stream, uint32_t node, const struct builder_edge **edge,
                      const struct builder_edge *end)
{
    uint64_t word = 0, target = node;
    for (; *edge < end && (*edge)->from == node; ++*edge) {
        uint64_t next_word = (*edge)->offset / 8 + 1;
        int64_t step = (int64_t)((*edge)->to - target);
        add_number(stream, (next_word - word) << 2 | (uint64_t)(*edge)->tagged << 1 |
                               ((*edge)->target_offset != 0));
        add_number(stream, zigzag(step));
        if ((*edge)->target_offset)
            add_number(stream, (*edge)->target_offset);
        word = next_word;
        target = (*edge)->to;
    }
    add_number(stream, 0);
}

static struct bytes node_stream(struct recording_builder *builder)
{
    struct bytes stream = {0};
    size_t node_count = builder->nodes.used / sizeof(struct builder_node);
    size_t edge_count = builder->edges.used / sizeof(struct builder_edge);
    const struct builder_edge *edge = (struct builder_edge *)builder->edges.data,
                              *end = edge + edge_count;
    uint64_t address = 0, birth_ns = 0;
    if (edge_count)
        qsort(builder->edges.data, edge_count, sizeof *edge, compare_edges);
    for (uint32_t i = 0; i < node_count; i++) {
        const struct builder_node *node = node_at(builder, i);
        add_number(&stream, (node->address - address) / 8);
        add_number(&stream, node->size_bytes);
        add_number(&stream, (uint64_t)node->site << 3 | (uint64_t)node->kind << 1 | node->is_root);
        add_number(&stream, node->type);
        if (builder->snapshot.birth_origin_ns)
            add_birth(&stream, node, &birth_ns);
        add_edges(&stream, i, &edge, end);
        address = node->address;
        builder->snapshot.block_bytes += node->size_bytes;
    }
    builder->snapshot.node_count = node_count;
    builder->snapshot.edge_count = edge_count;
    return stream;
}

/* --- the file --- */

static void add_chunk(struct bytes *file, const struct recording_chunk *chunk, const void *payload)
{
    size_t size = sizeof *chunk + chunk->used;
    struct recording_chunk head = *chunk;
    head.pages = (uint32_t)((size + RECORDING_PAGE_BYTES - 1) / RECORDING_PAGE_BYTES);
    unsigned char *place = add_bytes(file, NULL, (size_t)head.pages * RECORDING_PAGE_BYTES);
    memcpy(place, &head, sizeof head);
    if (chunk->used)
        memcpy(place + sizeof head, payload, chunk->used);
}

static void add_array(struct bytes *file, enum recording_chunk_type type,
                      const struct bytes *records)
{
    if (records->used)
        add_chunk(file, &(struct recording_chunk){.type = type, .used = records->used},
                  records->data);
}

static void add_stream(struct bytes *file, enum recording_chunk_type type, uint64_t snapshot,
                       const struct bytes *stream, size_t cut_bytes)
{
    uint32_t sequence = 0;
    for (size_t done = 0, here; done < stream->used; done += here) {
        here = cut_bytes && stream->used - done > cut_bytes ? cut_bytes : stream->used - done;
        struct recording_chunk chunk = {
            .type = type, .used = here, .key = snapshot, .sequence = sequence++};
        add_chunk(file, &chunk, stream->data + done);
    }
}

static void add_counters(struct bytes *file, const struct recording_builder *builder)
{
    const struct builder_counters *all = (const struct builder_counters *)builder->counters.data;
    for (size_t i = 0; i < builder->counters.used / sizeof *all; i++) {
        struct recording_chunk chunk = {
            .type = RECORDING_CHUNK_COUNTERS,
            .used = sizeof all[i].counters,
            .key = all[i].site,
            .slot = all[i].slot,
        };
        add_chunk(file, &chunk, &all[i].counters);
    }
}

static void add_snapshot(struct bytes *file, struct recording_builder *builder)
{
    struct bytes nodes = node_stream(builder);
    uint64_t number = builder->snapshot_number;
    struct recording_chunk chunk = {
        .type = RECORDING_CHUNK_SNAPSHOT, .used = sizeof builder->snapshot, .key = number};
    add_chunk(file, &chunk, &builder->snapshot);
    add_stream(file, RECORDING_CHUNK_NODES, number, &nodes, builder->cut_bytes);
    add_stream(file, RECORDING_CHUNK_ROOTS, number, &builder->roots, builder->cut_bytes);
    add_stream(file, RECORDING_CHUNK_TYPES, number, &builder->types, builder->cut_bytes);
    add_stream(file, RECORDING_CHUNK_PLACES, number, &builder->places, builder->cut_bytes);
    add_stream(file, RECORDING_CHUNK_OWNERS, number, &builder->owners, builder->cut_bytes);
    free(nodes.data);
}

void builder_record(struct recording_builder *builder, enum recording_chunk_type type,
                    const void *record, size_t size)
{
    struct recording_chunk chunk = {.type = type, .used = size, .key = builder->snapshot_number};
    add_chunk(&builder->more, &chunk, record);
}

void builder_stream(struct recording_builder *builder, enum recording_chunk_type type,
                    const void *bytes, size_t size)
{
    struct bytes stream = {.data = (unsigned char *)bytes, .used = size};
    add_stream(&builder->more, type, builder->snapshot_number, &stream, builder->cut_bytes);
}

void builder_next_snapshot(struct recording_builder *builder)
{
    add_snapshot(&builder->earlier, builder);
    builder->snapshot_number++;
}

unsigned char *builder_bytes(struct recording_builder *builder, size_t *size)
{
    struct bytes file = {0};
    add_bytes(&file, NULL, RECORDING_PAGE_BYTES);
    add_array(&file, RECORDING_CHUNK_STRINGS, &builder->strings);
    add_array(&file, RECORDING_CHUNK_MODULES, &builder->modules);
    add_array(&file, RECORDING_CHUNK_STACKS, &builder->stacks);
    add_array(&file, RECORDING_CHUNK_SITES, &builder->sites);
    add_array(&file, RECORDING_CHUNK_INHERITED, &builder->inherited);
    add_array(&file, RECORDING_CHUNK_ERRORS, &builder->errors);
    add_counters(&file, builder);
    if (builder->earlier.used)
        add_bytes(&file, builder->earlier.data, builder->earlier.used);
    if (builder->has_snapshot)
        add_snapshot(&file, builder);
    add_array(&file, RECORDING_CHUNK_FREED, &builder->freed);
    add_array(&file, RECORDING_CHUNK_CARRIES, &builder->carries);
    add_array(&file, RECORDING_CHUNK_CODES, &builder->codes);
    if (builder->more.used)
        add_bytes(&file, builder->more.data, builder->more.used);
    builder->header.used_bytes = file.used;
    memcpy(file.data, &builder->header, sizeof builder->header);
    *size = file.used;
    return file.data;
}

void save_bytes(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    need(file, path);
    need(fwrite(bytes, 1, size, file) == size, path);
    need(fclose(file) == 0, path);
}

void builder_save(struct recording_builder *builder, const char *path)
{
    size_t size;
    unsigned char *bytes = builder_bytes(builder, &size);
    save_bytes(path, bytes, size);
    free(bytes);
}

struct recording_chunk *find_chunk(unsigned char *bytes, size_t size,
                                   enum recording_chunk_type type, int number)
{
    for (size_t offset = RECORDING_PAGE_BYTES; offset < size;) {
        struct recording_chunk *chunk = (struct recording_chunk *)(bytes + offset);
        if (chunk->type == (uint32_t)type && number-- == 0)
            return chunk;
        offset += (size_t)(chunk->pages ? chunk->pages : 1) * RECORDING_PAGE_BYTES;
    }
    return NULL;
}

/* --- files --- */

char *make_test_folder(void)
{
    char *folder = strdup(access("/dev/shm", W_OK) == 0 ? "/dev/shm/leakgraph-test-XXXXXX"
                                                        : "/tmp/leakgraph-test-XXXXXX");
    need(folder && mkdtemp(folder), "mkdtemp");
    return folder;
}

char *path_in(const char *folder, const char *name)
{
    char *path;
    need(asprintf(&path, "%s/%s", folder, name) > 0, "asprintf");
    return path;
}

void remove_test_folder(char *folder)
{
    DIR *directory = opendir(folder);
    need(directory, folder);
    for (struct dirent *entry; (entry = readdir(directory));) {
        char *path = path_in(folder, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(path);
        free(path);
    }
    closedir(directory);
    rmdir(folder);
    free(folder);
}
