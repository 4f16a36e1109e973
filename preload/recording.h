/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_RECORDING_H
#define LEAKGRAPH_RECORDING_H

/*
 * The layout of a recording (*.lgr), the one thing that preload/ and analyzer/ share.
 *
 * A recording is state, not an event log: its size follows distinct stacks, threads and live
 * blocks, never run time. The target maps the file MAP_SHARED and updates it in place, so
 * whatever ends the process, the file holds the state of that moment.
 *
 *   page 0              struct recording_header
 *   then, page after page, chunks: struct recording_chunk followed by its payload
 *
 * A chunk starts at a multiple of RECORDING_PAGE_BYTES and spans `pages` of them. The writer
 * takes space by adding to header.used_bytes and fills the chunk header afterwards, so a process
 * killed in between leaves a page of zeros: a reader steps over it page by page. The file may be
 * larger than used_bytes (sparse) until the process ends. Everything is in the byte order of the
 * target; `byte_order` tells. A string reference is the file offset of a struct recording_string,
 * 0 for none. Times are nanoseconds of CLOCK_MONOTONIC unless they say real time.
 *
 * It stays in one piece: whoever reads or writes a recording finds all of it here.
 *
 * Only recording_writer.c writes chunks, only analyzer/recording/recording_open.c reads them.
 */

#include <stdint.h>

#define RECORDING_MAGIC "LGRECORD"
#define RECORDING_VERSION 5u
#define RECORDING_BYTE_ORDER 0x01020304u
#define RECORDING_PAGE_BYTES 4096u

enum recording_ended {
    RECORDING_RUNNING = 0, /* or ended without a chance to say so: SIGKILL, power loss */
    RECORDING_EXIT = 1,    /* status: exit status */
    RECORDING_SIGNAL = 2,  /* status: signal number */
    RECORDING_EXEC = 3,    /* the image was replaced; the new one has a recording of its own */
    RECORDING_KILLED = 4,  /* said by whoever waited for the process; status: signal number */
};

/* What could not be recorded, by cause. Every one of them is shown in the reports. */
enum recording_drop {
    RECORDING_DROP_LIVE_TABLE = 0, /* no memory for the live table: block not followed */
    RECORDING_DROP_SITE,           /* site or stack table full: counted under site 0 */
    RECORDING_DROP_COUNTERS,       /* no room for a site's counters */
    RECORDING_DROP_FRAMES,         /* stack cut: too deep or not walkable */
    RECORDING_DROP_ERRORS,         /* error list full */
    RECORDING_DROP_FILE,           /* disk full or limit reached: a chunk could not be made */
    RECORDING_DROP_MODULES,
    RECORDING_DROP_THREADS,    /* no state for a thread: its events are not counted */
    RECORDING_DROP_OPTIONS,    /* LEAKGRAPH_... in the environment that cannot be read */
    RECORDING_DROP_KINDS = 16, /* slots in the header, the unused ones stay 0 */
};

/* Why there is no verdict about leaks although the process was recorded. */
enum recording_unchecked {
    RECORDING_CHECKED = 0,       /* the last snapshot is complete, or none was tried yet */
    RECORDING_NO_SNAPSHOT,       /* none was tried: killed, still running */
    RECORDING_SNAPSHOT_FORK,     /* the process could not be forked; detail: errno */
    RECORDING_SNAPSHOT_DIED,     /* the scanning child died; detail: its wait status */
    RECORDING_SNAPSHOT_FULL,     /* no room for the graph in the recording */
    RECORDING_SNAPSHOT_MEMORY,   /* the child ran out of memory */
    RECORDING_SNAPSHOT_TIMEOUT,  /* the child took longer than its limit */
    RECORDING_SNAPSHOT_DISABLED, /* asked for by the user */
    RECORDING_BLOCKS_DROPPED,    /* blocks are missing from the live table */
    RECORDING_SNAPSHOT_PAUSE,    /* it would have stopped the program for longer than allowed */
    RECORDING_SNAPSHOT_BUSY,     /* another one was being written */
    RECORDING_SNAPSHOT_ENDING,   /* the process was at its end */
    RECORDING_SNAPSHOT_MAPS,     /* its list of mappings could not be read */
    RECORDING_UNCHECKED_KINDS,
};

