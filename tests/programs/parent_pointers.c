/* SPDX-License-Identifier: MIT */
/* A tree of widgets with parent pointers and an array of children, all reached from a lost window. */
#include <stdlib.h>
#include "program.h"

typedef struct widget {
    struct widget *parent;
    struct widget **children;
    size_t child_count;
} widget_t;

typedef struct {
    char title[24];
    widget_t *content;
    struct {
        void *user;
        widget_t *focus;
    } state;
} window_t;

NOINLINE static void *allocate(size_t size_bytes)
{
    return launder(calloc(1, size_bytes));
}

NOINLINE static widget_t *add_widget(widget_t *parent, size_t index)
{
    widget_t *widget = allocate(sizeof *widget);
    widget->parent = parent;
    if (parent)
        parent->children[index] = widget;
    return widget;
}

NOINLINE static void lose_a_window(void)
{
    window_t *window = allocate(sizeof *window);
    window->content = add_widget(NULL, 0);
    window->content->child_count = 3;
    window->content->children = allocate(3 * sizeof(widget_t *));
    for (size_t i = 0; i < window->content->child_count; i++)
        window->state.focus = add_widget(window->content, i);
    window->state.user = window;
}

int main(void)
{
    lose_a_window();
    SCRUB();
    return 0;
}
