/* SPDX-License-Identifier: MIT */
/* What weak references keep: nothing; what hidden and unknown owners keep: everything. The suite
   says itself what each word is, in place of types, and compares with what the owners that it made
   would keep. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/graph/leak_graph.h"
#include "analyzer/objects/weak_references.h"
#include "analyzer/objects/word_roles.h"
#include "tests/fixture.h"
#include "tests/suite.h"

enum {
    OBJECTS = 12,
    HOLDERS = 4,
    BLOCKS = OBJECTS + HOLDERS,
    BLOCK_BYTES = 512,
    HEADER_BYTES = 16,
    FIRST_WORD = 32
};

/* --- what each word is: the linker puts these in front of those that ask types, see the Makefile
 * --- */

static enum word_role roles_told[BLOCKS][BLOCK_BYTES / 8];

enum word_role __wrap_word_roles_of(struct word_roles *roles, uint32_t node, uint64_t offset);
enum word_role __wrap_word_roles_of(struct word_roles *roles, uint32_t node, uint64_t offset)
{
    (void)roles;
    return roles_told[node][offset / 8];
}

/* --- a heap of objects that own one another --- */

static uint32_t
    nodes[BLOCKS]; /* objects first, each in the block of its counts; holders are reached */
static uint64_t words[BLOCKS]; /* used of each block */
static uint32_t owners[OBJECTS], weak[OBJECTS];
static bool owns[BLOCKS][OBJECTS], hides[OBJECTS];
static uint32_t site;

static void set_up(void)
{
    fixture_set_up();
    memset(roles_told, 0, sizeof roles_told);
    memset(owners, 0, sizeof owners);
    memset(weak, 0, sizeof weak);
    memset(owns, 0, sizeof owns);
    memset(hides, 0, sizeof hides);
    site = builder_simple_site(builder, 0x10);
    for (uint32_t i = 0; i < BLOCKS; i++) {
        nodes[i] = builder_node(builder, BLOCK_BYTES, site);
        words[i] = FIRST_WORD;
        if (i >= OBJECTS)
            builder_node_is_root(builder, nodes[i]);
    }
}

/* Both words of a smart pointer; `role`: what its type says. */
static void put(uint32_t holder, uint32_t object, enum word_role role)
{
    uint64_t at = words[holder];
    if (at + 16 > BLOCK_BYTES)
        return;
    builder_edge(builder, nodes[holder], at, nodes[object], HEADER_BYTES);
    builder_edge(builder, nodes[holder], at + 8, nodes[object], 0);
    roles_told[nodes[holder]][(at + 8) / 8] = role;
    words[holder] += 24; /* a word between, so that pairs do not touch */
}

static bool has_room(uint32_t holder)
{
    return words[holder] + 16 <= BLOCK_BYTES;
}

static void own(uint32_t holder, uint32_t object, enum word_role role)
{
    if (!has_room(holder))
        return;
    put(holder, object, role);
    owners[object]++;
    owns[holder][object] = true;
}

static void know(uint32_t holder, uint32_t object, enum word_role role)
{
    if (!has_room(holder))
        return;
    put(holder, object, role);
    weak[object]++;
}

/* By an owner that no scan finds. What a root knows weakly stays then; what nothing shows cannot.
 */
static void own_hidden(uint32_t object, enum word_role known_as)
{
    owners[object]++;
    hides[object] = true;
    know(OBJECTS, object, known_as);
}

/* Left over from an owner that has gone. */
static void leave(uint32_t holder, uint32_t object, enum word_role role)
{
    put(holder, object, role);
}

/* Objects without an owner are plain blocks. */
static void write_counts(void)
{
    uint64_t numbers[OBJECTS * 4 + 1];
    size_t count = 0;
    uint32_t next = 0;
    for (uint32_t i = 0; i < OBJECTS; i++) {
        if (!owners[i] && !weak[i])
            continue;
        numbers[count++] = nodes[i] - next + 1;
        numbers[count++] = HEADER_BYTES << 1;
        numbers[count++] = owners[i];
        numbers[count++] = weak[i];
        next = nodes[i] + 1;
    }
    numbers[count++] = 0;
    builder_owners(builder, numbers, count);
}

