/* SPDX-License-Identifier: MIT */
/* A block behind each kind of root, in the main thread and in another one: a local variable, thread-local
   variables of both kinds, a pthread key, a global. Both threads wait when the process ends. */
#include <memory>
#include <cstdlib>
#include <pthread.h>
#include <semaphore.h>
#include <thread>
#include <unistd.h>
#include "program.h"

struct Goal {
    long pose[8];
};
struct Grid {
    char cells[100];
};
struct Cache {
    long values[12];
};
struct Session {
    long values[20];
};
struct Robot {
    Grid *grid;
};

static thread_local Cache *t_cache;
static thread_local std::unique_ptr<Grid> t_grid;
static Robot robots[3];
static pthread_key_t unused_key, session_key;
static sem_t ready, never;

NOINLINE static void wait_for_ever()
{
    launder(&t_cache);
    launder(robots);
    sem_post(&ready);
    sem_wait(&never);
    SCRUB();
}

class Planner {
public:
    NOINLINE void run()
    {
        Goal *goal = new Goal();
        launder(&goal);
        t_cache = new Cache();
        t_grid = std::make_unique<Grid>();
        pthread_setspecific(session_key, new Session());
        wait_for_ever();
        launder(goal);
    }
};

NOINLINE static void plan_in_another_thread()
{
    std::thread([] {
        pthread_setname_np(pthread_self(), "controller");
        Planner().run();
    }).detach();
    sem_wait(&ready);
    usleep(20000); /* so that it sleeps */
}

NOINLINE static void load_map()
{
    Grid *grid = new Grid();
    launder(&grid);
    robots[2].grid = new Grid();
    t_cache = new Cache();
    pthread_setspecific(session_key, new Session());
    plan_in_another_thread();
    exit(0);
}

int main()
{
    sem_init(&ready, 0, 0);
    sem_init(&never, 0, 0);
    pthread_key_create(&unused_key, nullptr);
    pthread_key_create(&session_key, nullptr);
    load_map();
}