/* Is the process a Python one, and if so, are its frames and objects seen? */
enum recording_python {
    RECORDING_PYTHON_NONE = 0,
    RECORDING_PYTHON_FOLLOWED,
    RECORDING_PYTHON_UNKNOWN_VERSION,
    RECORDING_PYTHON_FREE_THREADED, /* built without the global lock */
    RECORDING_PYTHON_UNLIKELY,      /* its frames are not where this version has them */
    RECORDING_PYTHON_STATES,
};

#define RECORDING_VERIFY_KINDS 8

enum { RECORDING_LABEL_BYTES = 128 };

/*
 * How another process asks for a snapshot, `leakgraph snapshot PID`. It holds an exclusive flock on
 * the recording while it uses this, fills the label, adds 1 to `asked`, and then sends `signal`
 * with sigqueue and the value RECORDING_REQUEST_VALUE to the process, if one of its threads can
 * take it; if none can, the request is seen by one of the next allocations. The process answers by
 * setting `answered` to the value of `asked` that it saw, after `failure` and `record`, where in
 * the file the struct recording_snapshot is that tells the rest. `asked` set back to `answered`
 * withdraws a request.
 */
#define RECORDING_REQUEST_VALUE 0x6c67
struct recording_request {
    uint32_t signal; /* 0: the process takes none */
    uint32_t asked;
    uint32_t answered;
    uint32_t failure;                  /* enum recording_unchecked */
    uint64_t record;                   /* 0 when the failure left none */
    char label[RECORDING_LABEL_BYTES]; /* ended by a NUL byte, may be empty */
};

struct recording_header {
    char magic[8];
    uint32_t byte_order;
    uint32_t version;
    uint32_t header_bytes; /* sizeof(struct recording_header) of the writer */
    uint32_t page_bytes;   /* RECORDING_PAGE_BYTES */
    uint64_t used_bytes;   /* end of the last chunk taken */
    uint32_t machine;      /* ELF e_machine of the target */
    uint32_t pointer_bytes;

    int32_t pid, ppid;
    uint64_t process_start_ticks; /* field 22 of /proc/PID/stat: tells a reused pid */
    uint64_t started_realtime_ns;
    uint64_t started_ns, ended_ns;
    uint32_t ended; /* enum recording_ended */
    int32_t status;
    uint32_t unchecked; /* enum recording_unchecked */
    int32_t unchecked_detail;
    uint64_t executable;        /* string: resolved path */
    uint64_t command;           /* string: arguments, each ended by a NUL byte */
    uint64_t directory;         /* string: working directory at the start */
    uint64_t foreign_allocator; /* string: path of the module whose malloc is used, when not libc */

    uint64_t inherited_blocks, inherited_bytes; /* live at the fork that made this process */
    uint64_t live_bytes;                        /* followed to within peak_slack_bytes */
    uint64_t peak_bytes;
    uint64_t peak_slack_bytes; /* the true peak is at most this much above peak_bytes */
    uint64_t peak_ns;          /* when it was reached */
    uint64_t peak_number;      /* counts peaks: see recording_site_counters */
    uint64_t dropped[RECORDING_DROP_KINDS];
    uint64_t unknown_frees; /* of memory from before the first hook, or of dropped blocks */

    uint64_t site_count; /* sites, site 0 included: at least about so many */
    uint64_t module_count;
    uint64_t thread_count; /* records in the thread table */
    uint64_t threads_seen; /* threads that allocated, ever */
    uint64_t error_count;  /* records in the error table */
    uint64_t snapshot_count;
    uint64_t child_count; /* notes about other processes, see struct recording_child */

    /* verify mode: stacks compared with libunwind, and mismatches by kind */
    uint64_t verified_stacks;
    uint64_t verify_mismatches[RECORDING_VERIFY_KINDS];
    uint64_t snapshot_child; /* pid of the process that scans now, 0 for none */
    uint64_t unseen;         /* enum recording_unseen */
    uint64_t
        thinnings; /* how often the streams of half of the snapshots were given up for new ones */
    struct recording_request request;
    uint64_t python;         /* enum recording_python */
    uint64_t python_version; /* string, as Py_GetVersion() has it: "3.11.2 (main, ...) [GCC ...]" */
    uint64_t python_unwanted;       /* 1: the user wants nothing to be known of its objects */
    uint64_t forked_beside_threads; /* 1: its parent had other threads then. What they held is not
                                       known here, so inherited blocks are marked as roots */
    uint64_t ros_namespace;         /* string: ROS_NAMESPACE in its environment at the start */
    uint64_t forks_in_flight;       /* begun, and the child has not noted itself yet */
    uint64_t glib_slices_off; /* 1: GLib uses malloc in place of its slices because we said so */
};