static bool is_never(uint32_t node, uint32_t from, void *context)
{
    (void)node, (void)from, (void)context;
    return false;
}

static struct {
    struct arena *arena;
    struct recording recording;
    struct graph graph;
    struct weak_references weak;
    struct leak_graph leaks;
} found;

static void analyse(void)
{
    struct error error = {0};
    write_counts();
    builder_save(builder, path);
    found.arena = arena_new();
    ck_assert_msg(recording_open(&found.recording, found.arena, path, &error), "%s", error.message);
    ck_assert_msg(graph_load(&found.graph, found.arena, found.arena, &found.recording,
                             &found.recording.snapshots[0], &error),
                  "%s", error.message);
    struct symbols *symbols = symbols_new(found.arena, true);
    found.weak = (struct weak_references){
        .graph = &found.graph, .stacks = stacks_new(found.arena, &found.recording, symbols)};
    ck_assert_msg(weak_references_cut(&found.weak, found.arena, found.arena, &error), "%s",
                  error.message);
    leak_graph_build(&found.leaks, found.arena, &found.graph, is_never, NULL);
}

static void tear_down(void)
{
    if (found.arena) {
        symbols_free(stacks_symbols(found.weak.stacks));
        recording_close(&found.recording);
        arena_free(found.arena);
        found.arena = NULL;
    }
    fixture_tear_down();
}

static bool is_leaked(uint32_t object)
{
    return found.leaks.leaked[nodes[object]];
}

/* --- what its owners really keep --- */

static void keep(bool *kept, uint32_t block)
{
    if (kept[block])
        return;
    kept[block] = true;
    for (uint32_t object = 0; object < OBJECTS; object++)
        if (owns[block][object])
            keep(kept, object);
}

static void find_kept(bool kept[BLOCKS])
{
    memset(kept, 0, BLOCKS * sizeof *kept);
    for (uint32_t block = 0; block < BLOCKS; block++)
        if (block >= OBJECTS || hides[block])
            keep(kept, block);
}

/* --- random heaps --- */

static uint32_t seed;

static uint32_t chance(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 16) % limit;
}

struct habits {
    uint32_t unknown, hidden, stale; /* one in so many; 0: never */
};

static bool happens(uint32_t one_in)
{
    return one_in && chance(one_in) == 0;
}

/* Roots own few: most of what there is must be kept by its own owners, or be lost. */
static void make_heap(const struct habits *habits)
{
    for (uint32_t object = 0; object < OBJECTS; object++) {
        uint32_t count = 1 + chance(2);
        for (uint32_t i = 0; i < count; i++) {
            uint32_t holder = chance(8) ? chance(OBJECTS) : OBJECTS + 1 + chance(HOLDERS - 1);
            own(holder, object, happens(habits->unknown) ? WORD_UNKNOWN : WORD_STRONG);
        }
        if (happens(habits->hidden) || !owners[object])
            own_hidden(object, happens(habits->unknown) ? WORD_UNKNOWN : WORD_WEAK);
        for (uint32_t i = chance(3); i > 0; i--)
            know(chance(2) ? chance(OBJECTS) : OBJECTS + chance(HOLDERS), object,
                 happens(habits->unknown) ? WORD_UNKNOWN : WORD_WEAK);
        if (happens(habits->stale))
            leave(chance(BLOCKS), object, chance(2) ? WORD_STRONG_SLOT : WORD_UNKNOWN);
    }
}

static void make_random(int number, const struct habits *habits)
{
    seed = (uint32_t)number * 7919u + 1;
    make_heap(habits);
    analyse();
}

START_TEST(with_types_exactly_what_no_owner_keeps_is_lost)
{
    bool kept[BLOCKS];
    make_random(_i, &(struct habits){0});
    find_kept(kept);
    for (uint32_t object = 0; object < OBJECTS; object++)
        ck_assert_msg(is_leaked(object) == !kept[object], "object %u: kept %d, leaked %d", object,
                      kept[object], is_leaked(object));
}
END_TEST

