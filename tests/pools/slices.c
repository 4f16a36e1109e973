/* SPDX-License-Identifier: MIT */
/* Loses 50 GObjects and 50 list nodes; `loaded`: through a GLib that it loads itself; `forked`: in a child;
 * `environment`: tells what it and its child know of G_SLICE. */
#include <dlfcn.h>
#include <glib-object.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static GObject *(*make)(GType, const gchar *, ...);
static GSList *(*prepend)(GSList *, gpointer);

__attribute__((noipa)) static void show(void)
{
    GObject *volatile lost = make(G_TYPE_OBJECT, NULL);
    GSList *volatile node = prepend(NULL, GINT_TO_POINTER(1));
    lost = NULL;
    node = NULL;
    (void)lost;
    (void)node;
}

static void show_all(void)
{
    for (int i = 0; i < 50; i++)
        show();
}

static void tell_environment(void)
{
    puts(getenv("G_SLICE") ? "G_SLICE" : "no G_SLICE");
    for (char **variable = environ; *variable; variable++)
        if (strncmp(*variable, "G_SLICE", 7) == 0)
            puts(*variable);
    fflush(stdout);
    if (system("echo ${G_SLICE-no G_SLICE}") != 0)
        exit(1);
}

int main(int count, char **arguments)
{
    const char *what = count > 1 ? arguments[1] : "";
    void *library = dlopen("libgobject-2.0.so.0", RTLD_NOW);
    void *glib = dlopen("libglib-2.0.so.0", RTLD_NOW);
    if (!library || !glib)
        return 1;
    make = (GObject * (*)(GType, const gchar *, ...)) dlsym(library, "g_object_new");
    prepend = (GSList * (*)(GSList *, gpointer)) dlsym(glib, "g_slist_prepend");
    if (strcmp(what, "environment") == 0)
        tell_environment();
    if (strcmp(what, "forked") != 0)
        show_all();
    else if (fork() == 0)
        show_all();
    else
        wait(NULL);
    return 0;
}
