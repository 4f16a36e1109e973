/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_MODEL_H
#define LEAKGRAPH_MODEL_H

/*
 * What the analyzer found out about a session: plain facts for the report, all owned by the
 * session. Strings are UTF-8; NULL, never empty, means unknown. Sizes are in bytes, times in
 * nanoseconds.
 *
 *     struct session *session = session_load("leakgraph.data", &options, &error);
 *     for (size_t i = 0; i < session->process_count; i++) print(&session->processes[i]);
 *     session_free(session);
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/base/error.h"

enum frame_language { FRAME_NATIVE, FRAME_PYTHON };

struct frame {
    const char *function; /* demangled; NULL when there is no symbol */
    const char *symbol;   /* the linker's name, when it differs */
    const char *file;     /* as in the debug info, joined with its directory */
    unsigned line;        /* 0 unknown */
    const char *module;   /* base name of the ELF file */
    const char *module_path;
    uint64_t offset; /* the instruction's address in the module's file */
    enum frame_language language;
    bool inlined;
};

/* Innermost first. Without the allocator's own frames (operator new, ...). */
struct stack {
    const struct frame *frames;
    size_t frame_count;
    bool cut; /* the stack is longer than what was recorded */
};

struct amount {
    uint64_t blocks, bytes;
};

enum { FINGERPRINT_BYTES = 17 }; /* 16 hex digits and NUL */

/* Freed blocks that lived less than under_ns, and at least half of it (the first in a list: or
 * less). */
struct lifetime {
    uint64_t under_ns; /* a power of two; 0: longer than all others */
    uint64_t frees;
};

/* What sites, lines and places are measured by. */
struct figures {
    uint64_t allocations, allocated_bytes, frees, freed_bytes;
    uint64_t live_blocks, live_bytes;
    uint64_t peak_bytes; /* its live bytes at the process's peak */
    uint64_t temporary_allocations;
    uint64_t leaked_blocks, leaked_bytes;
    /* with_kept: live at the end; for Python, just before it tears itself down */
    uint64_t kept_blocks, kept_bytes;
};
void figures_add(struct figures *sum, const struct figures *more);

struct site {
    struct figures figures;
    char fingerprint[FINGERPRINT_BYTES];
    struct stack stack;
    const char *called; /* what it is when its frames do not say, like "libstdc++'s emergency pool";
                           or NULL */
    const struct lifetime *lifetimes; /* those that occurred, shortest first */
    size_t lifetime_count;
};

enum leak_class { LEAK_DIRECT, LEAK_INDIRECT, LEAK_CYCLE };
enum { LEAK_CLASSES = 3 };
extern const char *const leak_class_names[]; /* "direct", "indirect", "cycle" */

/* All leaked blocks of one class from one site. */
struct leak {
    enum leak_class class;
    const char *type; /* the type of all of them; NULL when unknown, or when they differ */
    struct amount amount;
    uint64_t retained_bytes;
    const struct site *site;
};

struct cycle_member {
    const char *type; /* "Node"; NULL: unknown */
    uint64_t size_bytes;
    uint64_t address; /* of the member in the first such cycle */
    const struct site *site;
    uint64_t birth_ns;       /* when that one was allocated, CLOCK_MONOTONIC; 0: unknown */
    uint64_t birth_slack_ns; /* or at most this much later */
};

struct cycle_edge {
    size_t from, to;        /* indices of members */
    uint64_t offset;        /* of the pointer in `from` */
    uint64_t target_offset; /* where in `to` it points */
    bool tagged;            /* with a count or flags in the pointer's unused bits */
    const char *label;      /* "next", or NULL */
    bool exact;
    const char *ownership; /* "shared", "intrusive", "weak", "owned", "link"; NULL: a plain pointer,
                              or unknown */
};

