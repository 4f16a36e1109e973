/* SPDX-License-Identifier: MIT */
#include "report/timeline/timeline_sampler.h"

#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/proc_stat.h"
#include "analyzer/base/time_now.h"
#include "preload/recording.h"
#include "report/base/gzip.h"
#include "report/base/output.h"
#include "report/timeline/timeline_track.h"

enum {
    READING_SHARE = 100, /* reading the counters takes at most 1/100 of the time */
    LEAST_SAMPLES = 2,   /* a shorter run has no timeline */
    LEAST_INTERVALS = 4, /* a shorter timeline says nothing about sites */
    STACK_BYTES = 256 * 1024,
};
#define SAVE_EVERY_NS 60000000000u

struct watched {
    char *name; /* in the session folder */
    int file;   /* -1: it ended, or is no recording */
    bool has_rss;
    struct timeline_track track;
};

struct timeline_sampler {
    char *session_path;
    uint64_t period_ns, saved_ns;
    struct timespec folder_changed;
    struct watched *all;
    size_t count;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool stop;
    bool failed;
    struct error error; /* about the last file that could not be written */
};

/* --- one process --- */

/*
 * The pid is that of the process's own namespace: the start time tells whether it is the same in
 * ours.
 */
static bool is_visible(const struct recording_header *header)
{
    return proc_stat_start_ticks(header->pid) == header->process_start_ticks;
}

/* Several `record`s may share a session: each watches the processes that it started. */
static bool descends_from_us(pid_t pid)
{
    struct proc_stat stat;

    for (; pid > 1 && pid != getpid(); pid = stat.parent)
        if (!proc_stat_read(pid, &stat))
            return false;
    return pid == getpid();
}

/* 0 when it is gone. */
static uint64_t read_rss(pid_t pid)
{
    char path[64], text[128];
    unsigned long long size, resident = 0;
    ssize_t length;
    int file;

    snprintf(path, sizeof(path), "/proc/%d/statm", (int)pid);
    file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return 0;
    length = read(file, text, sizeof(text) - 1);
    close(file);
    if (length <= 0)
        return 0;
    text[length] = 0;
    if (sscanf(text, "%llu %llu", &size, &resident) != 2)
        return 0;
    return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static bool read_header(int file, struct recording_header *header)
{
    return pread(file, header, sizeof(*header), 0) == (ssize_t)sizeof(*header) &&
           memcmp(header->magic, RECORDING_MAGIC, sizeof(header->magic)) == 0 &&
           header->byte_order == RECORDING_BYTE_ORDER && header->version == RECORDING_VERSION &&
           header->started_ns != 0;
}

struct reading {
    struct watched *watched;
    const char *path;
    uint64_t time_ns;
    struct arena *arena;
    struct recording recording;
};

static bool read_sites(void *context, struct error *error)
{
    struct reading *reading = context;
    uint64_t id_end;

    if (!recording_open(&reading->recording, reading->arena, reading->path, error))
        return false;
    struct raw_site *raw = sites_raw(reading->arena, &reading->recording, &id_end);
    timeline_track_counters(&reading->watched->track, reading->time_ns, raw, id_end);
    return true;
}

/* What cannot be read now may be readable later: the error is of no interest. */
static void read_counters(struct watched *watched, const char *path, uint64_t time_ns)
{
    struct reading reading = {watched, path, time_ns, arena_new(), {.descriptor = -1}};
    struct error error = {0};
    uint64_t started_ns = time_of_clock_ns(CLOCK_THREAD_CPUTIME_ID), took_ns;

    if (reading.arena)
        arena_try(reading.arena, read_sites, &reading, path, &error);
    recording_close(&reading.recording);
    arena_free(reading.arena);
    took_ns = time_of_clock_ns(CLOCK_THREAD_CPUTIME_ID) - started_ns;
    if (watched->track.counters_due_ns < time_ns + READING_SHARE * took_ns)
        watched->track.counters_due_ns = time_ns + READING_SHARE * took_ns;
}

static void forget(struct watched *watched)
{
    close(watched->file);
    watched->file = -1;
}

static void look_at(struct timeline_sampler *sampler, struct watched *watched, bool last)
{
    struct recording_header header;
    char path[4096];
    uint64_t time_ns, rss_bytes;
    bool gone;

    if (!read_header(watched->file, &header))
        return; /* it is still being created */
    if (!watched->track.timeline.sample_count) {
        watched->has_rss = is_visible(&header);
        if (watched->has_rss && !descends_from_us(header.pid)) {
            forget(watched);
            return;
        }
    }
    rss_bytes = watched->has_rss ? read_rss(header.pid) : 0;
    gone = header.ended != RECORDING_RUNNING || (watched->has_rss && !rss_bytes);
    time_ns = (gone && header.ended_ns ? header.ended_ns : time_now_ns()) - header.started_ns;
    if (!gone || header.ended_ns) /* a killed process does not tell when it ended */
        timeline_track_sample(&watched->track, time_ns, recording_live_bytes(&header), rss_bytes);
    snprintf(path, sizeof(path), "%s/%s", sampler->session_path, watched->name);
    if ((gone || last) ? watched->track.timeline.interval_count + 1 >= LEAST_INTERVALS
                       : time_ns >= watched->track.counters_due_ns)
        read_counters(watched, path, time_ns);
    if (gone)
        forget(watched);
}

/* --- the folder --- */

static bool is_known(const struct timeline_sampler *sampler, const char *name)
{
    for (size_t i = 0; i < sampler->count; i++)
        if (strcmp(sampler->all[i].name, name) == 0)
            return true;
    return false;
}

static void watch(struct timeline_sampler *sampler, int folder, const char *name)
{
    struct watched *all = reallocarray(sampler->all, sampler->count + 1, sizeof(*all));
    struct watched *watched;

    if (!all)
        return;
    sampler->all = all;
    watched = &all[sampler->count];
    *watched = (struct watched){.name = strdup(name), .file = -1};
    if (!watched->name)
        return;
    timeline_track_init(&watched->track);
    watched->file = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    sampler->count++;
}

static bool folder_changed(struct timeline_sampler *sampler)
{
    struct stat status;

    if (stat(sampler->session_path, &status) != 0 ||
        memcmp(&status.st_mtim, &sampler->folder_changed, sizeof(status.st_mtim)) == 0)
        return false;
    sampler->folder_changed = status.st_mtim;
    return true;
}

static void find_recordings(struct timeline_sampler *sampler)
{
    DIR *folder = folder_changed(sampler) ? opendir(sampler->session_path) : NULL;
    struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        size_t length = strlen(entry->d_name);

        if (length > 4 && strcmp(entry->d_name + length - 4, ".lgr") == 0 &&
            !is_known(sampler, entry->d_name))
            watch(sampler, dirfd(folder), entry->d_name);
    }
    if (folder)
        closedir(folder);
}

