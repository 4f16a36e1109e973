/* SPDX-License-Identifier: MIT */
/* Which frame stands for a stack. */
#include "analyzer/symbols/frame_kind.h"

#include <check.h>

#include "tests/suite.h"

#define NATIVE(function_, file_, path_)                                                            \
    {                                                                                              \
        .function = (function_), .file = (file_), .module = "m", .module_path = (path_)            \
    }
#define PYTHON_LINE(function_, file_)                                                              \
    {                                                                                              \
        .function = (function_), .file = (file_), .language = FRAME_PYTHON                         \
    }

enum { MOST_FRAMES = 4 };

/* Innermost first; the function of the frame that stands for them. */
static const struct {
    const char *fact;
    struct frame frames[MOST_FRAMES];
    size_t count;
    const char *stands;
} stacks[] = {
    {"the innermost with a source",
     {NATIVE("load", "map.c", "/home/a/robot"), NATIVE("main", "main.c", "/home/a/robot")},
     2,
     "load"},
    {"a function of the user's library without a line, before a caller's line",
     {NATIVE("load", NULL, "/home/a/libmap.so"), NATIVE("main", "main.c", "/home/a/robot")},
     2,
     "load"},
    {"not a function of a library that came with the system",
     {NATIVE("sqlite3_step", NULL, "/usr/lib/libsqlite3.so.0"),
      NATIVE("main", "main.c", "/home/a/robot")},
     2,
     "main"},
    {"without any line the user's function, before the system's",
     {NATIVE("sqlite3_step", NULL, "/usr/lib/libsqlite3.so.0"),
      NATIVE("query", NULL, "/home/a/robot"), NATIVE("main", NULL, "/home/a/robot")},
     3,
     "query"},
    {"not Rust's own functions",
     {NATIVE("alloc::alloc::alloc", "/rustc/0123/library/alloc/src/alloc.rs", "/home/a/robot"),
      NATIVE("<alloc::vec::Vec<T> as core::clone::Clone>::clone", NULL, "/home/a/robot"),
      NATIVE("robot::plan", NULL, "/home/a/robot")},
     3,
     "robot::plan"},
    {"not the library's templates in the user's file",
     {NATIVE("std::vector<int>::push_back", NULL, "/home/a/robot"),
      NATIVE("fill", NULL, "/home/a/robot")},
     2,
     "fill"},
    {"a line of Python for what it calls",
     {NATIVE("extend", NULL, "/home/a/extension.so"), PYTHON_LINE("step", "/home/a/node.py")},
     2,
     "step"},
    {"not an extension that was installed",
     {NATIVE("array_new", NULL, "/home/a/venv/lib/python3.11/site-packages/numpy/core.so"),
      NATIVE("fill", "fill.cpp", "/home/a/extension.so")},
     2,
     "fill"},
};

START_TEST(stands_for_its_stack)
{
    struct stack stack = {stacks[_i].frames, stacks[_i].count, false};
    ck_assert_msg(frame_of_stack(&stack) != NULL, "%s", stacks[_i].fact);
    ck_assert_str_eq(frame_of_stack(&stack)->function, stacks[_i].stands);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("frame_kind");
    TCase *tests = tcase_create("frame_of_stack");
    tcase_add_loop_test(tests, stands_for_its_stack, 0, sizeof stacks / sizeof *stacks);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
