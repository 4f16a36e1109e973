/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SESSION_FOLDER_H
#define LEAKGRAPH_SESSION_FOLDER_H

/*
 * The folder that a session is recorded into. Everyone who records holds a shared lock on its file
 * `.lock` until the end. A folder in use is joined; one with an earlier session is first renamed to
 * NAME.old. Only sessions are ever removed or renamed, never a folder with other files.
 *
 *     switch (session_folder_open(&folder, "leakgraph.data", false, &error)) ...
 *     ... folder.path is absolute ...
 *     session_folder_close(&folder);
 */

#include <stdbool.h>

#include "analyzer/base/error.h"

#define DEFAULT_SESSION "leakgraph.data"

struct session_folder {
    char *path;  /* absolute */
    int lock;    /* closed on exec */
    bool shared; /* others record into it, too */
};

enum session_folder_state {
    SESSION_FOLDER_READY,
    SESSION_FOLDER_REFUSED,  /* it, or its .old, is something else: the user must decide */
    SESSION_FOLDER_UNUSABLE, /* cannot be made or written: record nothing */
};

/* `join`: never rename, as we belong to the session of that name. */
enum session_folder_state session_folder_open(struct session_folder *folder, const char *path,
                                              bool join, struct error *error);
/*
 * The same for a run that wants a folder to itself: PATH-2, PATH-3 and so on while others are in
 * use.
 */
enum session_folder_state session_folder_open_alone(struct session_folder *folder, const char *path,
                                                    struct error *error);
void session_folder_close(struct session_folder *folder);

#endif
