/* SPDX-License-Identifier: MIT */
#include "report/view/labels.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/base/format.h"
#include "report/base/utf8.h"
#include "tests/model_builder.h"
#include "tests/suite.h"

START_TEST(sizes_have_one_decimal)
{
    ck_assert_str_eq(format_size(0).text, "0 B");
    ck_assert_str_eq(format_size(1023).text, "1023 B");
    ck_assert_str_eq(format_size(1024).text, "1.0 KiB");
    ck_assert_str_eq(format_size(1280).text, "1.2 KiB");
    ck_assert_str_eq(format_size((1u << 20) - 1).text, "1.0 MiB");
    ck_assert_str_eq(format_size(UINT64_MAX).text, "16.0 EiB");
}
END_TEST

START_TEST(counts_are_grouped_and_agree_with_their_noun)
{
    ck_assert_str_eq(format_count(999).text, "999");
    ck_assert_str_eq(format_count(1234567).text, "1,234,567");
    ck_assert_str_eq(format_plural(1, "block").text, "1 block");
    ck_assert_str_eq(format_plural(2, "process").text, "2 processes");
    ck_assert_str_eq(format_percent(1, 1000).text, "<1%");
    ck_assert_str_eq(format_percent(0, 0).text, "");
    ck_assert_str_eq(format_duration(3725000000000u).text, "62 min 5 s");
}
END_TEST

START_TEST(invalid_bytes_are_escaped)
{
    char copy[32];

    utf8_copy(copy, sizeof(copy), "a\xff\xc3\xa4\xc3", false);
    ck_assert_str_eq(copy, "a\\xff\xc3\xa4\\xc3");
    utf8_copy(copy, sizeof(copy), "\xed\xa0\x80", false); /* a surrogate */
    ck_assert_str_eq(copy, "\\xed\\xa0\\x80");
    utf8_copy(copy, sizeof(copy), "\xc0\xaf", false); /* longer than needed */
    ck_assert_str_eq(copy, "\\xc0\\xaf");
    utf8_copy(copy, sizeof(copy), "\033[31m\xc2\x9b", true); /* what a terminal would obey */
    ck_assert_str_eq(copy, "\\x1b[31m\\xc2\\x9b");
}
END_TEST

START_TEST(a_cut_copy_ends_with_a_whole_character)
{
    char copy[4];

    ck_assert_uint_eq(utf8_copy(copy, sizeof(copy), "ab\xc3\xa4", false), 2);
    ck_assert_str_eq(copy, "ab");
}
END_TEST

START_TEST(the_label_of_a_stack_is_the_users_code)
{
    struct session *session = model_builder_robot();

    ck_assert_str_eq(label_site(&session->processes[0].sites[0]).text,
                     "make_nodes(int) (robot.cpp:30)");
    ck_assert_str_eq(label_site(NULL).text, "unknown");
}
END_TEST