static bool write_packed(const struct timeline *timeline, FILE *file, struct error *error)
{
    char *text = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    bool done = false;

    if (memory) {
        struct timeline shown = *timeline;

        if (shown.interval_count < LEAST_INTERVALS)
            shown.interval_count = 0;
        timeline_write(&shown, memory);
        done = fclose(memory) == 0;
    }
    if (done)
        done = gzip_write((const uint8_t *)text, length, file, error);
    else
        error_set(error, "out of memory");
    free(text);
    return done;
}

static void save(struct timeline_sampler *sampler, const struct watched *watched)
{
    char path[4096];
    struct output output;

    if (watched->track.timeline.sample_count < LEAST_SAMPLES)
        return;
    snprintf(path, sizeof(path), "%s/%.*s.timeline", sampler->session_path,
             (int)strlen(watched->name) - 4, watched->name);
    if (output_open(&output, path, &sampler->error)) {
        if (write_packed(&watched->track.timeline, output.file, &sampler->error)) {
            if (output_finish(&output, &sampler->error))
                return;
        } else {
            output_abandon(&output);
        }
    }
    sampler->failed = true;
}

/* The timeline of an ended process is written once; only its name is remembered. */
static void save_all(struct timeline_sampler *sampler)
{
    for (size_t i = 0; i < sampler->count; i++) {
        struct watched *watched = &sampler->all[i];

        save(sampler, watched);
        if (watched->file < 0)
            timeline_track_release(&watched->track);
    }
    sampler->saved_ns = time_now_ns();
}

static void tick(struct timeline_sampler *sampler, bool last)
{
    find_recordings(sampler);
    for (size_t i = 0; i < sampler->count; i++)
        if (sampler->all[i].file >= 0)
            look_at(sampler, &sampler->all[i], last);
    if (last || time_now_ns() - sampler->saved_ns > SAVE_EVERY_NS)
        save_all(sampler);
}

/* --- the thread --- */

/* True: stop. After a late tick, the next ones come no sooner. */
static bool wait_for_tick(struct timeline_sampler *sampler)
{
    uint64_t at_ns = time_now_ns() + sampler->period_ns;
    const struct timespec at = {(time_t)(at_ns / 1000000000u), (long)(at_ns % 1000000000u)};
    bool stop;

    pthread_mutex_lock(&sampler->lock);
    while (!sampler->stop && pthread_cond_timedwait(&sampler->wake, &sampler->lock, &at) == 0)
        continue;
    stop = sampler->stop;
    pthread_mutex_unlock(&sampler->lock);
    return stop;
}

static void *run(void *argument)
{
    struct timeline_sampler *sampler = argument;

    while (!wait_for_tick(sampler))
        tick(sampler, false);
    tick(sampler, true);
    return NULL;
}

/* Leaves signals to the thread that waits for the program. */
static bool start_thread(struct timeline_sampler *sampler)
{
    pthread_condattr_t clock;
    pthread_attr_t attributes;
    sigset_t all, before;
    bool started;

    pthread_mutex_init(&sampler->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&sampler->wake, &clock);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    started = pthread_create(&sampler->thread, &attributes, run, sampler) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    pthread_condattr_destroy(&clock);
    return started;
}

static void sampler_free(struct timeline_sampler *sampler)
{
    for (size_t i = 0; i < sampler->count; i++) {
        if (sampler->all[i].file >= 0)
            close(sampler->all[i].file);
        timeline_track_release(&sampler->all[i].track);
        free(sampler->all[i].name);
    }
    free(sampler->all);
    free(sampler->session_path);
    free(sampler);
}

struct timeline_sampler *timeline_sampler_start(const char *session_path, uint64_t period_ns)
{
    struct timeline_sampler *sampler = calloc(1, sizeof(*sampler));

    if (!sampler)
        return NULL;
    sampler->session_path = strdup(session_path);
    sampler->period_ns = period_ns;
    sampler->saved_ns = time_now_ns();
    if (sampler->session_path && start_thread(sampler))
        return sampler;
    sampler_free(sampler);
    return NULL;
}

bool timeline_sampler_stop(struct timeline_sampler *sampler, struct error *error)
{
    bool done;

    if (!sampler)
        return true;
    pthread_mutex_lock(&sampler->lock);
    sampler->stop = true;
    pthread_cond_signal(&sampler->wake);
    pthread_mutex_unlock(&sampler->lock);
    pthread_join(sampler->thread, NULL);
    *error = sampler->error;
    done = !sampler->failed;
    sampler_free(sampler);
    return done;
}
