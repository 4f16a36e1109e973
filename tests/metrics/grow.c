/* SPDX-License-Identifier: MIT */
/* Keeps 100,000 bytes more with each line that it reads. */
#include <stdio.h>
#include <stdlib.h>

struct page {
    struct page *next;
    char bytes[100000 - sizeof(struct page *)];
};

static struct page *history;

static void keep(void)
{
    struct page *page = malloc(sizeof *page);
    page->next = history;
    history = page;
}

int main(void)
{
    puts("ready");
    fflush(stdout);
    for (char line[16]; fgets(line, sizeof line, stdin);) {
        keep();
        puts("kept");
        fflush(stdout);
    }
    return 0;
}