/* Threads tell in batches, a free perhaps before its allocation: live_bytes can be below zero. */
static inline uint64_t recording_live_bytes(const struct recording_header *header)
{
    return (int64_t)header->live_bytes > 0 ? header->live_bytes : 0;
}

/* Arrays: `used` bytes hold whole records; a record of zeros is one that was never finished. */
enum recording_chunk_type {
    RECORDING_CHUNK_NONE = 0, /* never finished: step over one page */
    RECORDING_CHUNK_STRINGS,  /* struct recording_string, one after another, 4-byte aligned */
    RECORDING_CHUNK_MODULES,  /* array of struct recording_module; key: index of the first */
    RECORDING_CHUNK_STACKS, /* words of stacks, see struct recording_stack; key: id of the first */
    RECORDING_CHUNK_SITES,  /* array of struct recording_site; key: id of the first */
    RECORDING_CHUNK_COUNTERS,  /* array of struct recording_site_counters for one thread slot;
                                  key: id of the first site; slot: thread slot */
    RECORDING_CHUNK_INHERITED, /* array of struct recording_inherited; key: id of the first site */
    RECORDING_CHUNK_THREADS,   /* array of struct recording_thread; key: slot of the first */
    RECORDING_CHUNK_ERRORS,    /* array of struct recording_error; key: index of the first */
    RECORDING_CHUNK_SNAPSHOT,  /* one struct recording_snapshot; key: its number, from 1 */
    RECORDING_CHUNK_ROOTS,     /* bytes of a snapshot's root stream; key: its number;
                                  sequence: place in the stream, from 0 */
    RECORDING_CHUNK_NODES,     /* the same of its node stream */
    RECORDING_CHUNK_TYPES,     /* the same of its type name stream */
    RECORDING_CHUNK_FREED,     /* array of uint64_t: blocks freed since the last snapshot;
                                  key: its number */
    RECORDING_CHUNK_PYTHON,    /* one struct recording_python_heap; key: number of its snapshot */
    RECORDING_CHUNK_PYTHON_OBJECTS, /* bytes of its stream of Python objects, as the streams above
                                     */
    RECORDING_CHUNK_PYTHON_TYPES,   /* the same of its type names */
    RECORDING_CHUNK_PYTHON_TEXTS,   /* the same of its label texts */
    RECORDING_CHUNK_PYTHON_ROOTS,   /* the same of the references from frames that run */
    RECORDING_CHUNK_CODES,          /* array of struct recording_code; key: id of the first */
    RECORDING_CHUNK_CARRIES,        /* array of struct recording_carry; key: index of the first */
    RECORDING_CHUNK_PLACES,   /* bytes of a snapshot's stream of its threads' places, as the streams
                                 above */
    RECORDING_CHUNK_CHILDREN, /* array of struct recording_child; key: 0 */
    RECORDING_CHUNK_OWNERS,   /* a stream like PLACES: the owners that shared objects count */
    RECORDING_CHUNK_TYPE_COUNT,
};

/* 64 bytes; the payload follows at once. */
struct recording_chunk {
    uint32_t type;  /* written last, with release order */
    uint32_t pages; /* size of the chunk, this header included */
    uint64_t used;  /* payload bytes that are valid */
    uint64_t key;
    uint32_t slot;
    uint32_t sequence;
    uint64_t reserved[4];
};

struct recording_string {
    uint32_t length; /* bytes, no terminating NUL */
    char bytes[];
};

enum recording_module_flags {
    RECORDING_MODULE_MAIN = 1,
    RECORDING_MODULE_LOADER = 2, /* ld.so */
    RECORDING_MODULE_LIBC = 4,
    RECORDING_MODULE_SHIM = 8, /* libleakgraph.so itself */
    RECORDING_MODULE_VDSO = 16,
    RECORDING_MODULE_PYTHON = 32, /* CPython's interpreter is in it */
};

/* 120 bytes. A module mapped again at the same address takes its old record again. */
struct recording_module {
    uint64_t path;                   /* string */
    uint64_t bias;                   /* run-time address - address in the ELF file */
    uint64_t start, end;             /* mapped range */
    uint64_t loaded_ns, unloaded_ns; /* unloaded_ns is 0 while it is mapped */
    uint32_t flags;
    uint32_t build_id_bytes; /* 0 when it has none */
    uint8_t build_id[32];
    uint64_t tls_bytes; /* of its thread-local storage, in each thread; 0 when it has none */
    uint64_t reserved[3];
};

