/* SPDX-License-Identifier: MIT */
#ifndef LEAKGRAPH_SESSION_FOLDER_H
#define LEAKGRAPH_SESSION_FOLDER_H

/*
 * The folder that a session is recorded into. Whoever records holds a shared lock on its file
 * `.lock` until the end; a folder that is in use is joined, one that holds an earlier session is
 * first renamed to NAME.old. Only sessions are ever removed or renamed, never a folder with other
 * files.
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
    bool shared; /* somebody else records into it, too */
};

enum session_folder_state {
    SESSION_FOLDER_READY,
    SESSION_FOLDER_REFUSED,  /* it is something else, or its .old is: the user must decide */
    SESSION_FOLDER_UNUSABLE, /* cannot be made or written: record nothing */
};

/* `join`: never rename, the session of that name is the one we belong to. */
enum session_folder_state session_folder_open(struct session_folder *folder, const char *path,
                                              bool join, struct error *error);
/* The same for a run that wants a folder for itself: PATH-2, PATH-3 and so on while others use it.
 */
enum session_folder_state session_folder_open_alone(struct session_folder *folder, const char *path,
                                                    struct error *error);
void session_folder_close(struct session_folder *folder);

#endif