static void assert_nothing_kept_is_lost(void)
{
    bool kept[BLOCKS];
    find_kept(kept);
    for (uint32_t object = 0; object < OBJECTS; object++)
        ck_assert_msg(!kept[object] || !is_leaked(object), "object %u", object);
}

START_TEST(hidden_owners_and_unknown_words_keep)
{
    make_random(_i, &(struct habits){.unknown = 3, .hidden = 4});
    assert_nothing_kept_is_lost();
}
END_TEST

START_TEST(left_over_words_take_nothing_away)
{
    make_random(_i, &(struct habits){.unknown = 3, .stale = 3});
    assert_nothing_kept_is_lost();
}
END_TEST

/* --- one fact each --- */

START_TEST(object_that_owns_itself_and_is_known_weakly_is_lost)
{
    own(0, 0, WORD_STRONG);
    know(OBJECTS, 0, WORD_WEAK);
    analyse();
    ck_assert(is_leaked(0));
    ck_assert_uint_eq(leak_graph_class(&found.leaks, nodes[0]), LEAK_CYCLE);
}
END_TEST

START_TEST(weak_reference_in_the_object_is_no_cycle)
{
    own(1, 0, WORD_STRONG);
    own(OBJECTS, 1, WORD_STRONG);
    know(0, 0, WORD_WEAK);
    analyse();
    ck_assert(!is_leaked(0));
    ck_assert_uint_eq(found.graph.cut_edge_count, 1); /* the other word stays inside its block */
}
END_TEST

START_TEST(count_alone_is_no_proof)
{
    own(0, 1, WORD_STRONG);
    own(1, 0, WORD_UNKNOWN);
    know(OBJECTS, 0, WORD_UNKNOWN);
    analyse();
    ck_assert(!is_leaked(0));
    ck_assert_uint_eq(found.weak.doubtful, 1);
}
END_TEST

START_TEST(one_known_sort_tells_the_other)
{
    own(0, 1, WORD_STRONG);
    own(1, 0, WORD_UNKNOWN);
    know(OBJECTS, 0, WORD_WEAK);
    analyse();
    ck_assert(is_leaked(0));
    ck_assert_uint_eq(found.weak.doubtful, 0);
}
END_TEST

START_TEST(owner_that_is_not_found_keeps)
{
    own_hidden(0, WORD_WEAK);
    know(0, 0, WORD_UNKNOWN);
    analyse();
    ck_assert(!is_leaked(0));
}
END_TEST

START_TEST(raw_pointer_keeps_what_owns_itself)
{
    own(0, 0, WORD_STRONG);
    know(OBJECTS, 0, WORD_WEAK);
    builder_edge(builder, nodes[OBJECTS + 1], 8, nodes[0], HEADER_BYTES);
    analyse();
    ck_assert(!is_leaked(0));
}
END_TEST

START_TEST(popped_slot_is_no_owner)
{
    own(OBJECTS, 0, WORD_UNKNOWN);
    leave(1, 0, WORD_STRONG_SLOT);
    own(0, 1, WORD_STRONG);
    know(OBJECTS + 1, 0, WORD_WEAK);
    analyse();
    ck_assert(!is_leaked(0));
}
END_TEST

START_TEST(expired_object_keeps_its_memory_and_nothing_else)
{
    know(OBJECTS, 0, WORD_WEAK);
    leave(0, 1, WORD_STRONG);
    own(1, 1, WORD_STRONG);
    know(OBJECTS, 1, WORD_WEAK);
    analyse();
    ck_assert(found.graph.flags[nodes[0]] & GRAPH_EXPIRED);
    ck_assert(!is_leaked(0));
    ck_assert(is_leaked(1));
}
END_TEST

START_TEST(while_its_destructor_runs_an_object_keeps_its_members)
{
    know(OBJECTS, 0, WORD_WEAK);
    weak[0]++; /* the owners together */
    own(0, 1, WORD_STRONG);
    know(OBJECTS, 1, WORD_WEAK);
    analyse();
    ck_assert(!(found.graph.flags[nodes[0]] & GRAPH_EXPIRED));
    ck_assert(!is_leaked(1));
}
END_TEST

