/* SPDX-License-Identifier: MIT */
/*
 * waits: one thread for each call that waits, all of them at once, while snapshots are taken: 50 and
 * more. Each call must return what it would have returned, and not later. Prints what was wrong and ends
 * with 1 then; without the recorder it shows that the machine is quick enough.
 * waits CALL [threads]: that call alone, in the main thread, for requests from outside; after a second thread
 * has ended.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "preload/leakgraph.h"

enum { WAIT_MS = 700, SLOW_MS = 350, SNAPSHOTS = 50, ROUNDS = 5 };
enum end { BY_TIME, BY_MAIN, BY_SIGNAL };

static const struct timespec whole = {0, WAIT_MS * 1000000L};
static int pipe_ends[2], socket_ends[2], queue, semaphores, messages;
static sem_t posix_semaphore;
static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER, mine = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;

static struct timespec later(clockid_t clock)
{
    struct timespec time;
    clock_gettime(clock, &time);
    time.tv_nsec += whole.tv_nsec;
    time.tv_sec += time.tv_nsec / 1000000000;
    time.tv_nsec %= 1000000000;
    return time;
}

/* Each returns 0 when the call ended as it should. */
static int wait_poll(void)
{
    return poll(NULL, 0, WAIT_MS);
}
static int wait_ppoll(void)
{
    return ppoll(NULL, 0, &whole, NULL);
}
static int wait_select(void)
{
    struct timeval time = {0, WAIT_MS * 1000};
    return select(0, NULL, NULL, NULL, &time);
}
static int wait_pselect(void)
{
    return pselect(0, NULL, NULL, NULL, &whole, NULL);
}
static int wait_epoll(void)
{
    struct epoll_event event;
    return epoll_wait(queue, &event, 1, WAIT_MS);
}
static int wait_epoll_pwait(void)
{
    struct epoll_event event;
    return epoll_pwait(queue, &event, 1, WAIT_MS, NULL);
}
static int wait_epoll_pwait2(void)
{
    struct epoll_event event;
    return epoll_pwait2(queue, &event, 1, &whole, NULL);
}
static int wait_nanosleep(void)
{
    return nanosleep(&whole, NULL);
}
static int wait_nanosleep_with_rest(void)
{
    struct timespec time = whole;
    return nanosleep(&time, &time);
}
static int wait_clock_nanosleep(void)
{
    return clock_nanosleep(CLOCK_MONOTONIC, 0, &whole, NULL);
}
static int wait_until(void)
{
    struct timespec end = later(CLOCK_MONOTONIC);
    return clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &end, NULL);
}
static int wait_usleep(void)
{
    return usleep(WAIT_MS * 1000);
}
static int wait_thrd_sleep(void)
{
    struct timespec rest;
    return thrd_sleep(&whole, &rest);
}
static int wait_sigtimedwait(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGUSR2);
    return sigtimedwait(&signals, NULL, &whole) == -1 && errno == EAGAIN ? 0 : 1;
}
static int wait_semtimedop(void)
{
    struct sembuf down = {0, -1, 0};
    return semtimedop(semaphores, &down, 1, &whole) == -1 && errno == EAGAIN ? 0 : 1;
}
static int wait_sem_timedwait(void)
{
    struct timespec end = later(CLOCK_REALTIME);
    return sem_timedwait(&posix_semaphore, &end) == -1 && errno == ETIMEDOUT ? 0 : 1;
}
static int wait_mutex(void)
{
    struct timespec end = later(CLOCK_REALTIME);
    return pthread_mutex_timedlock(&held, &end) == ETIMEDOUT ? 0 : 1;
}
static int wait_condition(void)
{
    struct timespec end = later(CLOCK_REALTIME);
    pthread_mutex_lock(&mine);
    int result = pthread_cond_timedwait(&never, &mine, &end);
    pthread_mutex_unlock(&mine);
    return result == ETIMEDOUT ? 0 : 1;
}

/* What main ends when the time is over. */
static int wait_read(void)
{
    char byte;
    return read(pipe_ends[0], &byte, 1) == 1 ? 0 : 1;
}
static int wait_recv(void)
{
    char byte;
    return recv(socket_ends[0], &byte, 1, 0) == 1 ? 0 : 1;
}
static int wait_msgrcv(void)
{
    struct {
        long type;
        char text[8];
    } message;
    return msgrcv(messages, &message, sizeof message.text, 1, 0) == 1 ? 0 : 1;
}
/* A signal of the program's own still interrupts. */
static int wait_pause(void)
{
    return pause() == -1 && errno == EINTR ? 0 : 1;
}
static int wait_sigsuspend(void)
{
    sigset_t none;
    sigemptyset(&none);
    return sigsuspend(&none) == -1 && errno == EINTR ? 0 : 1;
}
static int wait_poll_for_ever(void)
{
    return poll(NULL, 0, -1) == -1 && errno == EINTR ? 0 : 1;
}

