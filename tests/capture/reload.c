/* SPDX-License-Identifier: MIT */
/*
 * reload LIBRARY OTHER: a second thread loads the two libraries one after the other, again and again, at the
 * same address, so that nothing but the call of the library is seen of this thread.
 */
#include <alloca.h>
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

enum { ROUNDS = 40 };

static sem_t wanted, loaded;
static void (*library_call)(int);

static void *load_libraries(void *names)
{
    void *library = NULL;
    for (int round = 0; round < ROUNDS; round++) {
        sem_wait(&wanted);
        if (library != NULL)
            dlclose(library);
        library = dlopen(((char **)names)[round % 2], RTLD_NOW);
        *(void **)&library_call = library != NULL ? dlsym(library, "library_call") : NULL;
        sem_post(&loaded);
    }
    return NULL;
}

/* Their frames differ by 32 bytes; here that is made up for, so that their inner frames are at one place. */
static __attribute__((noinline)) void call_with_room(int value, size_t bytes)
{
    void *room = alloca(bytes);
    __asm__ volatile("" : : "r"(room) : "memory");
    library_call(value);
    __asm__ volatile("" : : "r"(room) : "memory");
}

int main(int argc, char **argv)
{
    pthread_t loader;
    void (*last)(int) = NULL;
    int same_address = 0;
    sem_init(&wanted, 0, 0);
    sem_init(&loaded, 0, 0);
    if (argc != 3)
        return 2;
    pthread_create(&loader, NULL, load_libraries, argv + 1);
    for (int round = 0; round < ROUNDS; round++) {
        sem_post(&wanted);
        sem_wait(&loaded);
        if (library_call == NULL)
            return 1;
        same_address += library_call == last;
        last = library_call;
        for (int i = 0; i < 30; i++)
            call_with_room(i, round % 2 ? 16 : 48);
    }
    pthread_join(loader, NULL);
    printf("same address: %d\n", same_address);
    return same_address < ROUNDS / 2;
}
