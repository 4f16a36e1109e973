/* SPDX-License-Identifier: MIT */
#include "tests/model_builder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct frame main_frame = {.function = "main",
                                        .file = "/home/me/robot/robot.cpp",
                                        .line = 80,
                                        .module = "robot",
                                        .module_path = "/home/me/robot/robot",
                                        .offset = 0x1800};

static const struct frame node_frames[] = {
    {.function = "std::__new_allocator<Node>::allocate(unsigned long, void const*)",
     .file = "/usr/include/c++/12/bits/new_allocator.h",
     .line = 137,
     .module = "robot",
     .offset = 0x1100,
     .inlined = true},
    {.function = "make_nodes(int)",
     .file = "/home/me/robot/robot.cpp",
     .line = 30,
     .module = "robot",
     .module_path = "/home/me/robot/robot",
     .offset = 0x1100},
    {.function = "main",
     .file = "/home/me/robot/robot.cpp",
     .line = 80,
     .module = "robot",
     .offset = 0x1800},
};

static const struct frame map_frames[] = {
    {.function = "load_map(std::string const&; int)",
     .file = "/home/me/robot/map.cpp",
     .line = 12,
     .module = "robot",
     .offset = 0x2000},
    {.function = "main",
     .file = "/home/me/robot/robot.cpp",
     .line = 81,
     .module = "robot",
     .offset = 0x1820},
};

/* No symbols, and a module name that is no UTF-8. */
static const struct frame odd_frames[] = {
    {.module = "lib\xff\"odd\".so", .module_path = "/opt/lib\xff.so", .offset = 0x42},
    {.function = "callback\nwith \"quotes\" \\ and \xc3\xa4", .module = "robot", .offset = 0x1900},
};

static struct site sites[3];
static const struct lifetime lifetimes[] = {{4096, 30}, {8192, 20}, {1 << 24, 25}, {0, 1}};
static struct leak leaks[4];
static struct cycle cycles[1];
static struct cycle_member members[2];
static struct cycle_edge edges[3];
static struct cycle_tail tails[1];
static struct line lines[2];
static struct memory_error errors[2];
static struct advice advice[1];
static struct drop drops[1];
static struct error damaged[1];
static struct process processes[5];
static struct session session;

static const char *const robot_command[] = {"/home/me/robot/robot", "--rate", "10", "caf\xe9",
                                            NULL};
static const char *const clean_command[] = {"/usr/bin/python3", "talker.py", NULL};

static void build_sites(void)
{
    sites[0] = (struct site){.figures.allocations = 100,
                             .figures.allocated_bytes = 9600,
                             .figures.frees = 76,
                             .figures.freed_bytes = 7296,
                             .figures.live_blocks = 24,
                             .figures.live_bytes = 2304,
                             .figures.peak_bytes = 4800,
                             .figures.temporary_allocations = 50,
                             .figures.leaked_blocks = 4,
                             .figures.leaked_bytes = 384,
                             .fingerprint = "0123456789abcdef",
                             .stack = {node_frames, COUNT(node_frames), false}};
    sites[1] = (struct site){.figures.allocations = 12,
                             .figures.allocated_bytes = 12288,
                             .figures.live_blocks = 12,
                             .figures.live_bytes = 12288,
                             .figures.peak_bytes = 12288,
                             .figures.leaked_blocks = 12,
                             .figures.leaked_bytes = 12288,
                             .fingerprint = "1123456789abcdef",
                             .stack = {map_frames, COUNT(map_frames), false}};
    sites[2] = (struct site){.figures.allocations = 8,
                             .figures.allocated_bytes = 256,
                             .figures.live_blocks = 8,
                             .figures.live_bytes = 256,
                             .figures.peak_bytes = 256,
                             .figures.leaked_blocks = 8,
                             .figures.leaked_bytes = 256,
                             .fingerprint = "2123456789abcdef",
                             .stack = {odd_frames, COUNT(odd_frames), true}};
}

