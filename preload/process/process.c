/* SPDX-License-Identifier: MIT */
#include "preload/process/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload/arch/machine.h"
#include "preload/blocks/call_stack.h"
#include "preload/base/clock.h"
#include "preload/blocks/counters.h"
#include "preload/blocks/errors.h"
#include "preload/recording/children.h"
#include "preload/recording/event_clock.h"
#include "preload/process/fatal_signals.h"
#include "preload/blocks/freed_blocks.h"
#include "preload/blocks/live_blocks.h"
#include "preload/unwind/modules.h"
#include "preload/snapshot/our_signal.h"
#include "preload/blocks/stale_words.h"
#include "preload/base/private_memory.h"
#include "preload/base/proc_file.h"
#include "preload/python/python.h"
#include "preload/python/python_codes.h"
#include "preload/base/real_malloc.h"
#include "preload/recording/recording_writer.h"
#include "preload/snapshot/snapshot.h"
#include "preload/recording/snapshot_options.h"
#include "preload/scan/changed_pages.h"
#include "preload/snapshot/snapshot_requests.h"
#include "preload/unwind/stack_table.h"
#include "preload/recording/threads.h"

enum state { NOT_STARTED, STARTING, RECORDING, OFF };
static _Atomic int state;
static char session[4096];
static int start_failure; /* errno: why this process is not recorded */
static bool glib_slices_off;

static void store_string(uint64_t *where, const char *text)
{
    if (text && *text)
        *where = recording_string(text, strlen(text));
}

static void describe_command(struct recording_header *header)
{
    enum { CAPACITY = 128 * 1024 };
    char *text = private_memory_map(CAPACITY);
    int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
    ssize_t count = text && fd >= 0 ? read(fd, text, CAPACITY) : 0;
    if (count > 0)
        header->command = recording_string(text, (size_t)count);
    if (fd >= 0)
        close(fd);
    if (text)
        private_memory_unmap(text, CAPACITY);
}

static uint64_t start_ticks(void)
{
    enum { STAT_PPID = 4, STAT_STARTTIME = 22, COUNT = STAT_STARTTIME - STAT_PPID + 1 };
    char text[1024];
    uintptr_t fields[COUNT];
    const char *stat = proc_file_stat_fields(proc_file_read("/proc/self/stat", text, sizeof text));
    if (!stat || proc_file_numbers(stat + 2, fields, COUNT) != COUNT)
        return 0;
    return fields[COUNT - 1];
}

static void describe_process(struct recording_header *header)
{
    char path[4096];
    header->started_realtime_ns = clock_read_ns(CLOCK_REALTIME);
    header->started_ns = clock_ns();
    header->machine = MACHINE_ELF;
    header->pid = getpid();
    header->ppid = getppid();
    header->process_start_ticks = start_ticks();
    header->unchecked = RECORDING_NO_SNAPSHOT;
    header->glib_slices_off = glib_slices_off;
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    store_string(&header->executable, path);
    store_string(&header->directory, getcwd(path, sizeof path));
    store_string(&header->ros_namespace, getenv("ROS_NAMESPACE"));
    describe_command(header);
}

/* An absolute path: the program may change its directory before it forks. */
static bool find_session(void)
{
    const char *wanted = getenv("LEAKGRAPH_OUT");
    if (!wanted || !*wanted)
        wanted = "leakgraph.data";
    size_t used = 0;
    if (*wanted != '/') {
        if (!getcwd(session, sizeof session - 2))
            return false;
        used = strlen(session);
        session[used++] = '/';
    }
    if (used + strlen(wanted) + 1 > sizeof session)
        return false;
    strcpy(session + used, wanted);
    return true;
}

/* So much is mapped for the first blocks and stacks. */
enum { START_BYTES = 12 << 20 };

/* A recording that says why it has nothing to tell, and no memory of ours stays. */
static void leave_unseen(void)
{
    static struct recording_detached all;
    describe_process(recording_header);
    recording_header->unseen = RECORDING_UNSEEN_NO_ROOM;
    recording_trim(0);
    recording_detach(&all);
    recording_release(&all);
}

/* This may allocate: hooks do not record while the state is STARTING. */
static bool start(void)
{
    volatile uint32_t *mark = process_mark_make();
    if (!mark || !find_session() || !recording_create(session))
        return false;
    event_clock_start();
    if (!private_memory_has_room(START_BYTES)) {
        leave_unseen();
        return false;
    }
    bool is_glibc = real_malloc_is_ready() && real_malloc_is_glibc();
    live_blocks_start(is_glibc);
    errors_start(is_glibc);
    describe_process(recording_header);
    modules_refresh();
    stale_words_start(is_glibc, snapshot_options_clear_reused());
    call_stack_start();
    process_mark = mark;
    *mark = 1;
    return true;
}

/* What a child of a large process was born with is its parent's: its own graphs leave that out, or
   each of a hundred children would write all of it. */
static void set_inheritance_aside(void)
{
    enum { MANY_BLOCKS = 10000 };
    changed_pages_restart_after_fork();
    if (recording_header->inherited_blocks > MANY_BLOCKS)
        live_blocks_set_aside(threads_forked_at_ticks);
}

/* The child of a fork: one thread, the parent's recording still mapped. */
static bool start_again(void)
{
    static struct recording_detached parent;
    children_born(0);
    int32_t recorded_parent = recording_header->pid;
    recording_detach(&parent);
    bool created = recording_create(session);
    start_failure = created ? 0 : errno;
    if (created)
        describe_process(recording_header);
    live_blocks_restart_after_fork();
    modules_restart_after_fork();
    stack_table_restart_after_fork();
    threads_restart_after_fork();
    errors_restart_after_fork();
    counters_restart_after_fork();
    set_inheritance_aside();
    call_stack_restart_after_fork();
    python_codes_restart_after_fork();
    python_restart_after_fork();
    freed_blocks_start(0);
    snapshot_restart_after_fork(recorded_parent);
    fatal_signals_restart_after_fork();
    snapshot_requests_start();
    our_signal_restart_after_fork();
    children_settle(start_failure);
    if (created)
        recording_release(&parent);
    *(volatile uint32_t *)process_mark = created;
    return created;
}

bool process_begin(void)
{
    int now = process_mark_is_given_up ? OFF : atomic_load(&state);
    bool is_child = now == RECORDING && !*process_mark;
    if (now == OFF || now == STARTING || (now == NOT_STARTED && !environ))
        return false;
    if (now == RECORDING && !is_child)
        return true;
    if (!atomic_compare_exchange_strong(&state, &now, STARTING))
        return false;
    int saved_errno = errno;
    bool begun = is_child ? start_again() : start();
    errno = saved_errno;
    atomic_store(&state, begun ? RECORDING : OFF);
    return begun;
}

void process_note_slices_off(void)
{
    glib_slices_off = true;
    recording_header->glib_slices_off = 1;
}

const char *process_session(void)
{
    return session;
}

int process_start_failure(void)
{
    return start_failure;
}