#define RECORDING_NO_MODULE 0xffffffu
enum recording_stack_flags {
    RECORDING_STACK_EXACT_PC = 1u << 24, /* pc is the interrupted instruction (signal frame), not a
                                            return address: do not step back before symbolising */
    RECORDING_STACK_CUT = 1u << 25,      /* outermost frame known, but the stack went on */
    RECORDING_STACK_PYTHON =
        1u << 26, /* a Python frame: instead of a pc, the id of its code <<
                     RECORDING_LINE_BITS | line (0: none); it is in no module */
};

/*
 * Stacks are words of 4 bytes. The id of a stack is the index of its first word; 0 is the empty
 * stack. It starts, at the outermost frame, with some frames of another stack, its base, and goes
 * on inward with frames of its own. The last frame that it has from its base is one of the base's
 * own, so that a chain of bases is never longer than the stack; a base has a smaller id. Each own
 * frame is
 *
 *     distance << 1      when its caller has the same module and flags: signed, pc - the caller's
 * pc RECORDING_FAR_FRAME, index of the module | enum recording_stack_flags, pc's low and high word
 *
 * The outermost frame is always far. A stack whose `frames` is 0 was never finished.
 */
struct recording_stack {
    uint32_t base;   /* stack, 0: none */
    uint32_t frames; /* from the base << RECORDING_OWN_FRAMES_BITS | own */
};
enum { RECORDING_OWN_FRAMES_BITS = 12 }; /* so a deep stack is a chain of several */
#define RECORDING_FAR_FRAME 1u

enum { RECORDING_LINE_BITS = 20 };

/* 32 bytes. A code object of Python; id 0 stands for none. Equal ones are one record, mostly. */
struct recording_code {
    uint64_t name; /* string: qualified; up to 3.10 the plain name */
    uint64_t file; /* string: as Python has it, maybe relative, maybe "<string>" */
    uint32_t first_line;
    uint32_t reserved[3];
};

/* 8 bytes. Site 0 stands for what has no site of its own (see RECORDING_DROP_SITE). */
struct recording_site {
    uint32_t stack;
    uint32_t flags; /* enum recording_site_flags */
};

enum recording_site_flags {
    RECORDING_SITE_REALLOC = 1, /* blocks of it were made by realloc from others */
};

/*
 * A lifetime is counted by its order: 1 less than 2^RECORDING_LIFETIME_SHIFT ns, each of the next
 * twice as long, RECORDING_LIFETIMES all the rest. Order 1 is not counted: it is that of all other
 * frees.
 */
enum {
    RECORDING_LIFETIME_SHIFT = 12,
    RECORDING_LIFETIMES = 35,
};

/*
 * 192 bytes, one per site and thread slot that used it; a site's figures are the sums over the
 * slots. live = inherited + allocations - frees. A slot's share of the live bytes at the peak:
 * bytes_at_peak when peak_number equals the lower half of header.peak_number, otherwise
 * allocated_bytes - freed_bytes of now (the slot did not touch the site since the peak); plus the
 * inherited bytes, once per site.
 */
struct recording_site_counters {
    uint64_t allocations, allocated_bytes;
    uint64_t frees, freed_bytes; /* of blocks of this site, whoever freed them */
    uint64_t temporary;
    int64_t bytes_at_peak;
    uint32_t peak_number;
    uint32_t reserved;
    uint32_t lifetimes[RECORDING_LIFETIMES - 1]; /* from order 2 on; see recording_carry */
};

/* 16 bytes: 2^32 blocks of the site lived so long, `times` over, beside those in its counters. */
struct recording_carry {
    uint32_t site;
    uint32_t order; /* from 2 */
    uint64_t times;
};

/* 16 bytes. What a forked child was born with, written once when its recording starts. */
struct recording_inherited {
    uint64_t blocks, bytes;
};

enum recording_thread_flags {
    RECORDING_THREAD_REAL_TIME =
        1, /* SCHED_FIFO or SCHED_RR; its slot is shared with such threads only */
};

/* 128 bytes. A slot is used again after its thread ended; it tells of the last one. */
struct recording_thread {
    int32_t tid;
    uint32_t flags;
    uint64_t started_ns, ended_ns;
    char name[16];
    int32_t policy, priority;
    uint64_t threads; /* that had this slot, one after another */
    uint64_t reserved[9];
};

