/* SPDX-License-Identifier: MIT */
#include "report/view/ros_node.h"

#include <stdio.h>
#include <string.h>

#include "analyzer/base/text.h"

enum { MOST_NODES = 16 };

/* What rules say of one node of the process, or of all of them: where the scope is empty. */
struct naming {
    const char *scope;
    size_t scope_length;
    const char *name, *namespace;
};

struct namings {
    struct naming all[MOST_NODES];
    size_t count;
};

static struct naming *naming_of(struct namings *namings, const char *scope, size_t length)
{
    size_t i = 0;

    while (i < namings->count && (namings->all[i].scope_length != length ||
                                  strncmp(namings->all[i].scope, scope, length) != 0))
        i++;
    if (i == MOST_NODES)
        return NULL;
    if (i == namings->count)
        namings->all[namings->count++] = (struct naming){.scope = scope, .scope_length = length};
    return &namings->all[i];
}

/* "__node:=front", or "talker:__ns:=/robot1" for the node that calls itself talker. Of two rules
   the first one counts. */
static void take_rule(struct namings *namings, const char *rule)
{
    static const struct {
        const char *word;
        size_t place;
    } words[] = {{"__node:=", offsetof(struct naming, name)},
                 {"__name:=", offsetof(struct naming, name)},
                 {"__ns:=", offsetof(struct naming, namespace)}};
    const char *colon = strchr(rule, ':');
    bool has_scope = colon && colon[1] == '_' && rule[0] != '_';
    const char *what = has_scope ? colon + 1 : rule;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t length = strlen(words[i].word);

        if (strncmp(what, words[i].word, length) != 0 || !what[length])
            continue;
        struct naming *naming = naming_of(namings, rule, has_scope ? (size_t)(colon - rule) : 0);
        const char **value = naming ? (const char **)((char *)naming + words[i].place) : NULL;

        if (value && !*value)
            *value = what + length;
    }
}

/* In ROS 2 between --ros-args and --, after -r; in ROS 1, for which it returns true, anywhere. */
static bool read_command(struct namings *namings, const char *const *command)
{
    bool is_ros_2 = false, is_ros_1 = false;

    for (size_t i = 1; command[0] && command[i]; i++) {
        const char *word = command[i];
        bool is_remap = strcmp(word, "-r") == 0 || strcmp(word, "--remap") == 0;

        if (strcmp(word, "--ros-args") == 0)
            is_ros_2 = true;
        else if (strcmp(word, "--") == 0)
            is_ros_2 = false;
        else if (is_ros_2 && is_remap && command[i + 1])
            take_rule(namings, command[++i]);
        else if (!is_ros_2 && strncmp(word, "__node:=", strlen("__node:=")) != 0)
            take_rule(namings, word);
        is_ros_1 |= strncmp(word, "__name:=", strlen("__name:=")) == 0;
    }
    return is_ros_1;
}

/* They pass the arguments of a node on to it. */
static bool is_launcher(const char *program)
{
    static const char *const launchers[] = {"ros2",  "rosrun", "roslaunch", "leakgraph",
                                            "xterm", "gdb",    "timeout"};

    for (size_t i = 0; i < sizeof(launchers) / sizeof(launchers[0]); i++)
        if (strcmp(program, launchers[i]) == 0)
            return true;
    return false;
}

/* "robot1/", "/robot1" and "/robot1/front" all begin with one slash and have none at the end. */
static size_t append_path(char *text, size_t size, size_t used, const char *path)
{
    size_t length = path ? strlen(path) : 0;

    while (length && path[length - 1] == '/')
        length--;
    while (length && *path == '/')
        path++, length--;
    if (length && used < size)
        used += (size_t)snprintf(text + used, size - used, "/%.*s", (int)length, path);
    return used;
}

static size_t append_node(char *text, size_t size, size_t used, const struct naming *naming,
                          const char *namespace)
{
    if (used && used < size)
        used += (size_t)snprintf(text + used, size - used, ", ");
    used = append_path(text, size, used, naming->namespace ? naming->namespace : namespace);
    return append_path(text, size, used, naming->name);
}

bool ros_node_write(char *text, size_t size, const struct process *process, const char *program)
{
    struct namings namings = {.count = 0};
    struct naming *general = naming_of(&namings, "", 0);
    size_t used = 0;

    text[0] = 0;
    if (!process->command || is_launcher(program))
        return false;
    if (read_command(&namings, process->command) && !general->namespace)
        general->namespace = process->ros_namespace;
    for (size_t i = 0; i < namings.count && used < size; i++)
        if (namings.all[i].name)
            used = append_node(text, size, used, &namings.all[i], general->namespace);
    if (!used && general->namespace && append_path(text, size, 0, general->namespace)) {
        char namespace[256];

        snprintf(namespace, sizeof(namespace), "%.255s", text);
        snprintf(text, size, "%.255s (%s)", program, namespace);
    }
    return text[0] != 0;
}
