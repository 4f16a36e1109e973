/* SPDX-License-Identifier: MIT */
/* GLib outgrows its tables of quarks and leaves the old ones to whoever still reads them. The program loses three
 * GObjects, a list node, and what its own class initialiser made on the way through GLib. */
#include <glib-object.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/programs/program.h"

typedef struct {
    GObject parent;
} Image;
typedef struct {
    GObjectClass parent;
} ImageClass;
G_DEFINE_TYPE(Image, image, G_TYPE_OBJECT)

NOINLINE static void lose_in_the_class(void)
{
    launder(malloc(444));
}

static void image_class_init(ImageClass *class)
{
    (void)class;
    lose_in_the_class();
}

static void image_init(Image *image)
{
    (void)image;
}

NOINLINE static void lose_an_image(void)
{
    launder(g_object_new(image_get_type(), NULL));
}

NOINLINE static void lose_a_name(void)
{
    launder(g_strdup("a name that nobody frees"));
}

NOINLINE static void intern_names(void)
{
    char name[32];
    for (int i = 0; i < 9000; i++) {
        snprintf(name, sizeof name, "name %d", i);
        g_intern_string(name);
    }
}

int main(void)
{
    intern_names();
    for (int i = 0; i < 3; i++)
        lose_an_image();
    lose_a_name();
    SCRUB();
    return 0;
}