enum recording_child_state {
    RECORDING_CHILD_NONE = 0, /* withdrawn */
    RECORDING_CHILD_FORKED,   /* has not allocated yet, so there is nothing to record */
    RECORDING_CHILD_RECORDED, /* has a recording of its own */
    RECORDING_CHILD_FAILED,   /* could not make one; `failure` */
    RECORDING_CHILD_EXECUTES, /* became another program, which has one of the same pid if it could
                               */
};

/* What keeps a program from recording itself, as far as its file and environment tell. */
enum recording_program {
    RECORDING_PROGRAM_FINE = 0,
    RECORDING_PROGRAM_STATIC,
    RECORDING_PROGRAM_OTHER_MACHINE,
    RECORDING_PROGRAM_OTHER_LIBC,
    RECORDING_PROGRAM_PRIVILEGED, /* more rights than its user's: the loader drops the preload */
    RECORDING_PROGRAM_SANITIZED, /* AddressSanitizer must come first, and has a malloc of its own */
    RECORDING_PROGRAM_NO_ENVIRONMENT, /* LD_PRELOAD or LEAKGRAPH_OUT is gone */
    RECORDING_PROGRAM_NO_ROOM,        /* its limits of memory are too low to load the preload */
};

/* With less than that no preload: the program's own libraries would find no place beside it. */
#define RECORDING_LEAST_ADDRESS_SPACE ((uint64_t)16 << 20)
#define RECORDING_LEAST_DATA ((uint64_t)8 << 20)

/* Why nothing is known of the blocks of a process that has a recording. */
enum recording_unseen {
    RECORDING_SEEN = 0,
    RECORDING_UNSEEN_OWN_MALLOC, /* the program has one of its own */
    RECORDING_UNSEEN_NO_ROOM,    /* the tables would take the memory that its limits leave it */
};

/*
 * 128 bytes. A process that one of the session started, or the program that this one becomes. A
 * forked child notes itself in its parent's recording, which it has mapped from birth: that needs
 * no right, no descriptor and no file system.
 */
struct recording_child {
    int32_t pid;               /* as it knows itself */
    uint32_t state;            /* enum recording_child_state */
    uint64_t time_ns, boot_ns; /* CLOCK_MONOTONIC and CLOCK_BOOTTIME, when the state was reached */
    int32_t failure;           /* errno */
    uint32_t program;          /* enum recording_program */
    uint32_t user;             /* effective user id */
    uint32_t reserved;
    char name[88]; /* of its program, or the end of its path; ended by a NUL byte */
};

enum recording_error_kind {
    RECORDING_DOUBLE_FREE = 1,
    RECORDING_INVALID_FREE = 2,
    RECORDING_MISMATCHED_FREE = 3,
};

/* How a block was asked for; also how a mismatched free was tried. */
enum recording_block_kind {
    RECORDING_KIND_MALLOC = 0,
    RECORDING_KIND_NEW = 1,
    RECORDING_KIND_NEW_ARRAY = 2,
    RECORDING_KIND_PYTHON = 3, /* PyMem_Malloc or PyObject_Malloc: an object, or what it holds */
};

/* 64 bytes. Equal kind, stack and allocated_site are counted in one record. */
struct recording_error {
    uint32_t kind;                      /* enum recording_error_kind */
    uint32_t stack;                     /* who freed */
    uint64_t address, size_bytes;       /* of the first; size 0 when unknown */
    uint32_t allocated_site;            /* 0 when unknown */
    uint8_t allocated_kind, freed_kind; /* enum recording_block_kind */
    uint16_t reserved0;
    uint64_t count;
    uint64_t first_ns;
    int32_t tid;
    uint32_t first_freed; /* stack of one frame: who freed the block before; 0 unknown */
    uint32_t reserved1[2];
};

enum recording_snapshot_reason {
    RECORDING_AT_EXIT = 1,
    RECORDING_AT_EXEC,
    RECORDING_AT_SIGNAL,
    RECORDING_AT_REQUEST,   /* by another process */
    RECORDING_AT_THRESHOLD, /* of live bytes or resident memory */
    RECORDING_AT_PERIOD,
    RECORDING_AT_CALL,       /* by the program itself */
    RECORDING_AT_PYTHON_END, /* Python is about to be finalised: nothing is collected yet */
};

