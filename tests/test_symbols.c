/* SPDX-License-Identifier: MIT */
/* Addresses in real libraries, compiled here in several ways, have the right names and lines. */
#include <check.h>
#include <dlfcn.h>
#include <link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/arena.h"
#include "analyzer/cxx/demangle.h"
#include "analyzer/symbols/symbols.h"
#include "analyzer/cxx/type_names.h"
#include "tests/recording_builder.h"
#include "tests/suite.h"

/* Calls back where it would allocate, so that the test learns the return addresses. Lines count. */
static const char source[] =
    "void (*allocate)(int);\n"                                                          /* 1 */
    "namespace planner {\n"                                                             /* 2 */
    "struct Node { int data; Node(); };\n"                                              /* 3 */
    "static inline __attribute__((always_inline)) int get(int size) {\n"                /* 4 */
    "    allocate(size);\n"                                                             /* 5 */
    "    return size;\n"                                                                /* 6 */
    "}\n"                                                                               /* 7 */
    "__attribute__((noinline)) Node::Node() : data(get(8) + get(9)) {\n"                /* 8 */
    "}\n"                                                                               /* 9 */
    "template <class T> __attribute__((noinline)) int make(T value) {\n"                /* 10 */
    "    allocate(1);\n"                                                                /* 11 */
    "    return value;\n"                                                               /* 12 */
    "}\n"                                                                               /* 13 */
    "}\n"                                                                               /* 14 */
    "extern \"C\" __attribute__((noinline)) int plain(int size) {\n"                    /* 15 */
    "    allocate(size);\n"                                                             /* 16 */
    "    return size;\n"                                                                /* 17 */
    "}\n"                                                                               /* 18 */
    "extern \"C\" __attribute__((noinline)) void last_call(int size) {\n"               /* 19 */
    "    allocate(size);\n"                                                             /* 20 */
    "    if (size) __builtin_unreachable();\n"                                          /* 21 */
    "}\n"                                                                               /* 22 */
    "extern \"C\" __attribute__((aligned(64))) int behind(int size) { return size; }\n" /* 23 */
    "extern \"C\" void construct() { planner::Node node; }\n"                           /* 24 */
    "extern \"C\" int instantiate() { return planner::make<long>(3); }\n";              /* 25 */

static char *folder, *library;
static struct arena *arena;
static struct symbols *symbols;
static uintptr_t caller; /* where the library called us from first */

static void set_up(void)
{
    folder = make_test_folder();
    library = path_in(folder, "libsample.so");
    arena = arena_new();
    symbols = symbols_new(arena, false);
    caller = 0;
}

static void tear_down(void)
{
    symbols_free(symbols);
    arena_free(arena);
    free(library);
    remove_test_folder(folder);
}

__attribute__((format(printf, 1, 2))) static int run(const char *format, ...)
{
    char *command, *in_folder;
    va_list arguments;
    va_start(arguments, format);
    ck_assert_int_gt(vasprintf(&command, format, arguments), 0);
    va_end(arguments);
    ck_assert_int_gt(asprintf(&in_folder, "cd %s && %s", folder, command), 0);
    int status = system(in_folder);
    free(in_folder);
    free(command);
    return status;
}

static void compile(const char *compiler)
{
    char *file = path_in(folder, "sample.cc");
    save_bytes(file, source, strlen(source));
    ck_assert_int_eq(run("%s -shared -fPIC -Wl,--build-id -o libsample.so sample.cc", compiler), 0);
    free(file);
}

static void note_caller(int size)
{
    (void)size;
    if (!caller)
        caller = (uintptr_t)__builtin_return_address(0);
}

struct build_id {
    uint8_t bytes[32];
    size_t length;
    uintptr_t bias;
};

/* Reads the note of the module at `bias` as the preload does. */
static int read_build_id(struct dl_phdr_info *info, size_t size, void *context)
{
    struct build_id *build_id = context;
    (void)size;
    for (int i = 0; info->dlpi_addr == build_id->bias && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type != PT_NOTE)
            continue;
        const char *at = (const char *)(info->dlpi_addr + segment->p_vaddr),
                   *end = at + segment->p_memsz;
        while (at < end) {
            const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
            const char *name = at + sizeof *note, *bytes = name + (note->n_namesz + 3) / 4 * 4;
            if (note->n_type == NT_GNU_BUILD_ID && strcmp(name, "GNU") == 0) {
                build_id->length = note->n_descsz;
                memcpy(build_id->bytes, bytes, note->n_descsz);
            }
            at = bytes + (note->n_descsz + 3) / 4 * 4;
        }
    }
    return 0;
}

/* Loads the library and calls one of its functions. */
static struct build_id call(const char *function)
{
    struct build_id build_id = {0};
    Dl_info info;
    void *handle = dlopen(library, RTLD_NOW);
    ck_assert_msg(handle, "%s", dlerror());
    *(void (**)(int))dlsym(handle, "allocate") = note_caller;
    ((int (*)(int))dlsym(handle, function))(0);
    ck_assert_int_ne(dladdr((void *)caller, &info), 0);
    build_id.bias = (uintptr_t)info.dli_fbase;
    dl_iterate_phdr(read_build_id, &build_id);
    ck_assert_uint_gt(build_id.length, 0);
    return build_id;
}

