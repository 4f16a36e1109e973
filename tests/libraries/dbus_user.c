/* SPDX-License-Identifier: MIT */
/* Loses two messages of libdbus, which has set itself up before. */
#include <dbus/dbus.h>

#include "tests/programs/program.h"

NOINLINE static void lose_a_message(void)
{
    DBusMessage *message = dbus_message_new_method_call("a.b", "/a", "a.b", "c");
    dbus_message_append_args(message, DBUS_TYPE_STRING, &(const char *){"text"}, DBUS_TYPE_INVALID);
    launder(message);
}

int main(void)
{
    dbus_threads_init_default();
    lose_a_message();
    lose_a_message();
    SCRUB();
    return 0;
}