enum recording_snapshot_state {
    RECORDING_SNAPSHOT_WRITING = 1, /* also what a child that died leaves behind */
    RECORDING_SNAPSHOT_COMPLETE = 2,
    RECORDING_SNAPSHOT_FAILED = 3,  /* `failure` says why; refused ones are never begun */
    RECORDING_SNAPSHOT_THINNED = 4, /* was complete; its streams went to make room for later ones */
};

enum recording_snapshot_flags {
    RECORDING_SNAPSHOT_QUIET = 1, /* no thread was stopped: registers are unknown */
    RECORDING_SNAPSHOT_OWN = 2,   /* of a forked child: without the blocks that it was born with,
                                     which   are roots. They are many, and its parent's. */
};

enum { RECORDING_ROUNDED_BIRTH_BYTES = 48, RECORDING_BIRTH_BITS = 22 };

/* pthread keys: glibc's tables have so many {sequence, value} in a row. */
enum { RECORDING_KEYS_IN_TABLE = 32, RECORDING_KEY_BYTES = 16 };

/*
 * The streams are unsigned LEB128 numbers; a chunk may end in the middle of one.
 *
 *   nodes, in address order:  (address - previous address) / 8, size in bytes,
 *       site << 3 | enum recording_block_kind << 1 | is_root, type (0 none),
 *       birth (only when birth_origin_ns is not 0): 0 unknown, otherwise 1 + zigzag(nanoseconds
 * since then - those of the previous node with a birth, 0 before the first); of blocks of at most
 *       RECORDING_ROUNDED_BIRTH_BYTES rounded down by up to the 2^RECORDING_BIRTH_BITSth part;
 *       then its edges:
 *         (word - previous word) << 2 | is_tagged << 1 | is_interior
 *                                                      words of 8 bytes counted from 1; tagged: the
 *                                                      pointer has more in its unused bits
 *         zigzag(target - previous target)             indices of nodes, previous starts as the
 *                                                      node's own index
 *         offset into the target                       only when is_interior
 *       and 0 to end the node. is_root marks blocks of the loader and libc, reachable by
 * definition, and those that header.forked_beside_threads tells of. roots:  kind (enum
 * recording_root_kind) << 1 | is_tagged, owner, address it was found at, target, offset; then 0 to
 * end. For registers the address is the register's number. types:  length and bytes of a name; the
 * first has index 1. places: where in memory each thread has what; absent in a graph that was made
 * by other means. tid + 1, then three lists, each ended by 0: (index of a module + 1), address of
 * the module's thread-local storage (first key / RECORDING_KEYS_IN_TABLE + 1), address of the
 * values of so many pthread keys (index of the module | RECORDING_STACK_EXACT_PC) + 1, pc,
 * zigzag(stack pointer - that of the frame before, at first 0): frames, innermost first. A frame
 * ends where the next begins; the last has pc 0 and stands for what is not known. and 0 to end.
 * owners: of the control blocks of shared_ptr and its like; absent in a graph without any. Index of
 * the node - that of the one before (-1 before the first), then where in the block the object
 * begins
 * << 1 | whether it is a pointer that leads to it from there, owners (0: the object is destroyed,
 * or about to be), weak references; and 0 to end.
 */
struct recording_snapshot {
    uint32_t state;  /* enum recording_snapshot_state */
    uint32_t reason; /* enum recording_snapshot_reason */
    uint64_t time_ns, pause_ns, scan_ns;
    uint64_t label; /* string */
    uint64_t node_count, edge_count, root_count, type_count;
    uint64_t block_bytes;
    uint64_t scanned_bytes, root_bytes, unreadable_bytes;
    uint32_t threads, threads_missing; /* all, and those of whose stack pointer nothing is known */
    uint32_t flags;                    /* enum recording_snapshot_flags */
    uint32_t failure;                  /* enum recording_unchecked */
    int32_t failure_detail;
    uint32_t repeats; /* how often the same failed again, one after another, for the same reason */
    uint64_t expected_pause_ns, pause_limit_ns; /* as announced before; limit 0: none */
    uint64_t graph_bytes;                       /* of its chunks in the recording */
    uint64_t scan_cpu_ns;     /* scan_ns without what others had of the processor */
    uint64_t birth_origin_ns; /* when the clock of births began; 0: nodes tell no birth */
    uint64_t reserved[10];
};

