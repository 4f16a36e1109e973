/* SPDX-License-Identifier: MIT */
/* Cycles: which blocks, which are identical, what hangs on them, and where to cut. */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "tests/fixture.h"
#include "tests/suite.h"

enum { BLOCK_BYTES = 64 };

static uint32_t node_site, peer_site, tail_site;

static void make_sites(void)
{
    node_site = builder_simple_site(builder, 0x10);
    peer_site = builder_simple_site(builder, 0x20);
    tail_site = builder_simple_site(builder, 0x30);
}

static void start_again(void)
{
    builder_free(builder);
    builder = builder_new();
    make_sites();
}

static void set_up(void)
{
    fixture_set_up();
    make_sites();
}

static const struct cycle *only_cycle(void)
{
    const struct process *process = fixture_analyse();
    ck_assert_uint_eq(process->cycle_count, 1);
    return &process->cycles[0];
}

static uint32_t block(uint32_t site)
{
    return builder_node(builder, BLOCK_BYTES, site);
}

static void points_to(uint32_t from, uint64_t offset, uint32_t to)
{
    builder_edge(builder, from, offset, to, 0);
}

static void two_cycle(uint64_t forth, uint64_t back)
{
    uint32_t one = block(node_site), other = block(peer_site);
    points_to(one, forth, other);
    points_to(other, back, one);
}

static void ring(uint32_t length)
{
    uint32_t first = block(node_site);
    for (uint32_t i = 1; i < length; i++)
        points_to(first + i - 1, 0, block(node_site));
    points_to(first + length - 1, 0, first);
}

START_TEST(no_leak_no_cycle)
{
    block(node_site);
    ck_assert_uint_eq(fixture_analyse()->cycle_count, 0);
    ck_assert_uint_eq(session->processes[0].cycles_total, 0);
}
END_TEST

START_TEST(members_and_edges_are_told)
{
    two_cycle(8, 16);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->count, 1);
    ck_assert_uint_eq(cycle->amount.blocks, 2);
    ck_assert_uint_eq(cycle->amount.bytes, 2 * BLOCK_BYTES);
    ck_assert_uint_eq(cycle->retained_bytes, 2 * BLOCK_BYTES);
    ck_assert_uint_eq(cycle->member_count, 2);
    ck_assert_uint_eq(cycle->edge_count, 2);
    for (size_t i = 0; i < 2; i++) {
        const struct cycle_edge *edge = &cycle->edges[i];
        bool forth = cycle->members[edge->from].site->stack.frames[0].offset == 0x10 - 1;
        ck_assert_uint_eq(edge->to, 1 - edge->from);
        ck_assert_uint_eq(edge->offset, forth ? 8 : 16);
    }
}
END_TEST

START_TEST(pointer_with_a_tag_is_told_as_one)
{
    uint32_t one = block(node_site), other = block(peer_site);
    builder_tagged_edge(builder, one, 8, other);
    points_to(other, 16, one);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->edge_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(cycle->edges[i].tagged, cycle->edges[i].offset == 8);
        ck_assert_uint_eq(cycle->edges[i].target_offset, 0);
    }
}
END_TEST

START_TEST(block_that_points_to_itself_is_cut_there)
{
    uint32_t only = block(node_site);
    points_to(only, 24, only);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->member_count, 1);
    ck_assert_uint_eq(cycle->edges[cycle->weaken].offset, 24);
    ck_assert_str_eq(cycle->why_weaken, "the block points to itself");
}
END_TEST

START_TEST(types_name_members)
{
    two_cycle(8, 16);
    builder_node_type(builder, 0, builder_type(builder, "4Node"));
    const struct cycle *cycle = only_cycle();
    size_t node = cycle->members[0].site->stack.frames[0].offset == 0x10 - 1 ? 0 : 1;
    ck_assert_str_eq(cycle->members[node].type, "Node");
    ck_assert_ptr_null(cycle->members[1 - node].type);
}
END_TEST

START_TEST(ring_is_shown_in_its_order)
{
    ring(5);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->member_count, 5);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_uint_eq(cycle->edges[i].from, i);
        ck_assert_uint_eq(cycle->edges[i].to, (i + 1) % 5);
    }
}
END_TEST

/* --- identical cycles --- */