/* What only these cycles keep: blocks outside of cycles, by the member that leads to them. */
struct cycle_tail {
    size_t holder;        /* the member that leads to them */
    struct amount amount; /* of all such cycles together */
    const char *type;
    const struct site *site;
};

/* Identical cycles: same sites, types and edge offsets. */
struct cycle {
    uint64_t count;
    struct amount amount;                     /* of all of them */
    uint64_t retained_blocks, retained_bytes; /* that go when all of them go, themselves included */
    struct amount shared;                     /* that they lead to, but other leaks do as well */
    char fingerprint[FINGERPRINT_BYTES];
    const struct cycle_member *members; /* of the first one */
    size_t member_count;
    const struct cycle_edge *edges;
    size_t edge_count;
    size_t weaken;          /* the edge to cut */
    const char *why_weaken; /* "the only edge back to the oldest member", ... */
    const struct cycle_tail *tails;
    size_t tail_count;
    const char *const *only_weak; /* what of memory in use knows it: "registry[] (robot.cpp:6)"; the
                                     first few; it keeps nothing alive */
    size_t only_weak_count;
    const char *const *owners; /* who in the cycle owns what they know: "main::lambda.n" */
    size_t owner_count;
    uint64_t use_count, owners_found; /* as the control block counts; pointers found in the cycle */
};

/* Objects of one type that are destroyed while weak references keep their memory. */
struct expired {
    const char *type; /* "Node (expired)"; NULL: nothing tells */
    const struct site *site;
    struct amount amount;
    uint64_t weak;       /* references that are counted */
    const char *held_by; /* the first that was found: "registry[] (robot.cpp:6)"; NULL: unknown */
};

/* Blocks of one site that an allocator on top of malloc hands out in pieces: what is lost inside
 * is not seen. */
struct pool {
    const char *name; /* "std::pmr::monotonic_buffer_resource" */
    const struct site *site;
    struct amount amount; /* that live at the end */
};

/* A built-in suppression that applied. */
struct suppression {
    const char *name, *what; /* "shell", "what bash, ... keep of a script until they exit" */
    struct amount hits;      /* without what those blocks hold */
};

struct leaks {
    bool checked;
    const char *why_not; /* NULL when checked */
    struct amount all, direct, indirect, cycle, suppressed, reachable;
    const struct suppression *builtin; /* that applied, most bytes first */
    size_t builtin_count;
    const struct leak *sites; /* biggest retained first */
    size_t site_count;
    uint64_t maybe_only_weak; /* objects in use that perhaps only weak references reach: the types
                                 of some pointers to them are not known */
};

/* One source line, over all sites whose innermost frame with a source is on it. */
struct line {
    const char *file, *function;
    unsigned line;
    struct figures figures;
};

enum memory_error_kind { DOUBLE_FREE, INVALID_FREE, MISMATCHED_FREE };
extern const char *const memory_error_names[]; /* "double-free", "invalid-free", ... */

struct memory_error {
    enum memory_error_kind kind;
    uint64_t count, address, size_bytes;
    const char *allocated_with, *freed_with; /* "malloc", "new", "new[]"; "free", "delete", ... */
    struct stack stack;                      /* who freed */
    const struct site *allocated;            /* NULL unknown */
    struct stack first_freed;                /* who freed it before; no frame when unknown */
};

/* One of the collector's generations, in gc.get_threshold()'s, get_count()'s and get_stats()'s
 * words. */
struct python_generation {
    int64_t threshold, count;
    uint64_t collections, collected, uncollectable;
};

struct python_type {
    const char *name; /* "robot.Node", "dict" */
    uint64_t objects, bytes;
    uint64_t garbage_objects, garbage_bytes;
};

/* Objects of one type and birth that count more references than there are: a Py_DECREF is missing.
 */
struct python_leak {
    const char *type;
    uint64_t address; /* of the first */
    uint64_t objects, bytes, retained_bytes;
    uint64_t references, found; /* references that Python counts, and pointers that exist */
    bool is_held;               /* something still points to them */
    const struct site *site;
};