/*
 * A Python interpreter at a snapshot. Its objects have indices of their own, in address order; the
 * allocation of one, when it is a block, begins at most 32 bytes before it. Streams:
 *
 *   objects:  (address - previous address) / 8, size in bytes (of the block when it is one), type
 * (from 1), references counted by Python, enum recording_python_flags, then its exact edges: (enum
 * recording_python_label + 1) the label's value zigzag(target - previous target)     indices of
 * objects, previous starts as the object's own and 0 to end the object. types and texts:  length
 * and bytes, UTF-8; the first has index 1. roots:  tid + 1 (1: of a thread not known), function's
 * name (a text, 0 none), local variable's name (the same), object; 0 to end.
 */
struct recording_python_heap {
    uint32_t minor;         /* 3.minor */
    uint32_t is_enabled;    /* the collector */
    uint32_t is_collecting; /* it was at work: what is garbage cannot be told */
    uint32_t debug_flags;
    uint64_t object_count, edge_count, type_count, text_count, root_count;
    uint64_t broken_objects; /* could not be traversed */
    struct {
        int32_t threshold, count;
        uint64_t collections, collected, uncollectable;
    } generations[3];
    uint64_t uncollectable_objects; /* in gc.garbage */
    uint64_t scan_ns;
    uint64_t unlisted; /* interpreters whose lists of objects are not where they should be */
    uint64_t reserved[7];
};

enum recording_python_flags {
    RECORDING_PYTHON_COLLECTED = 1, /* of a class that the collector looks at */
    RECORDING_PYTHON_TRACKED = 2,   /* in one of the three generations */
    RECORDING_PYTHON_FROZEN = 4,    /* in the permanent generation */
    RECORDING_PYTHON_IMMORTAL = 8,  /* its references are not counted */
    RECORDING_PYTHON_IN_BLOCK = 16, /* the object has a block of its own */
    RECORDING_PYTHON_TYPE = 32,
    RECORDING_PYTHON_FINALIZER = 64, /* its class has __del__ or another finalizer of its own */
    RECORDING_PYTHON_WEAK = 128,     /* a weak reference or proxy: what it refers to is not held */
    RECORDING_PYTHON_KEPT =
        256, /* a generator that keeps its variables when the collector closes it */
    RECORDING_PYTHON_KEEPS_FUNCTION = 512, /* one that then keeps all but those */
};

enum recording_python_label {
    RECORDING_PYTHON_UNKNOWN = 0,
    RECORDING_PYTHON_OFFSET,    /* value: offset in the object */
    RECORDING_PYTHON_ATTRIBUTE, /* value: text; kept in the instance's dict or in its place */
    RECORDING_PYTHON_SLOT,   /* value: text; __slots__ and members in C (__closure__, __self__) */
    RECORDING_PYTHON_KEY,    /* is a key of the dict; value: place */
    RECORDING_PYTHON_VALUE,  /* of a key that is a str; value: text */
    RECORDING_PYTHON_NUMBER, /* of a key that is an int; value: zigzag of it */
    RECORDING_PYTHON_OBJECT, /* of another key; value: text, its class */
    RECORDING_PYTHON_INDEX,  /* value: index in a list, tuple, deque */
    RECORDING_PYTHON_MEMBER, /* in a set */
    RECORDING_PYTHON_CELL,
    RECORDING_PYTHON_LOCAL, /* value: text, a frame's local variable */
    RECORDING_PYTHON_CLASS, /* the object's class */
    RECORDING_PYTHON_LABEL_COUNT,
};

enum recording_root_kind {
    RECORDING_ROOT_DATA = 1,     /* writable data of a module; owner: module index */
    RECORDING_ROOT_STACK = 2,    /* owner: tid */
    RECORDING_ROOT_REGISTER = 3, /* owner: tid */
    RECORDING_ROOT_TLS =
        4, /* a thread's descriptor and what lies behind it; owner: tid. Thread-local storage
              that lies before it counts as stack, that of main as anonymous: see places */
    RECORDING_ROOT_ANONYMOUS = 5, /* writable mapping that is not allocator memory; owner: 0 */
    RECORDING_ROOT_SHARED = 6,    /* the same of memory shared with mmap; owner: 0 */
    RECORDING_ROOT_INHERITED = 7, /* a block that RECORDING_SNAPSHOT_OWN leaves out; owner: 0 */
};

/* A block can hold so much more than was asked for, and edges may begin there. */
enum { RECORDING_MOST_SLACK_BYTES = 4096 };

#endif