START_TEST(names_of_templates_are_short)
{
    static const struct {
        const char *name, *label;
    } names[] = {
        {"std::vector<int, std::allocator<int> >::push_back", "std::vector<int>::push_back"},
        {"Map<std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > "
         ">::at",
         "Map<string>::at"},
        {"std::map<int, Node, std::less<int>, std::allocator<std::pair<int const, Node> > "
         ">::insert",
         "std::map<int, Node>::insert"},
        {"read[abi:cxx11]", "read"},
        {"main::{lambda(int)#1}::operator()", "main::lambda::operator()"},
        {"operator<<", "operator<<"},
        {"Point::operator->", "Point::operator->"},
        {"std::operator< <char>", "std::operator< <char>"},
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        ck_assert_str_eq(label_function(&(struct frame){.function = names[i].name}).text,
                         names[i].label);
}
END_TEST

START_TEST(a_frame_without_a_symbol_shows_its_module)
{
    const struct frame plain = {.module = "robot", .offset = 0x42}, bare = {.offset = 0x42},
                       symbol = {.function = "load", .module = "libmap.so"};

    ck_assert_str_eq(label_place(&plain).text, "robot+0x42");
    ck_assert_str_eq(label_place(&bare).text, "unknown+0x42");
    ck_assert_str_eq(label_place(&symbol).text, "load (libmap.so)");
}
END_TEST

static const struct {
    const char *type, *label;
} types[] = {
    {"Node", "Node"},
    {"vector<std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> > >",
     "vector<string>"},
    {NULL, ""},
};

START_TEST(types_are_named_as_the_user_named_them)
{
    ck_assert_str_eq(label_type(types[_i].type).text, types[_i].label);
}
END_TEST

START_TEST(long_labels_lose_their_middle)
{
    struct label label = {"abcdefghijklmnopqrstuvwxyz"};

    ck_assert_str_eq(label_fit(label, 26, true).text, label.text);
    ck_assert_str_eq(label_fit(label, 10, true).text, "abcdef\xe2\x80\xa6xyz");
    ck_assert_str_eq(label_fit(label, 10, false).text, "abcdef..yz");
    ck_assert_uint_eq(utf8_length(label_fit(label, 11, true).text), 11);
}
END_TEST

START_TEST(a_script_gives_its_process_the_name)
{
    static const char *const script[] = {"/usr/bin/python3.11", "/opt/nodes/talker.py", NULL},
                             *const option[] = {"bash", "-c", "x", NULL};
    struct process process = {.command = script};

    ck_assert_str_eq(label_process(&process).text, "talker.py");
    process.command = option;
    ck_assert_str_eq(label_process(&process).text, "bash");
    process.command = NULL;
    ck_assert_str_eq(label_process(&process).text, "unknown");
}
END_TEST

/* The label of a process with these words as its command, and ROS_NAMESPACE. */
static const char *called(const char *ros_namespace, const char *words)
{
    static struct label label;
    static char text[512];
    const char *command[32] = {NULL};
    struct process process = {.command = command, .ros_namespace = ros_namespace};

    snprintf(text, sizeof(text), "%s", words);
    for (size_t i = 0; i < 31 && (command[i] = strtok(i ? NULL : text, " ")); i++)
        ;
    label = label_process(&process);
    return label.text;
}

START_TEST(a_ros_2_node_has_the_name_that_its_arguments_give_it)
{
    ck_assert_str_eq(
        called(NULL, "/opt/talker --ros-args -r __node:=front_talker -r __ns:=/robot1"),
        "/robot1/front_talker");
    ck_assert_str_eq(called(NULL, "talker 5 --ros-args --params-file a.yaml --remap __name:=front"),
                     "/front");
    ck_assert_str_eq(called(NULL, "python3 node.py --ros-args -r __node:=brain -- -r __node:=no"),
                     "/brain");
    ck_assert_str_eq(called(NULL, "talker --ros-args -r chatter:=/news -p rate:=5"), "talker");
    ck_assert_str_eq(called(NULL, "talker --ros-args -r __ns:=/robot1"), "talker (/robot1)");
    ck_assert_str_eq(called(NULL, "talker -r __node:=front"), "talker");
    ck_assert_str_eq(called(NULL, "talker --ros-args -r"), "talker");
    ck_assert_str_eq(called("/robot9", "talker --ros-args -r __node:=front"), "/front");
}
END_TEST

START_TEST(several_nodes_of_a_process_are_all_named)
{
    ck_assert_str_eq(called(NULL, "pair --ros-args -r talker:__node:=a -r listener:__node:=b "
                                  "-r listener:__ns:=/far -r __ns:=/near"),
                     "/near/a, /far/b");
}
END_TEST

START_TEST(a_ros_1_node_has_the_name_that_its_arguments_give_it)
{
    ck_assert_str_eq(called(NULL, "talker chatter:=/news __name:=front __log:=/tmp/front.log"),
                     "/front");
    ck_assert_str_eq(called("/robot1/", "talker __name:=front"), "/robot1/front");
    ck_assert_str_eq(called("/robot1", "talker __name:=front __ns:=robot2"), "/robot2/front");
    ck_assert_str_eq(called("/robot1", "talker chatter:=/news"), "talker");
}
END_TEST

START_TEST(who_starts_a_node_is_not_that_node)
{
    ck_assert_str_eq(
        called(NULL, "python3 /opt/ros/bin/ros2 run demo talker --ros-args -r __node:=a"), "ros2");
    ck_assert_str_eq(called(NULL, "xterm -e talker __name:=a"), "xterm");
}
END_TEST

START_TEST(a_process_is_found_by_each_of_its_names)
{
    const char *const command[] = {"/opt/talker", "--ros-args",    "-r", "__node:=front",
                                   "-r",          "__ns:=/robot1", NULL};
    const struct process process = {.command = command, .executable = "/opt/talker"};

    ck_assert(label_is_called(&process, "/robot1/front"));
    ck_assert(label_is_called(&process, "/robot1/*"));
    ck_assert(label_is_called(&process, "front"));
    ck_assert(label_is_called(&process, "talker"));
    ck_assert(label_is_called(&process, "/opt/talker"));
    ck_assert(!label_is_called(&process, "rear"));
    ck_assert_str_eq(label_command(&process).text,
                     "/robot1/front: /opt/talker --ros-args -r __node:=front -r __ns:=/robot1");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("labels");
    TCase *tests = tcase_create("labels");

    suite_add_tcase(suite, tests);
    tcase_add_test(tests, sizes_have_one_decimal);
    tcase_add_test(tests, counts_are_grouped_and_agree_with_their_noun);
    tcase_add_test(tests, invalid_bytes_are_escaped);
    tcase_add_test(tests, a_cut_copy_ends_with_a_whole_character);
    tcase_add_test(tests, the_label_of_a_stack_is_the_users_code);
    tcase_add_test(tests, names_of_templates_are_short);
    tcase_add_test(tests, a_frame_without_a_symbol_shows_its_module);
    tcase_add_loop_test(tests, types_are_named_as_the_user_named_them, 0,
                        sizeof(types) / sizeof(types[0]));
    tcase_add_test(tests, long_labels_lose_their_middle);
    tcase_add_test(tests, a_script_gives_its_process_the_name);
    tcase_add_test(tests, a_ros_2_node_has_the_name_that_its_arguments_give_it);
    tcase_add_test(tests, several_nodes_of_a_process_are_all_named);
    tcase_add_test(tests, a_ros_1_node_has_the_name_that_its_arguments_give_it);
    tcase_add_test(tests, who_starts_a_node_is_not_that_node);
    tcase_add_test(tests, a_process_is_found_by_each_of_its_names);
    return suite_run(suite);
}