START_TEST(identical_cycles_are_one_group)
{
    for (int i = 0; i < 100; i++)
        two_cycle(8, 16);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->count, 100);
    ck_assert_uint_eq(cycle->amount.blocks, 200);
    ck_assert_uint_eq(cycle->retained_bytes, 200 * BLOCK_BYTES);
    ck_assert_uint_eq(session->processes[0].cycles_total, 100);
}
END_TEST

START_TEST(order_in_memory_does_not_matter)
{
    two_cycle(8, 16);
    uint32_t other = block(peer_site), one = block(node_site);
    points_to(one, 8, other);
    points_to(other, 16, one);
    ck_assert_uint_eq(only_cycle()->count, 2);
}
END_TEST

START_TEST(other_offset_is_another_cycle)
{
    enum { OFFSETS = 6 };
    for (uint64_t i = 0; i < OFFSETS; i++)
        two_cycle(8, i * 8);
    ck_assert_uint_eq(fixture_analyse()->cycle_count, OFFSETS);
}
END_TEST

START_TEST(other_site_or_type_is_another_cycle)
{
    two_cycle(8, 16);
    uint32_t one = block(node_site), other = block(tail_site);
    points_to(one, 8, other);
    points_to(other, 16, one);
    two_cycle(8, 16);
    builder_node_type(builder, 4, builder_type(builder, "Node"));
    ck_assert_uint_eq(fixture_analyse()->cycle_count, 3);
}
END_TEST

START_TEST(ring_of_four_is_not_two_of_two)
{
    uint32_t first = block(node_site);
    for (uint32_t i = 1; i < 8; i++)
        block(node_site);
    for (uint32_t i = 0; i < 4; i++)
        points_to(first + i, 0, first + (i + 1) % 4);
    points_to(first + 4, 0, first + 5);
    points_to(first + 5, 0, first + 4);
    points_to(first + 6, 0, first + 7);
    points_to(first + 7, 0, first + 6);
    const struct process *process = fixture_analyse();
    ck_assert_uint_eq(process->cycle_count, 2);
    ck_assert_uint_eq(process->cycles_total, 3);
}
END_TEST

enum { SHAPE_NODES = 8 };

/* A cycle through all blocks and random chords, its blocks in the given order in memory. */
static void random_cycle(unsigned seed, const uint32_t *order)
{
    uint32_t places[SHAPE_NODES], sites[] = {node_site, peer_site};
    srandom(seed);
    uint32_t count = 2 + (uint32_t)random() % (SHAPE_NODES - 1), at = 0;
    uint32_t base = block(tail_site), kinds = (uint32_t)random() % 2 + 1;
    uint32_t labels[SHAPE_NODES];
    for (uint32_t i = 0; i < SHAPE_NODES; i++)
        labels[i] = sites[(uint32_t)random() % kinds];
    for (uint32_t i = 0; i < SHAPE_NODES; i++)
        if (order[i] < count) {
            places[order[i]] = base + ++at;
            block(labels[order[i]]);
        }
    for (uint32_t i = 0; i < count; i++) {
        points_to(places[i], 0, places[(i + 1) % count]);
        if (random() % 2)
            points_to(places[i], 8 + (uint64_t)random() % 2 * 8,
                      places[(uint32_t)random() % count]);
    }
}

START_TEST(random_cycles_equal_their_rearranged_copies)
{
    for (unsigned seed = 1; seed < 300; seed++) {
        uint32_t order[SHAPE_NODES];
        start_again();
        for (int copy = 0; copy < 5; copy++) {
            for (uint32_t i = 0; i < SHAPE_NODES; i++)
                order[i] = i;
            srandom(seed * 5 + (unsigned)copy);
            for (uint32_t i = SHAPE_NODES; i-- > 1;) {
                uint32_t k = (uint32_t)random() % (i + 1), moved = order[i];
                order[i] = order[k];
                order[k] = moved;
            }
            random_cycle(seed, order);
        }
        const struct process *process = fixture_analyse();
        ck_assert_msg(process->cycle_count == 1, "seed %u: %zu groups", seed, process->cycle_count);
        ck_assert_uint_eq(process->cycles[0].count, 5);
    }
}
END_TEST

/* --- large ones --- */

