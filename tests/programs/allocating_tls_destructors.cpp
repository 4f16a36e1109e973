/* SPDX-License-Identifier: MIT */
/* Destructors of thread-local data allocate and free while their thread dies: no leak, no crash. */
#include <cstdlib>
#include <memory>
#include <pthread.h>
#include <string>
#include <thread>
#include "program.h"

static pthread_key_t key;

static void key_destructor(void *block)
{
    static thread_local int rounds = 0;
    free(launder(malloc(300)));
    free(block);
    if (++rounds < 3)
        pthread_setspecific(key, launder(malloc(100)));
}

struct Last {
    std::unique_ptr<std::string> text;
    ~Last() { text = std::make_unique<std::string>(1000, 'x'); }
};

int main()
{
    pthread_key_create(&key, key_destructor);
    for (int i = 0; i < 20; i++)
        std::thread([] {
            static thread_local Last last;
            launder(&last);
            pthread_setspecific(key, launder(malloc(100)));
        }).join();
    SCRUB();
    return 0;
}
