/* SPDX-License-Identifier: MIT */
/* Built with debug info: its lines are outside of the library's frames. */
void plugin_step(void);

__attribute__((noinline)) static void run_timers(void)
{
    for (int i = 0; i < 10; i++)
        plugin_step();
    __asm__ volatile("");
}

int main(void)
{
    run_timers();
    return 0;
}