START_TEST(long_ring_is_shown_in_part_and_counted_whole)
{
    enum { LENGTH = 100000, SHOWN = 1024 };
    ring(LENGTH);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->amount.blocks, LENGTH);
    ck_assert_uint_eq(cycle->retained_bytes, LENGTH * BLOCK_BYTES);
    ck_assert_uint_eq(cycle->member_count, SHOWN);
    bool closes = false;
    for (size_t i = 0; i < cycle->edge_count; i++)
        closes |= cycle->edges[i].from == cycle->member_count - 1 && cycle->edges[i].to == 0;
    ck_assert(closes);
    ck_assert_uint_lt(cycle->weaken, cycle->edge_count);
}
END_TEST

START_TEST(ring_of_a_hundred_is_shown_whole)
{
    ring(100);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->member_count, 100);
    ck_assert_uint_eq(cycle->edge_count, 100);
}
END_TEST

START_TEST(long_identical_rings_are_one_group)
{
    ring(500);
    ring(500);
    ring(501);
    const struct process *process = fixture_analyse();
    ck_assert_uint_eq(process->cycle_count, 2);
    ck_assert_uint_eq(process->cycles_total, 3);
}
END_TEST

START_TEST(of_a_doubly_linked_list_two_neighbours_are_shown)
{
    enum { LENGTH = 1000 };
    for (uint32_t i = 0; i < LENGTH; i++)
        block(node_site);
    for (uint32_t i = 0; i + 1 < LENGTH; i++) {
        points_to(i, 0, i + 1);
        points_to(i + 1, 8, i);
    }
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->amount.blocks, LENGTH);
    ck_assert_uint_eq(cycle->member_count, 2);
    ck_assert_uint_eq(cycle->edges[cycle->weaken].offset, 8);
}
END_TEST

START_TEST(thousands_of_pointers_between_two_blocks)
{
    enum { POINTERS = 100000 };
    uint32_t table = builder_node(builder, POINTERS * 8, node_site), owner = block(peer_site);
    for (uint64_t i = 0; i < POINTERS; i++)
        points_to(table, i * 8, owner);
    points_to(owner, 0, table);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->member_count, 2);
    ck_assert_uint_eq(cycle->edge_count, 2);
}
END_TEST

START_TEST(chain_of_a_hundred_thousand_cycles)
{
    enum { CYCLES = 100000 };
    for (uint32_t i = 0; i < CYCLES; i++)
        two_cycle(8, 16);
    for (uint32_t i = 0; i + 1 < CYCLES; i++)
        points_to(2 * i, 32, 2 * i + 2);
    const struct process *process = fixture_analyse();
    ck_assert_uint_eq(process->cycles_total, CYCLES);
    ck_assert_uint_eq(process->cycle_count, 1);
    ck_assert_uint_eq(process->cycles[0].retained_bytes, 2 * CYCLES * BLOCK_BYTES);
    ck_assert_uint_eq(process->cycles[0].tail_count, 0);
}
END_TEST

/* --- tails --- */

START_TEST(tail_hangs_on_the_member_that_holds_it)
{
    two_cycle(8, 16);
    uint32_t tail = block(tail_site);
    points_to(tail, 0, block(tail_site));
    points_to(1, 24, tail);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->tail_count, 1);
    ck_assert_uint_eq(cycle->tails[0].amount.blocks, 2);
    ck_assert_uint_eq(cycle->tails[0].amount.bytes, 2 * BLOCK_BYTES);
    ck_assert_uint_eq(cycle->members[cycle->tails[0].holder].site->stack.frames[0].offset,
                      0x20 - 1);
    ck_assert_uint_eq(cycle->retained_bytes, 4 * BLOCK_BYTES);
    ck_assert_uint_eq(cycle->amount.blocks, 2);
}
END_TEST

START_TEST(tail_that_equal_cycles_share_is_theirs)
{
    two_cycle(8, 16);
    two_cycle(8, 16);
    uint32_t tail = block(tail_site);
    points_to(0, 24, tail);
    points_to(2, 24, tail);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->count, 2);
    ck_assert_uint_eq(cycle->tail_count, 1);
    ck_assert_uint_eq(cycle->tails[0].amount.blocks, 1);
    ck_assert_uint_eq(cycle->retained_bytes, 5 * BLOCK_BYTES);
    ck_assert_uint_eq(cycle->retained_blocks, 5);
    ck_assert_uint_eq(cycle->shared.blocks, 0);
}
END_TEST