static void build_cycles(void)
{
    members[0] = (struct cycle_member){
        .type = "Node", .size_bytes = 96, .address = 0x5000, .site = &sites[0]};
    members[1] = (struct cycle_member){.size_bytes = 96, .address = 0x5060, .site = &sites[0]};
    edges[0] = (struct cycle_edge){0, 1, 8, 0, false, "next", false, NULL};
    edges[1] = (struct cycle_edge){1, 0, 16, 0, false, "prev", false, NULL};
    edges[2] = (struct cycle_edge){0, 1, 24, 0, false, NULL, true, NULL};
    tails[0] = (struct cycle_tail){1, {4, 128}, "std::string", &sites[2]};
    cycles[0] = (struct cycle){.count = 2,
                               .amount = {4, 384},
                               .retained_bytes = 512,
                               .fingerprint = "c123456789abcdef",
                               .members = members,
                               .member_count = COUNT(members),
                               .edges = edges,
                               .edge_count = COUNT(edges),
                               .weaken = 1,
                               .why_weaken = "the only edge back to the oldest \"member\"",
                               .tails = tails,
                               .tail_count = COUNT(tails)};
}

static void build_findings(void)
{
    leaks[0] = (struct leak){LEAK_DIRECT, NULL, {12, 12288}, 12416, &sites[1]};
    leaks[1] = (struct leak){LEAK_CYCLE, NULL, {4, 384}, 512, &sites[0]};
    leaks[2] = (struct leak){LEAK_INDIRECT, NULL, {8, 256}, 256, &sites[2]};
    lines[0] = (struct line){"/home/me/robot/map.cpp",
                             "load_map",
                             12,
                             {.allocations = 12,
                              .allocated_bytes = 12288,
                              .live_bytes = 12288,
                              .peak_bytes = 12288,
                              .leaked_bytes = 12288}};
    lines[1] = (struct line){"/home/me/robot/robot.cpp",
                             "make_nodes(int)",
                             30,
                             {.allocations = 100,
                              .allocated_bytes = 9600,
                              .live_bytes = 2304,
                              .peak_bytes = 4800,
                              .leaked_bytes = 384,
                              .temporary_allocations = 50}};
    errors[0] = (struct memory_error){DOUBLE_FREE,
                                      3,
                                      0x7000,
                                      64,
                                      "malloc",
                                      "free",
                                      {&main_frame, 1, false},
                                      &sites[1],
                                      {&main_frame, 1, false}};
    errors[1] =
        (struct memory_error){MISMATCHED_FREE,         1,    0x7100,          0, "new[]", "free",
                              {&main_frame, 1, false}, NULL, {NULL, 0, false}};
    advice[0] = (struct advice){"pool",
                                "50 of 100 blocks live for less than 1 ms",
                                {node_frames, COUNT(node_frames), false}};
    drops[0] = (struct drop){"stacks cut: too deep", 2, false};
}

static struct process robot(void)
{
    return (struct process){.path = "leakgraph.data/123.0.lgr",
                            .pid = 123,
                            .ppid = 1,
                            .executable = "/home/me/robot/robot",
                            .command = robot_command,
                            .started_realtime_ns = 1700000000123000000u,
                            .duration_ns = 2300000000u,
                            .ended = ENDED_EXIT,
                            .status = 0,
                            .totals = {.allocations = 120,
                                       .allocated_bytes = 22144,
                                       .frees = 76,
                                       .live_blocks = 44,
                                       .live_bytes = 14848,
                                       .peak_bytes = 17344,
                                       .peak_slack_bytes = 64,
                                       .temporary_allocations = 50,
                                       .dropped = 2,
                                       .threads = 2,
                                       .peak_after_ns = 12500000,
                                       .lifetimes = lifetimes,
                                       .lifetime_count = COUNT(lifetimes)},
                            .leaks = {.checked = true,
                                      .all = {24, 12928},
                                      .direct = {12, 12288},
                                      .indirect = {8, 256},
                                      .cycle = {4, 384},
                                      .reachable = {20, 1920},
                                      .sites = leaks,
                                      .site_count = 3},
                            .cycles = cycles,
                            .cycle_count = 1,
                            .cycles_total = 2,
                            .sites = sites,
                            .site_count = COUNT(sites),
                            .lines = lines,
                            .line_count = COUNT(lines),
                            .errors = errors,
                            .error_count = COUNT(errors),
                            .advice = advice,
                            .advice_count = COUNT(advice),
                            .drops = drops,
                            .drop_count = COUNT(drops)};
}