static struct waiter {
    const char *name;
    int (*wait)(void);
    enum end end;
    pthread_t thread;
} waiters[] = {
    {"poll", wait_poll, BY_TIME, 0},
    {"ppoll", wait_ppoll, BY_TIME, 0},
    {"select", wait_select, BY_TIME, 0},
    {"pselect", wait_pselect, BY_TIME, 0},
    {"epoll_wait", wait_epoll, BY_TIME, 0},
    {"epoll_pwait", wait_epoll_pwait, BY_TIME, 0},
    {"epoll_pwait2", wait_epoll_pwait2, BY_TIME, 0},
    {"nanosleep", wait_nanosleep, BY_TIME, 0},
    {"nanosleep with a rest", wait_nanosleep_with_rest, BY_TIME, 0},
    {"clock_nanosleep", wait_clock_nanosleep, BY_TIME, 0},
    {"clock_nanosleep until", wait_until, BY_TIME, 0},
    {"usleep", wait_usleep, BY_TIME, 0},
    {"thrd_sleep", wait_thrd_sleep, BY_TIME, 0},
    {"sigtimedwait", wait_sigtimedwait, BY_TIME, 0},
    {"semtimedop", wait_semtimedop, BY_TIME, 0},
    {"sem_timedwait", wait_sem_timedwait, BY_TIME, 0},
    {"pthread_mutex_timedlock", wait_mutex, BY_TIME, 0},
    {"pthread_cond_timedwait", wait_condition, BY_TIME, 0},
    {"read", wait_read, BY_MAIN, 0},
    {"recv", wait_recv, BY_MAIN, 0},
    {"msgrcv", wait_msgrcv, BY_MAIN, 0},
    {"pause", wait_pause, BY_SIGNAL, 0},
    {"sigsuspend", wait_sigsuspend, BY_SIGNAL, 0},
    {"poll without end", wait_poll_for_ever, BY_SIGNAL, 0},
};
enum { WAITERS = sizeof waiters / sizeof *waiters };

static double now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void *run(void *argument)
{
    struct waiter *waiter = argument;
    double start_ms = now_ms();
    errno = 0;
    int result = waiter->wait();
    double took_ms = now_ms() - start_ms;
    int is_wrong = result != 0 || took_ms < WAIT_MS - 2 ||
                   (waiter->end == BY_TIME && took_ms > WAIT_MS + SLOW_MS);
    if (is_wrong)
        printf("%s: %d (%s) after %.1f ms of %d\n", waiter->name, result, strerror(errno), took_ms,
               WAIT_MS);
    return is_wrong ? argument : NULL;
}

static void on_signal(int number)
{
    (void)number;
}

static void make_objects(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigset_t blocked;
    sigaction(SIGUSR1, &action, NULL);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR2);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    queue = epoll_create1(0);
    semaphores = semget(IPC_PRIVATE, 1, 0600);
    messages = msgget(IPC_PRIVATE, 0600);
    sem_init(&posix_semaphore, 0, 0);
    pthread_mutex_lock(&held);
    if (pipe(pipe_ends) || socketpair(AF_UNIX, SOCK_STREAM, 0, socket_ends) || queue < 0 ||
        semaphores < 0 || messages < 0) {
        perror("waits");
        exit(2);
    }
}

static void end_the_others(void)
{
    struct {
        long type;
        char text[8];
    } message = {1, "m"};
    if (write(pipe_ends[1], "p", 1) != 1 || send(socket_ends[1], "s", 1, 0) != 1 ||
        msgsnd(messages, &message, 1, 0) != 0)
        perror("waits");
    for (int i = 0; i < WAITERS; i++)
        if (waiters[i].end == BY_SIGNAL)
            pthread_kill(waiters[i].thread, SIGUSR1);
}

static void *run_nothing(void *unused)
{
    return unused;
}

/* libc's calls are other ones as soon as there has been a second thread. */
static int run_alone(const char *name, int with_threads)
{
    pthread_t thread;
    if (with_threads && pthread_create(&thread, NULL, run_nothing, NULL) == 0)
        pthread_join(thread, NULL);
    for (int i = 0; i < WAITERS; i++)
        if (strcmp(waiters[i].name, name) == 0)
            return run(&waiters[i]) != NULL;
    return 2;
}

static int run_together(int *taken)
{
    int wrong = 0;
    double start_ms = now_ms();
    for (int i = 0; i < WAITERS; i++)
        pthread_create(&waiters[i].thread, NULL, run, &waiters[i]);
    while (now_ms() - start_ms < WAIT_MS + 10) {
        *taken += leakgraph_snapshot("while they wait") > 0;
        usleep(1000);
    }
    end_the_others();
    for (int i = 0; i < WAITERS; i++) {
        void *result;
        pthread_join(waiters[i].thread, &result);
        wrong += result != NULL;
    }
    return wrong;
}

int main(int count, char **arguments)
{
    int wrong = 0, taken = 0;
    int wanted = getenv("LEAKGRAPH_OUT") ? SNAPSHOTS : 0;
    make_objects();
    if (count > 1)
        return run_alone(arguments[1], count > 2);
    for (int round = 0; round == 0 || (taken < wanted && round < ROUNDS); round++)
        wrong += run_together(&taken);
    if (taken < wanted)
        printf("%d snapshots only\n", taken);
    semctl(semaphores, 0, IPC_RMID);
    msgctl(messages, IPC_RMID, NULL);
    return wrong || taken < wanted;
}