START_TEST(what_unlike_cycles_share_is_told_of_both)
{
    two_cycle(8, 16);
    two_cycle(16, 8);
    uint32_t tail = block(tail_site);
    points_to(tail, 0, block(tail_site));
    points_to(0, 24, tail);
    points_to(2, 32, tail);
    const struct process *process = fixture_analyse();
    ck_assert_uint_eq(process->cycle_count, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(process->cycles[i].tail_count, 0);
        ck_assert_uint_eq(process->cycles[i].retained_bytes, 2 * BLOCK_BYTES);
        ck_assert_uint_eq(process->cycles[i].shared.blocks, 2);
        ck_assert_uint_eq(process->cycles[i].shared.bytes, 2 * BLOCK_BYTES);
    }
}
END_TEST

START_TEST(tails_of_identical_cycles_are_summed)
{
    for (int i = 0; i < 10; i++) {
        uint32_t first = block(node_site), second = block(peer_site), tail = block(tail_site);
        points_to(first, 8, second);
        points_to(second, 16, first);
        points_to(first, 24, tail);
    }
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->count, 10);
    ck_assert_uint_eq(cycle->tail_count, 1);
    ck_assert_uint_eq(cycle->tails[0].amount.blocks, 10);
}
END_TEST

/* --- the edge to weaken --- */

static const struct cycle_edge *weak_edge(const struct cycle *cycle)
{
    return &cycle->edges[cycle->weaken];
}

START_TEST(pointer_back_to_the_oldest_is_weakened)
{
    two_cycle(8, 16);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->members[weak_edge(cycle)->to].address, builder_address(builder, 0));
    ck_assert_uint_eq(weak_edge(cycle)->offset, 16);
}
END_TEST

/* The block at the higher address is the parent, by its birth. */
static void two_cycle_born(uint64_t first_ns, uint64_t second_ns)
{
    two_cycle(8, 16);
    builder_node_birth(builder, 0, first_ns);
    builder_node_birth(builder, 1, second_ns);
}

START_TEST(birth_tells_the_oldest_not_the_address)
{
    two_cycle_born(9000000, 2000);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->members[weak_edge(cycle)->to].address, builder_address(builder, 1));
    ck_assert_uint_eq(weak_edge(cycle)->offset, 8);
    ck_assert_uint_eq(cycle->members[weak_edge(cycle)->to].birth_ns, 1000 + 2000);
    ck_assert_ptr_nonnull(strstr(cycle->why_weaken, "back to the oldest block"));
}
END_TEST

START_TEST(rounded_births_are_equal_within_their_rounding)
{
    const uint64_t hour_ns = 3600000000000, rounding_ns = hour_ns >> 22;
    uint32_t first = builder_node(builder, 24, node_site),
             second = builder_node(builder, 24, peer_site);
    points_to(first, 8, second);
    points_to(second, 16, first);
    builder_node_birth(builder, first, hour_ns + rounding_ns / 2);
    builder_node_birth(builder, second, hour_ns);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->members[weak_edge(cycle)->to].address, builder_address(builder, 0));
}
END_TEST

START_TEST(cycle_with_an_unknown_birth_is_judged_by_address)
{
    two_cycle(8, 16);
    builder_node_birth(builder, 1, 2000);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->members[weak_edge(cycle)->to].address, builder_address(builder, 0));
    ck_assert_ptr_nonnull(strstr(cycle->why_weaken, "most likely the oldest"));
}
END_TEST

START_TEST(shared_ptr_is_two_words_and_one_pointer)
{
    /* Two objects with counters of their own: each shared_ptr leads to the object and its counters.
     */
    uint32_t parent = block(node_site), parent_counts = block(tail_site);
    uint32_t child = block(peer_site), child_counts = block(tail_site);
    points_to(parent, 0, child);
    points_to(parent, 8, child_counts);
    points_to(child, 32, parent);
    points_to(child, 40, parent_counts);
    points_to(parent_counts, 16, parent);
    points_to(child_counts, 16, child);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->members[weak_edge(cycle)->from].address,
                      builder_address(builder, child));
    ck_assert_uint_eq(weak_edge(cycle)->offset, 32);
    ck_assert_ptr_nonnull(strstr(cycle->why_weaken, "without it the cycle falls apart"));
}
END_TEST