START_TEST(nothing_is_cut_where_nothing_is_weak)
{
    own(OBJECTS, 0, WORD_STRONG);
    own(0, 1, WORD_STRONG);
    analyse();
    ck_assert_ptr_null(found.graph.cut_edges);
    ck_assert_ptr_null(found.weak.names);
}
END_TEST

/* --- by a type's name --- */

static const struct {
    const char *name;
    enum word_role role;
} named[] = {
    {"std::weak_ptr<Node>", WORD_WEAK},
    {"std::shared_ptr<Node>", WORD_STRONG_SLOT},
    {"std::_Rb_tree_node<std::pair<int const, std::weak_ptr<Node> > >", WORD_WEAK},
    {"std::_List_node<boost::weak_ptr<std::map<int, Node> > >", WORD_WEAK},
    {"std::__detail::_Hash_node<std::pair<unsigned long const, std::weak_ptr<Node> >, false>",
     WORD_WEAK},
    {"std::pair<Node*, std::weak_ptr<Node> >", WORD_WEAK},
    {"std::pair<std::weak_ptr<Node>, std::shared_ptr<Node> >", WORD_UNKNOWN},
    {"std::pair<Entry, std::weak_ptr<Node> >", WORD_UNKNOWN},
    {"Entry<std::weak_ptr<Node> >", WORD_UNKNOWN},
    {"run(std::weak_ptr<Node>)::{lambda()#1}", WORD_UNKNOWN},
    {"std::_List_node<std::function<void (std::weak_ptr<Node>)> >", WORD_UNKNOWN},
    {"std::pair<intercom const, std::weak_ptr<Node> >", WORD_UNKNOWN},
    {"std::__1::weak_ptr<Node>", WORD_WEAK},
    {"std::__1::shared_ptr<Node>", WORD_STRONG_SLOT},
    {"std::__1::pair<Entry, std::__1::weak_ptr<Node> >", WORD_UNKNOWN},
    {"char", WORD_UNKNOWN},
};

START_TEST(names_of_library_types_tell_what_they_hold)
{
    ck_assert_msg(word_role_by_name(named[_i].name) == named[_i].role, "%s: %d", named[_i].name,
                  word_role_by_name(named[_i].name));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("weak_references");
    TCase *facts = tcase_create("facts"), *heaps = tcase_create("heaps"),
          *names = tcase_create("names");
    tcase_add_checked_fixture(facts, set_up, tear_down);
    tcase_add_test(facts, object_that_owns_itself_and_is_known_weakly_is_lost);
    tcase_add_test(facts, weak_reference_in_the_object_is_no_cycle);
    tcase_add_test(facts, count_alone_is_no_proof);
    tcase_add_test(facts, one_known_sort_tells_the_other);
    tcase_add_test(facts, owner_that_is_not_found_keeps);
    tcase_add_test(facts, raw_pointer_keeps_what_owns_itself);
    tcase_add_test(facts, popped_slot_is_no_owner);
    tcase_add_test(facts, expired_object_keeps_its_memory_and_nothing_else);
    tcase_add_test(facts, while_its_destructor_runs_an_object_keeps_its_members);
    tcase_add_test(facts, nothing_is_cut_where_nothing_is_weak);
    tcase_add_checked_fixture(heaps, set_up, tear_down);
    tcase_add_loop_test(heaps, with_types_exactly_what_no_owner_keeps_is_lost, 0, 300);
    tcase_add_loop_test(heaps, hidden_owners_and_unknown_words_keep, 0, 300);
    tcase_add_loop_test(heaps, left_over_words_take_nothing_away, 0, 300);
    tcase_set_timeout(heaps, 60);
    tcase_add_loop_test(names, names_of_library_types_tell_what_they_hold, 0,
                        sizeof named / sizeof *named);
    suite_add_tcase(suite, facts);
    suite_add_tcase(suite, heaps);
    suite_add_tcase(suite, names);
    return suite_run(suite);
}
