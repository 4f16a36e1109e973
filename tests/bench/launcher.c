/* SPDX-License-Identifier: MIT */
/*
 * launcher RESULT TIMEOUT_S ADDRESS_SPACE_MB SAMPLE COMMAND...
 *
 * Runs COMMAND and writes to RESULT what it cost, all of its processes together, orphans included:
 *
 *     {"status": 0, "wall_ns": 1, "cpu_ns": 1, "max_rss_kb": 1, "peak_kb": 1, "timed_out": 0}
 *
 * status is as a shell has it; max_rss_kb is the largest single process; peak_kb, with SAMPLE=1,
 * the largest sum of proportional set sizes over the tree of processes, looked up every few
 * milliseconds. ADDRESS_SPACE_MB 0: no limit. A small program does this because a child inherits
 * its parent's resident set in ru_maxrss: an interpreter's would hide what small programs need.
 */
#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLE_INTERVAL_US 3000

struct costs {
    int status;
    uint64_t wall_ns, cpu_ns, max_rss_kb, peak_kb;
};

static pid_t command_pid;
static volatile sig_atomic_t timed_out;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t nanoseconds(struct timeval time)
{
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_usec * 1000u;
}

static void kill_all(int signal_number)
{
    (void)signal_number;
    timed_out = 1;
    kill(-command_pid, SIGKILL);
}

static uint64_t proportional_kb(const char *pid)
{
    char path[64], line[256];
    unsigned long kb = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%.20s/smaps_rollup", pid);
    file = fopen(path, "r");
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %lu", &kb) == 1)
            break;
    fclose(file);
    return kb;
}

/* Everything the command started is in its process group. */
static bool in_group(const char *pid)
{
    char path[64];
    int group = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    file = fopen(path, "r");
    if (!file)
        return false;
    if (fscanf(file, "%*d (%*[^)]) %*c %*d %d", &group) != 1)
        group = 0;
    fclose(file);
    return group == command_pid;
}

static uint64_t tree_kb(void)
{
    DIR *processes = opendir("/proc");
    struct dirent *entry;
    uint64_t sum = 0;

    if (!processes)
        return 0;
    while ((entry = readdir(processes)))
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && in_group(entry->d_name))
            sum += proportional_kb(entry->d_name);
    closedir(processes);
    return sum;
}

static uint64_t larger(uint64_t one, uint64_t other)
{
    return one > other ? one : other;
}

/* Looking holds up the processes that are looked at: a fifth of the time at the most. */
static uint64_t tree_kb_at_leisure(void)
{
    uint64_t started_ns = now_ns(), kb = tree_kb();

    usleep((useconds_t)larger(SAMPLE_INTERVAL_US, (now_ns() - started_ns) / 1000 * 4));
    return kb;
}

static void start(char **command, unsigned long address_space_mb)
{
    command_pid = fork();
    if (command_pid < 0) {
        perror("launcher: fork");
        exit(125);
    }
    if (!command_pid) {
        struct rlimit limit = {address_space_mb << 20, address_space_mb << 20}, no_core = {0, 0};

        setpgid(0, 0);
        setrlimit(RLIMIT_CORE, &no_core);
        if (address_space_mb)
            setrlimit(RLIMIT_AS, &limit);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    setpgid(command_pid, command_pid);
}

static void add_child(struct costs *costs, pid_t pid, int status, const struct rusage *usage,
                      uint64_t started_ns)
{
    costs->cpu_ns += nanoseconds(usage->ru_utime) + nanoseconds(usage->ru_stime);
    if ((uint64_t)usage->ru_maxrss > costs->max_rss_kb)
        costs->max_rss_kb = (uint64_t)usage->ru_maxrss;
    if (pid == command_pid) {
        costs->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        costs->wall_ns = now_ns() - started_ns;
    }
}

/* Until the last of them is gone, adopted orphans too. */
static void wait_for_all(struct costs *costs, bool sample, uint64_t started_ns)
{
    for (;;) {
        struct rusage usage;
        int status;
        pid_t pid = wait4(-1, &status, sample ? WNOHANG : 0, &usage);

        if (pid > 0) {
            add_child(costs, pid, status, &usage, started_ns);
        } else if (!pid) {
            costs->peak_kb = larger(costs->peak_kb, tree_kb_at_leisure());
        } else if (errno != EINTR) {
            return;
        }
    }
}

int main(int argc, char **argv)
{
    struct costs costs = {0};
    uint64_t started_ns;
    FILE *result;

    if (argc < 6) {
        fputs("usage: launcher RESULT TIMEOUT_S ADDRESS_SPACE_MB SAMPLE COMMAND...\n", stderr);
        return 2;
    }
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    signal(SIGALRM, kill_all);
    started_ns = now_ns();
    start(argv + 5, strtoul(argv[3], NULL, 10));
    alarm((unsigned)strtoul(argv[2], NULL, 10));
    wait_for_all(&costs, argv[4][0] == '1', started_ns);
    result = fopen(argv[1], "w");
    if (!result) {
        perror(argv[1]);
        return 125;
    }
    fprintf(result,
            "{\"status\": %d, \"wall_ns\": %" PRIu64 ", \"cpu_ns\": %" PRIu64
            ", \"max_rss_kb\": %" PRIu64 ", \"peak_kb\": %" PRIu64 ", \"timed_out\": %d}\n",
            costs.status, costs.wall_ns, costs.cpu_ns, costs.max_rss_kb, costs.peak_kb,
            (int)timed_out);
    return fclose(result) ? 125 : 0;
}
