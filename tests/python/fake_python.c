/* SPDX-License-Identifier: MIT */
/* Looks like a CPython to leakgraph, of the version in FAKE_PYTHON; with the global lock when
   FAKE_LOCK is set, and never begins when FAKE_IDLE is. Linked with -rdynamic. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>

/* What is read of it from 3.13 on: it is built without the lock. */
struct {
    char cookie[8];
    uint64_t version, free_threaded, rest[125];
} _PyRuntime = {.cookie = "xdebugpy", .free_threaded = 1};

/* Words of a thread state of 3.11: its cframe is at 56, its thread at 152; the frame's code is nowhere. */
static uintptr_t frame[16] = {[32 / 8] = 0x123456789ab8};
static uintptr_t *cframe[8] = {[1] = frame};
static void *thread_state[64] = {[56 / 8] = cframe};

const char *Py_GetVersion(void)
{
    _PyRuntime.free_threaded = getenv("FAKE_LOCK") == NULL;
    return getenv("FAKE_PYTHON");
}
void *PyGILState_GetThisThreadState(void)
{
    thread_state[152 / 8] = (void *)pthread_self();
    return thread_state;
}
void _PyEval_EvalFrameDefault(void)
{
    static void *volatile block;
    block = malloc(1000);
    free(block);
}

void PyEval_EvalFrameEx(void)
{
    _PyEval_EvalFrameDefault();
}

int main(void)
{
    static void *volatile block;
    block = malloc(10);
    free(block);
    for (int i = 0; i < 100 && !getenv("FAKE_IDLE"); i++)
        PyEval_EvalFrameEx();
    return 0;
}