static const struct symbol_frames *frames_at_caller(const struct build_id *build_id)
{
    struct symbol_module *module =
        symbols_module(symbols, library, build_id->bytes, build_id->length);
    return symbols_find(symbols, module, caller - build_id->bias, true);
}

static const struct symbol_frames *frames_of(const char *function)
{
    struct build_id build_id = call(function);
    return frames_at_caller(&build_id);
}

static void assert_frame(const struct frame *frame, const char *function, unsigned line)
{
    ck_assert_ptr_nonnull(frame->function);
    ck_assert_str_eq(frame->function, function);
    ck_assert_uint_eq(frame->line, line);
    ck_assert_str_eq(frame->module, "libsample.so");
    if (!line) {
        ck_assert_ptr_null(frame->file);
        return;
    }
    ck_assert_ptr_nonnull(frame->file);
    ck_assert_ptr_nonnull(strstr(frame->file, "/sample.cc"));
}

static const char *const compilers[] = {
    "g++ -g -O0",
    "g++ -g -O2",
    "g++ -gdwarf-4 -O2",
    "g++ -g -O2 -gsplit-dwarf",
    "clang++-14 -g -O2",
    "clang++-14 -g -O0",
    "clang++-14 -g -O2 -gsplit-dwarf",
};

static bool is_missing(const char *compiler)
{
    return strncmp(compiler, "clang", 5) == 0 && run("clang++-14 --version >/dev/null 2>&1") != 0;
}

START_TEST(inlined_functions_come_first)
{
    if (is_missing(compilers[_i]))
        return;
    compile(compilers[_i]);
    const struct symbol_frames *at = frames_of("construct");
    ck_assert_uint_eq(at->count, 2);
    assert_frame(&at->frames[0], "planner::get", 5);
    assert_frame(&at->frames[1], "planner::Node::Node", 8);
    ck_assert(at->frames[0].inlined);
    ck_assert(!at->frames[1].inlined);
}
END_TEST

START_TEST(templates_keep_their_arguments)
{
    if (is_missing(compilers[_i]))
        return;
    compile(compilers[_i]);
    const struct symbol_frames *at = frames_of("instantiate");
    ck_assert_uint_eq(at->count, 1);
    assert_frame(&at->frames[0], "planner::make<long>", 11);
}
END_TEST

START_TEST(plain_names_stay_plain)
{
    compile("g++ -g -O2");
    assert_frame(&frames_of("plain")->frames[0], "plain", 16);
}
END_TEST

START_TEST(call_at_the_end_belongs_to_its_function)
{
    compile("g++ -g -O2 -fno-optimize-sibling-calls");
    assert_frame(&frames_of("last_call")->frames[0], "last_call", 20);
}
END_TEST

START_TEST(symbol_table_is_enough_for_names)
{
    compile("g++ -O2");
    const struct symbol_frames *at = frames_of("construct");
    ck_assert_uint_eq(at->count, 1);
    assert_frame(&at->frames[0], "planner::Node::Node", 0);
}
END_TEST

START_TEST(dynamic_symbols_are_enough_for_exported_names)
{
    compile("g++ -O2 -s");
    assert_frame(&frames_of("instantiate")->frames[0], "planner::make<long>", 0);
}
END_TEST

START_TEST(separate_debug_file_is_found)
{
    compile("g++ -g -O2");
    ck_assert_int_eq(
        run("objcopy --only-keep-debug libsample.so libsample.so.debug && strip libsample.so "
            "&& objcopy --add-gnu-debuglink=libsample.so.debug libsample.so"),
        0);
    const struct symbol_frames *at = frames_of("construct");
    ck_assert_uint_eq(at->count, 2);
    assert_frame(&at->frames[0], "planner::get", 5);
}
END_TEST

START_TEST(gap_between_functions_belongs_to_none)
{
    compile("g++ -O2");
    struct build_id build_id = call("plain");
    caller = (uintptr_t)dlsym(dlopen(library, RTLD_NOW), "behind");
    ck_assert_ptr_null(frames_at_caller(&build_id)->frames[0].function);
    caller++;
    assert_frame(&frames_at_caller(&build_id)->frames[0], "behind", 0);
}
END_TEST

START_TEST(file_that_was_replaced_is_not_asked)
{
    compile("g++ -g -O2");
    struct build_id build_id = call("construct");
    build_id.bytes[0] ^= 1;
    const struct symbol_frames *at = frames_at_caller(&build_id);
    ck_assert_uint_eq(at->count, 1);
    ck_assert_ptr_null(at->frames[0].function);
    ck_assert_str_eq(at->frames[0].module, "libsample.so");
    ck_assert_uint_eq(at->frames[0].offset, caller - build_id.bias - 1);
}
END_TEST

