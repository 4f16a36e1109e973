/* SPDX-License-Identifier: MIT */
/* Prints how many calls reached the allocator in each phase, when lib_count_calls.so is preloaded to
 * count them: the recorder must not add one. Otherwise zeros. */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"

static long no_count(void)
{
    return 0;
}

static long (*count)(void) = no_count;

NOINLINE static void use_every_function(void)
{
    free(launder(malloc(10)));
    free(launder(calloc(2, 10)));
    free(launder(realloc(launder(malloc(10)), 10000)));
    free(launder(aligned_alloc(64, 640)));
    free(launder(strdup("text")));
    launder(realloc(launder(malloc(10)), 0));
}

static void use_many_blocks(void)
{
    static void *blocks[100000];
    for (int i = 0; i < 100000; i++)
        blocks[i] = launder(malloc(i % 300));
    for (int i = 0; i < 100000; i++)
        free(blocks[i]);
}

/* Two ways down at every depth: 2^(depth + 1) sites, so the tables of sites and stacks have to grow. */
NOINLINE static void use_many_sites(int depth)
{
    free(launder(malloc(20)));
    if (depth > 0) {
        use_many_sites(depth - 1);
        use_many_sites(depth - 1);
    }
}

static void *use_in_thread(void *unused)
{
    use_every_function();
    return unused;
}

static void use_threads(void)
{
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        pthread_create(&thread, NULL, use_in_thread, NULL);
        pthread_join(thread, NULL);
    }
}

static void on_signal(int number)
{
    (void)number;
    use_every_function();
}

static void use_signals(void)
{
    signal(SIGUSR1, on_signal);
    for (int i = 0; i < 20; i++)
        raise(SIGUSR1);
}

static void use_fork(void)
{
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child == 0) {
            use_every_function();
            _exit(0);
        }
        waitpid(child, NULL, 0);
    }
}

static void use_fork_in_child(void)
{
    int pipes[2];
    long calls = 0;
    if (pipe(pipes) != 0)
        return;
    pid_t child = fork();
    if (child == 0) {
        long before = count();
        use_every_function();
        use_many_sites(5);
        calls = count() - before;
        _exit(write(pipes[1], &calls, sizeof calls) != sizeof calls);
    }
    waitpid(child, NULL, 0);
    if (read(pipes[0], &calls, sizeof calls) == sizeof calls)
        printf("child: %ld\n", calls);
    close(pipes[0]);
    close(pipes[1]);
}

static void phase(const char *name, void (*run)(void))
{
    long before = count();
    run();
    long calls = count() - before;
    printf("%s: %ld\n", name, calls);
}

static void use_eight_thousand_sites(void)
{
    use_many_sites(12);
}

int main(void)
{
    void *counter = dlsym(RTLD_DEFAULT, "counted_calls");
    if (counter)
        count = (long (*)(void))counter;
    setvbuf(stdout, NULL, _IONBF, 0);
    phase("every function", use_every_function);
    phase("every function again", use_every_function);
    phase("many blocks", use_many_blocks);
    phase("many sites", use_eight_thousand_sites);
    phase("threads", use_threads);
    phase("signals", use_signals);
    phase("fork", use_fork);
    use_fork_in_child();
    return 0;
}
