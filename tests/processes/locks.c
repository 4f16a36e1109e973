/* SPDX-License-Identifier: MIT */
/* locks: locks all its memory as a real-time program does, maps more, and says how much is locked; loses 1,000 blocks. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *allocate(void *unused)
{
    for (int i = 0; i < 1000; i++) {
        volatile char *block = malloc(100);
        block[0] = 1;
    }
    return unused;
}

static long locked_kb(void)
{
    long found = -1;
    char line[200];
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        sscanf(line, "VmLck: %ld", &found);
    if (file)
        fclose(file);
    return found;
}

int main(void)
{
    pthread_t thread;
    pthread_attr_t attributes;
    if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) {
        perror("mlockall");
        return 1;
    }
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    if (pthread_create(&thread, &attributes, allocate, NULL) != 0)
        return 2;
    pthread_join(thread, NULL);
    printf("%ld KB locked\n", locked_kb());
    return 0;
}