START_TEST(file_that_is_gone_leaves_module_and_offset)
{
    compile("g++ -g -O2");
    struct build_id build_id = call("construct");
    remove(library);
    const struct symbol_frames *at = frames_at_caller(&build_id);
    ck_assert_ptr_null(at->frames[0].function);
    ck_assert_str_eq(at->frames[0].module, "libsample.so");
}
END_TEST

START_TEST(garbage_in_place_of_a_library_is_survived)
{
    save_bytes(library, "\177ELF\2\1\1 and nothing more", 24);
    struct symbol_module *module = symbols_module(symbols, library, (const uint8_t *)"", 0);
    ck_assert_ptr_null(symbols_find(symbols, module, 0x1234, true)->frames[0].function);
}
END_TEST

START_TEST(address_in_no_module_is_an_address)
{
    const struct symbol_frames *at = symbols_find(symbols, NULL, 0x1234, true);
    ck_assert_uint_eq(at->count, 1);
    ck_assert_uint_eq(at->frames[0].offset, 0x1233);
    ck_assert_ptr_null(at->frames[0].module);
}
END_TEST

static const struct {
    const char *linkage, *name;
} names[] = {
    {"main", "main"},
    {"_ZN7Planner4planEi", "Planner::plan"},
    {"_ZSt11make_sharedI4NodeJEESt10shared_ptrIT_EDpOT0_", "std::make_shared<Node>"},
    {"_ZN4NodeC4Ei", "Node::Node"},
    {"_ZZ4mainENKUliE_clEi", "main::{lambda(int)#1}::operator()"},
    {"_ZN12_GLOBAL__N_12An1fEv", "(anonymous namespace)::An::f"},
    {"_Znwm", "operator new"},
    {"_ZNK7Planner4planEi", "Planner::plan"},
    {"_ZN4core3fmt5Write9write_fmt17h0123456789abcdefE", "core::fmt::Write::write_fmt"},
    {"_RNvCs1234_7mycrate3foo", "mycrate::foo"},
    {"work.part.0", "work"},
    {"work.constprop.1.isra.2", "work"},
    {"_ZN7Planner4planEi.cold", "Planner::plan"},
    {"_Z", "_Z"},
    {"bad\xffname", "bad\\xffname"},
};

START_TEST(names_are_demangled)
{
    ck_assert_str_eq(demangle(arena, names[_i].linkage), names[_i].name);
}
END_TEST

START_TEST(names_in_type_infos_are_demangled)
{
    static const struct {
        const char *raw, *name;
    } types[] = {
        {"7Planner", "Planner"},
        {"*N12_GLOBAL__N_14NodeE", "(anonymous namespace)::Node"},
        {"St15_Sp_counted_ptrIP7PlannerLN9__gnu_cxx12_Lock_policyE2EE",
         "std::_Sp_counted_ptr<Planner*, (__gnu_cxx::_Lock_policy)2>"},
        {"no type at all", "no type at all"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        ck_assert_str_eq(demangle_type(arena, types[i].raw), types[i].name);
}
END_TEST

START_TEST(shared_objects_have_the_name_of_what_they_hold)
{
    static const struct {
        const char *type, *name;
    } types[] = {
        {"Node", "Node"},
        {"std::_Sp_counted_ptr_inplace<Node, std::allocator<void>, (__gnu_cxx::_Lock_policy)2>",
         "Node"},
        {"std::_Sp_counted_ptr_inplace<map<int, Node>, std::allocator<void>, 2>", "map<int, Node>"},
        {"std::_Sp_counted_ptr<Node*, (__gnu_cxx::_Lock_policy)2>", "Node (reference count)"},
        {"std::_Sp_counted_ptr_inplace<", "std::_Sp_counted_ptr_inplace<"},
        {"Nodes<std::_Sp_counted_ptr<Node*> >", "Nodes<std::_Sp_counted_ptr<Node*> >"},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        ck_assert_str_eq(type_names_of_user(arena, types[i].type), types[i].name);
}
END_TEST

int main(void)
{
    enum { COMPILERS = sizeof compilers / sizeof *compilers };
    Suite *suite = suite_create("symbols");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_loop_test(all, inlined_functions_come_first, 0, COMPILERS);
    tcase_add_loop_test(all, templates_keep_their_arguments, 0, COMPILERS);
    tcase_add_test(all, plain_names_stay_plain);
    tcase_add_test(all, call_at_the_end_belongs_to_its_function);
    tcase_add_test(all, symbol_table_is_enough_for_names);
    tcase_add_test(all, dynamic_symbols_are_enough_for_exported_names);
    tcase_add_test(all, separate_debug_file_is_found);
    tcase_add_test(all, gap_between_functions_belongs_to_none);
    tcase_add_test(all, file_that_was_replaced_is_not_asked);
    tcase_add_test(all, file_that_is_gone_leaves_module_and_offset);
    tcase_add_test(all, garbage_in_place_of_a_library_is_survived);
    tcase_add_test(all, address_in_no_module_is_an_address);
    tcase_add_loop_test(all, names_are_demangled, 0, sizeof names / sizeof *names);
    tcase_add_test(all, names_in_type_infos_are_demangled);
    tcase_add_test(all, shared_objects_have_the_name_of_what_they_hold);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