START_TEST(edge_that_cuts_all_is_preferred_to_one_that_leads_back)
{
    /* Two ways lead back to the first block, but all go through one edge. */
    uint32_t first = block(node_site), second = block(peer_site);
    uint32_t left = block(tail_site), right = block(peer_site);
    points_to(first, 0, second);
    points_to(second, 0, left);
    points_to(second, 8, right);
    points_to(left, 0, first);
    points_to(right, 16, first);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(cycle->members[weak_edge(cycle)->from].address,
                      builder_address(builder, first));
    ck_assert_str_eq(cycle->why_weaken, "without it the cycle falls apart");
}
END_TEST

START_TEST(one_member_of_all_alike_blocks_is_cut_at_once)
{
    /* A parent, and children of one site that all lead back to it at one offset. */
    uint32_t parent = block(node_site), one = block(peer_site), other = block(peer_site);
    points_to(parent, 0, one);
    points_to(parent, 8, other);
    points_to(one, 16, parent);
    points_to(other, 16, parent);
    const struct cycle *cycle = only_cycle();
    ck_assert_uint_eq(weak_edge(cycle)->offset, 16);
    ck_assert_ptr_nonnull(strstr(cycle->why_weaken, "most likely the oldest"));
}
END_TEST

START_TEST(several_cycles_through_the_same_blocks_are_admitted)
{
    uint32_t first = block(node_site);
    points_to(first, 0, first);
    uint32_t second = block(peer_site);
    points_to(second, 0, second);
    points_to(first, 8, second);
    points_to(second, 8, first);
    ck_assert_str_eq(only_cycle()->why_weaken,
                     "it cuts one of several cycles through these blocks");
}
END_TEST

START_TEST(fingerprint_does_not_depend_on_addresses_or_length)
{
    char before[FINGERPRINT_BYTES];
    ring(100);
    strcpy(before, only_cycle()->fingerprint);
    start_again();
    block(tail_site);
    ring(300);
    ck_assert_str_eq(only_cycle()->fingerprint, before);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cycles");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, fixture_tear_down);
    tcase_add_test(all, no_leak_no_cycle);
    tcase_add_test(all, members_and_edges_are_told);
    tcase_add_test(all, pointer_with_a_tag_is_told_as_one);
    tcase_add_test(all, block_that_points_to_itself_is_cut_there);
    tcase_add_test(all, types_name_members);
    tcase_add_test(all, ring_is_shown_in_its_order);
    tcase_add_test(all, identical_cycles_are_one_group);
    tcase_add_test(all, order_in_memory_does_not_matter);
    tcase_add_test(all, other_offset_is_another_cycle);
    tcase_add_test(all, other_site_or_type_is_another_cycle);
    tcase_add_test(all, ring_of_four_is_not_two_of_two);
    tcase_add_test(all, random_cycles_equal_their_rearranged_copies);
    tcase_add_test(all, long_ring_is_shown_in_part_and_counted_whole);
    tcase_add_test(all, ring_of_a_hundred_is_shown_whole);
    tcase_add_test(all, long_identical_rings_are_one_group);
    tcase_add_test(all, of_a_doubly_linked_list_two_neighbours_are_shown);
    tcase_add_test(all, thousands_of_pointers_between_two_blocks);
    tcase_add_test(all, chain_of_a_hundred_thousand_cycles);
    tcase_add_test(all, tail_hangs_on_the_member_that_holds_it);
    tcase_add_test(all, tail_that_equal_cycles_share_is_theirs);
    tcase_add_test(all, what_unlike_cycles_share_is_told_of_both);
    tcase_add_test(all, tails_of_identical_cycles_are_summed);
    tcase_add_test(all, pointer_back_to_the_oldest_is_weakened);
    tcase_add_test(all, birth_tells_the_oldest_not_the_address);
    tcase_add_test(all, rounded_births_are_equal_within_their_rounding);
    tcase_add_test(all, cycle_with_an_unknown_birth_is_judged_by_address);
    tcase_add_test(all, shared_ptr_is_two_words_and_one_pointer);
    tcase_add_test(all, edge_that_cuts_all_is_preferred_to_one_that_leads_back);
    tcase_add_test(all, one_member_of_all_alike_blocks_is_cut_at_once);
    tcase_add_test(all, several_cycles_through_the_same_blocks_are_admitted);
    tcase_add_test(all, fingerprint_does_not_depend_on_addresses_or_length);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