/* The Python side of a process. */
struct python {
    const char *version; /* "3.11.2" */
    const char *why_not; /* why its frames and objects are not shown; NULL when they are */
    bool checked;        /* its objects were examined, before it collects what is left at its end */
    const char *unchecked_why; /* NULL when checked */
    bool is_doubtful;          /* not checked, though nobody said that it need not be */
    uint64_t objects, bytes;   /* all objects that were found */
    bool gc_enabled;
    struct python_generation generations[3];
    uint64_t uncollectable_objects; /* in gc.garbage */
    const struct cycle *cycles;     /* that the collector would find, biggest retained first */
    size_t cycle_count;
    uint64_t garbage_cycles, garbage_objects, garbage_bytes;
    uint64_t garbage_retained_bytes; /* with what only they hold, native memory included */
    const struct cycle *mixed; /* through C++ too, by pybind11: the collector never finds them */
    size_t mixed_count;
    uint64_t mixed_cycles, mixed_retained_bytes; /* of both: objects and native blocks */
    const struct python_type *types;             /* most objects first */
    size_t type_count;
    const struct python_leak *leaks; /* most bytes first */
    size_t leak_count;
    uint64_t constant_objects,
        constant_bytes; /* the same, but made just once, while an extension was imported */
};

/* What a thread allocated at one site. */
struct thread_site {
    const struct site *site;
    uint64_t allocations, allocated_bytes;
};

/* A thread, or several in a row that shared a slot; then the name is the last one's. */
struct thread {
    int tid;
    const char *name;
    bool real_time; /* SCHED_FIFO or SCHED_RR when it was last checked */
    uint64_t threads;
    uint64_t allocations, frees;
    const struct thread_site *sites; /* most allocations first */
    size_t site_count;
};

struct advice {
    const char *kind, *text;
    struct stack stack;
};

struct drop {
    const char *what; /* "blocks not followed: no memory for the live table" */
    uint64_t count;
    bool from_counts; /* then the true peaks and allocations are higher */
};

struct totals {
    uint64_t allocations, allocated_bytes, frees, live_blocks, live_bytes;
    uint64_t peak_bytes, peak_slack_bytes, temporary_allocations, dropped;
    uint64_t inherited_blocks, inherited_bytes;
    bool forked_beside_threads; /* inherited blocks are judged in the parent alone */
    bool inherited_left_out;    /* so they are because they are many; not in the graph */
    uint64_t threads;           /* that allocated */
    uint64_t peak_after_ns;     /* from the start until the peak was reached */
    const struct lifetime *lifetimes;
    size_t lifetime_count;
};

enum snapshot_reason {
    SNAPSHOT_AT_EXIT,
    SNAPSHOT_AT_EXEC,
    SNAPSHOT_AT_SIGNAL,
    SNAPSHOT_AT_REQUEST, /* `leakgraph snapshot PID` */
    SNAPSHOT_AT_THRESHOLD,
    SNAPSHOT_AT_PERIOD,
    SNAPSHOT_AT_CALL,       /* the program's own leakgraph_snapshot() */
    SNAPSHOT_AT_PYTHON_END, /* before Python collects what is left */
};
extern const char *const snapshot_reason_names[];

enum snapshot_state { SNAPSHOT_COMPLETE, SNAPSHOT_WRITING, SNAPSHOT_FAILED, SNAPSHOT_THINNED };
extern const char *const snapshot_state_names[]; /* "complete", "unfinished", ... */