static struct process clean(int pid)
{
    return (struct process){
        .path = "leakgraph.data/200.0.lgr",
        .pid = pid,
        .ppid = 1,
        .executable = "/usr/bin/python3.11",
        .command = clean_command,
        .started_realtime_ns = 1700000001000000000u,
        .duration_ns = 1000000u,
        .ended = ENDED_EXIT,
        .status = 0,
        .totals = {.allocations = 5, .allocated_bytes = 500, .frees = 5, .peak_bytes = 100},
        .leaks = {.checked = true}};
}

static struct session *start(void)
{
    build_sites();
    build_cycles();
    build_findings();
    memset(processes, 0, sizeof(processes));
    session = (struct session){.path = "leakgraph.data", .processes = processes};
    return &session;
}

struct session *model_builder_robot(void)
{
    start();
    processes[0] = robot();
    session.process_count = 1;
    return &session;
}

struct session *model_builder_clean(void)
{
    start();
    processes[0] = clean(200);
    session.process_count = 1;
    return &session;
}

struct session *model_builder_launch(void)
{
    start();
    processes[0] = robot();
    processes[1] = clean(200);
    processes[2] = clean(201);
    processes[2].ended = ENDED_KILLED;
    processes[2].status = 9;
    processes[2].leaks = (struct leaks){.why_not = "killed before its blocks could be checked"};
    processes[3] = clean(202);
    processes[3].ended = ENDED_EXEC;
    processes[3].leaks = (struct leaks){.why_not = "replaced by exec"};
    processes[4] = clean(202);
    session.process_count = 5;
    error_set(&damaged[0], "leakgraph.data/9.0.lgr: truncated: 100 bytes, at least 4096 expected");
    session.damaged = damaged;
    session.damaged_count = 1;
    return &session;
}

struct session *model_builder_ring(size_t count)
{
    static struct cycle_member *ring_members;
    static struct cycle_edge *ring_edges;

    model_builder_robot();
    free(ring_members);
    free(ring_edges);
    ring_members = calloc(count, sizeof(*ring_members));
    ring_edges = calloc(count + 1, sizeof(*ring_edges));
    for (size_t i = 0; ring_members && ring_edges && i < count; i++) {
        ring_members[i] = (struct cycle_member){
            .type = "Link", .size_bytes = 32, .address = 0x9000 + 32 * i, .site = &sites[0]};
        ring_edges[i] = (struct cycle_edge){i, (i + 1) % count, 0, 0, false, "next", false, NULL};
    }
    ring_edges[count] = (struct cycle_edge){count - 1, count / 2, 8, 0, false, "skip", false, NULL};
    cycles[0] = (struct cycle){.count = 1,
                               .amount = {count, 32 * count},
                               .retained_bytes = 32 * count,
                               .fingerprint = "f123456789abcdef",
                               .members = ring_members,
                               .member_count = count,
                               .edges = ring_edges,
                               .edge_count = count + 1,
                               .weaken = count - 1};
    leaks[1].amount = processes[0].leaks.cycle = cycles[0].amount;
    processes[0].leaks.all.blocks += count - 4;
    processes[0].leaks.all.bytes += 32 * count - 384;
    processes[0].cycles_total = 1;
    return &session;
}