/* An object graph, or a request for one that failed. */
struct snapshot {
    uint64_t number;   /* from 1, as in SESSION@2 */
    const char *label; /* NULL: none */
    enum snapshot_reason reason;
    enum snapshot_state state;
    const char *why_not; /* NULL when complete */
    uint64_t time_ns;    /* since the process began */
    uint64_t pause_ns, expected_pause_ns;
    uint64_t scan_ns, scan_cpu_ns;     /* the scan beside the program: its duration and CPU time */
    uint64_t size_bytes;               /* in the recording */
    uint64_t nodes, edges, bytes;      /* blocks, pointers between them, bytes of the blocks */
    uint64_t threads, threads_missing; /* all, and those whose stack had to be taken whole */
    uint64_t repeats;                  /* how often the same failure repeated right after it */
    bool is_quiet; /* no thread was stopped: pointers in registers were not seen */
};

enum process_end { ENDED_EXIT, ENDED_SIGNAL, ENDED_EXEC, ENDED_KILLED, ENDED_RUNNING };
extern const char *const process_end_names[];

struct process {
    const char *path; /* of the recording */
    int pid, ppid;
    const char *executable;
    const char *const *command; /* NULL-terminated */
    const char *ros_namespace;  /* ROS_NAMESPACE in its environment; NULL: none */
    uint64_t started_realtime_ns, duration_ns;
    enum process_end ended;
    int status;
    const char *foreign_allocator; /* path of the module whose malloc it uses; NULL: libc's */
    bool glib_slices_off; /* GLib was told to use malloc, so that each of its objects is seen */
    struct totals totals;
    struct leaks leaks;
    const struct cycle *cycles; /* biggest retained first */
    size_t cycle_count;         /* groups; the number of cycles is the sum of .count */
    uint64_t cycles_total;
    const struct expired *expired; /* most bytes first */
    size_t expired_count;
    const struct pool *pools; /* most bytes first */
    size_t pool_count;
    const struct site *sites; /* biggest peak first */
    size_t site_count;
    const struct line *lines; /* most allocated bytes first */
    size_t line_count;
    const struct memory_error *errors;
    size_t error_count;
    const struct python *python;  /* NULL: no Python */
    const struct thread *threads; /* that allocated */
    size_t thread_count;
    const struct advice *advice;
    size_t advice_count;
    const struct drop *drops; /* only what happened */
    size_t drop_count;
    const struct timeline *timeline;    /* analyzer/recording/timeline.h; NULL: none was made */
    const char *timeline_why_not;       /* what is wrong with it; NULL otherwise */
    const struct object_graph *objects; /* NULL: not asked for */
    const struct snapshot *snapshots;   /* in order of their numbers */
    size_t snapshot_count;
};

/* Processes of a session that have no recording, alike in program and reason. */
struct unrecorded {
    struct process process; /* the first: its pid (0 unknown) and executable, no more */
    const char *why;        /* "it is statically linked" */
    uint64_t count;
};

struct session {
    const char *path;
    struct process *processes; /* in order of their start */
    size_t process_count;
    const struct error *damaged; /* one for every recording that could not be read */
    size_t damaged_count;
    const struct unrecorded *unrecorded; /* that are known of */
    size_t unrecorded_count;
    void *owned; /* the analyzer's */
};

struct suppression_rules;
struct object_query; /* object_graph.h */

struct session_options {
    bool without_symbols; /* addresses only: fast */
    /* For a summary: a site that lost nothing gets only its stack_digest in place of its stack
     * (cut), and no fingerprint. Fast with many thousands of stacks. */
    bool summary;
    bool with_kept;    /* fills kept_blocks and kept_bytes of sites */
    uint64_t snapshot; /* the number of the snapshot to judge leaks by; 0: the last */
    const struct object_query *objects;     /* NULL: no object graph is wanted */
    struct suppression_rules *suppressions; /* the user's; NULL: none; they count their hits */
};

/*
 * Reads a session folder or a single recording file; "PATH@2" is PATH by its snapshot 2. NULL with
 * `error` when there is nothing to read: no such folder, no recording in it, or all are damaged. If
 * some are good, the damaged ones are listed.
 */
struct session *session_load(const char *path, const struct session_options *options,
                             struct error *error);
void session_free(struct session *session);

#endif
