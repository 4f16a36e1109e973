/* SPDX-License-Identifier: MIT */
/* What people read: stacks without the allocator, lines, fingerprints, memory errors. */
#include <check.h>
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/sites/fingerprint.h"
#include "analyzer/model.h"
#include "report/text/text_report.h"
#include "tests/recording_builder.h"
#include "tests/suite.h"

/* Functions to stand in a stack. Without a build-id, as hand-made recordings have none. */
static const char source[] = "int _Znwm(int n) { return n; }\n"  /* operator new */
                             "int _ZdlPv(int n) { return n; }\n" /* operator delete */
                             "int load_map(int n) { return n; }\n"
                             "int plan_path(int n) { return n; }\n"
                             "int main_loop(int n) { return n; }\n"
                             "void *xmalloc(int n) { return 0; }\n"
                             "#line 40 \"/usr/include/c++/12/bits/new_allocator.h\"\n"
                             "int allocate(int n) { return n; }\n";

static char *folder, *path, *library;
static struct recording_builder *builder;
static struct session *session;
static void *handle;
static uint32_t module;

static void compile(const char *shift, const char *name)
{
    char *command, *file = path_in(folder, "stack.c"), *text;
    ck_assert_int_gt(asprintf(&text, "%s%s", shift, source), 0);
    save_bytes(file, text, strlen(text));
    library = path_in(folder, name);
    ck_assert_int_gt(
        asprintf(&command, "cc -g -w -shared -fPIC -Wl,--build-id=none -o %s %s", library, file),
        0);
    ck_assert_int_eq(system(command), 0);
    handle = dlopen(library, RTLD_NOW);
    ck_assert_msg(handle, "%s", dlerror());
    free(command);
    free(file);
    free(text);
}

static void set_up(void)
{
    folder = make_test_folder();
    path = path_in(folder, "1.0.lgr");
    session = NULL;
    library = NULL;
    builder = builder_new();
}

static void tear_down(void)
{
    session_free(session);
    builder_free(builder);
    free(path);
    free(library);
    remove_test_folder(folder);
}

/* The compiled library is a module of the recording, mapped at an address of its own. */
static void use_library(uint64_t bias)
{
    module = builder_module(builder, &(struct recording_module){
                                         .path = builder_string(builder, library, strlen(library)),
                                         .bias = bias,
                                         .start = bias,
                                         .end = bias + (1 << 20),
                                     });
}

static uint64_t address_of(uint64_t bias, const char *function)
{
    Dl_info info;
    void *address = dlsym(handle, function);
    ck_assert_int_ne(dladdr(address, &info), 0);
    return (uint64_t)((char *)address - (char *)info.dli_fbase) + bias;
}

/* `functions` from the outermost to the innermost, ended by NULL. */
static uint32_t stack_of(uint64_t bias, const char *const *functions)
{
    uint32_t node = 0;
    for (; *functions; functions++)
        node = builder_stack(builder, node, address_of(bias, *functions) + 1, module);
    return node;
}

static uint32_t shim_on(uint32_t node)
{
    static const char name[] = "/usr/lib/leakgraph/libleakgraph.so";
    uint32_t shim =
        builder_module(builder, &(struct recording_module){
                                    .path = builder_string(builder, name, sizeof name - 1),
                                    .end = 1 << 20,
                                    .flags = RECORDING_MODULE_SHIM,
                                });
    return builder_stack(builder, node, 0x100, shim);
}

static uint32_t used_site(uint32_t stack)
{
    uint32_t site = builder_site(builder, stack);
    builder_counters(
        builder, 0, site,
        &(struct recording_site_counters){.allocations = 2, .allocated_bytes = 20, .temporary = 1});
    return site;
}

static const struct process *analyse(void)
{
    struct error error = {0};
    builder_save(builder, path);
    session_free(session);
    session = session_load(path, NULL, &error);
    ck_assert_msg(session, "%s", error.message);
    return &session->processes[0];
}

#define STACK(...) ((const char *const[]){__VA_ARGS__, NULL})
enum { BIAS = 0x10000 };

START_TEST(allocator_is_left_out_of_stacks)
{
    compile("", "libstack.so");
    use_library(BIAS);
    used_site(shim_on(stack_of(BIAS, STACK("main_loop", "load_map", "_Znwm"))));
    const struct stack *stack = &analyse()->sites[0].stack;
    ck_assert_uint_eq(stack->frame_count, 2);
    ck_assert_str_eq(stack->frames[0].function, "load_map");
    ck_assert_str_eq(stack->frames[1].function, "main_loop");
    ck_assert(!stack->cut);
}
END_TEST

START_TEST(our_own_frames_are_left_out_everywhere)
{
    compile("", "libstack.so");
    use_library(BIAS);
    uint32_t wrapped = shim_on(stack_of(BIAS, STACK("main_loop")));
    uint32_t inner = builder_stack(builder, wrapped, address_of(BIAS, "load_map") + 1, module);
    used_site(shim_on(inner));
    const struct stack *stack = &analyse()->sites[0].stack;
    ck_assert_uint_eq(stack->frame_count, 2);
    ck_assert_str_eq(stack->frames[0].function, "load_map");
    ck_assert_str_eq(stack->frames[1].function, "main_loop");
}
END_TEST

START_TEST(deep_stacks_stay_whole_until_there_are_many)
{
    enum { DEPTH = 10000, STACKS = 100 };
    uint32_t node = 0;
    for (int i = 0; i < DEPTH; i++)
        node = builder_stack(builder, node, 0x1000 + (uint64_t)i, 0);
    for (uint64_t i = 0; i < STACKS; i++)
        used_site(builder_stack(builder, node, 0x10 * (i + 1), 0));
    const struct process *process = analyse();
    size_t whole = 0;
    for (size_t i = 0; i < process->site_count; i++) {
        const struct stack *stack = &process->sites[i].stack;
        whole += stack->frame_count == DEPTH + 1;
        ck_assert_int_eq(stack->cut, stack->frame_count != DEPTH + 1);
    }
    ck_assert_uint_gt(whole, 10);
    ck_assert_uint_lt(whole, STACKS);
}
END_TEST

START_TEST(stack_of_the_allocator_alone_keeps_its_last_frame)
{
    compile("", "libstack.so");
    use_library(BIAS);
    used_site(shim_on(stack_of(BIAS, STACK("_Znwm"))));
    const struct stack *stack = &analyse()->sites[0].stack;
    ck_assert_uint_eq(stack->frame_count, 1);
}
END_TEST

START_TEST(operator_new_further_out_stays)
{
    compile("", "libstack.so");
    use_library(BIAS);
    used_site(stack_of(BIAS, STACK("main_loop", "_Znwm", "load_map")));
    ck_assert_uint_eq(analyse()->sites[0].stack.frame_count, 3);
}
END_TEST

START_TEST(cut_stacks_say_so)
{
    used_site(builder_stack(builder, 0, 0x10, RECORDING_STACK_CUT));
    ck_assert(analyse()->sites[0].stack.cut);
}
END_TEST

/* --- lines --- */

START_TEST(sites_of_one_line_are_summed)
{
    compile("", "libstack.so");
    use_library(BIAS);
    used_site(stack_of(BIAS, STACK("main_loop", "plan_path")));
    used_site(stack_of(BIAS, STACK("load_map", "plan_path")));
    const struct process *process = analyse();
    ck_assert_uint_eq(process->site_count, 2);
    ck_assert_uint_eq(process->line_count, 1);
    ck_assert_str_eq(process->lines[0].function, "plan_path");
    ck_assert_uint_eq(process->lines[0].line, 4);
    ck_assert_uint_eq(process->lines[0].figures.allocations, 4);
    ck_assert_uint_eq(process->lines[0].figures.allocated_bytes, 40);
    ck_assert_uint_eq(process->lines[0].figures.temporary_allocations, 2);
}
END_TEST

START_TEST(line_is_the_user_s_and_not_the_library_header_s)
{
    compile("", "libstack.so");
    use_library(BIAS);
    used_site(stack_of(BIAS, STACK("load_map", "allocate")));
    const struct process *process = analyse();
    ck_assert_str_eq(process->sites[0].stack.frames[0].function, "allocate");
    ck_assert_uint_eq(process->sites[0].stack.frames[0].line, 40);
    ck_assert_str_eq(process->lines[0].function, "load_map");
    ck_assert_uint_eq(process->lines[0].line, 3);
}
END_TEST

/* --- summaries --- */

/* The text report as a whole; the caller frees it. */
static char *report_with(bool summary)
{
    struct error error = {0};
    struct session_options options = {.summary = summary};
    struct text_options text_options = {.style.width = 100, .top = 10, .stack_frames = 3};
    char *text = NULL;
    size_t length;
    FILE *file = open_memstream(&text, &length);
    session_free(session);
    session = session_load(path, &options, &error);
    ck_assert_msg(session, "%s", error.message);
    ck_assert(text_report_write(session, &text_options, file, &error));
    ck_assert_int_eq(fclose(file), 0);
    return text;
}

/* Some frame of the library, of a file that is not there, of no file, or of the shim. */
static uint32_t random_frame(uint32_t node)
{
    static const char *const functions[] = {"_Znwm",     "load_map", "plan_path",
                                            "main_loop", "xmalloc",  "allocate"};
    size_t choice = (size_t)rand() % 10;
    if (choice < sizeof functions / sizeof *functions)
        return builder_stack(builder, node, address_of(BIAS, functions[choice]) + 1, module);
    if (choice == 6)
        return shim_on(node);
    uint32_t nowhere = choice == 7 ? RECORDING_NO_MODULE : 0;
    return builder_stack(builder, node, 0x10 * ((uint64_t)rand() % 4 + 1), nowhere);
}

static void use_randomly(uint32_t site)
{
    uint64_t allocations = (uint64_t)rand() % 100, bytes = allocations * ((uint64_t)rand() % 64);
    builder_counters(builder, 0, site,
                     &(struct recording_site_counters){.allocations = allocations,
                                                       .allocated_bytes = bytes,
                                                       .temporary = allocations / 2});
}

START_TEST(summary_says_the_same_as_the_whole)
{
    enum { TRIES = 30, SITES = 40, DEPTH = 6 };
    compile("", "libstack.so");
    for (unsigned seed = 0; seed < TRIES; seed++) {
        builder_free(builder);
        builder = builder_new();
        use_library(BIAS);
        srand(seed);
        for (int i = 0; i < SITES; i++) {
            uint32_t node = 0;
            for (int depth = rand() % DEPTH; depth > 0; depth--)
                node = random_frame(node);
            uint32_t site = builder_site(builder, node);
            use_randomly(site);
            if (rand() % 4 == 0)
                builder_node(builder, 16, site); /* lost */
        }
        builder_save(builder, path);
        char *whole = report_with(false), *summary = report_with(true);
        ck_assert_msg(strcmp(whole, summary) == 0, "seed %u: %s\n%s", seed, whole, summary);
        free(whole);
        free(summary);
    }
}
END_TEST

START_TEST(summary_has_few_sites_but_all_that_they_did)
{
    enum { MANY = 1000 };
    struct error error = {0};
    struct session_options options = {.summary = true};
    uint32_t inner;
    compile("", "libstack.so");
    use_library(BIAS);
    for (uint64_t i = 0; i < MANY; i++) {
        inner = builder_stack(builder, 0, 0x1000 + i, 0);
        used_site(builder_stack(builder, inner, address_of(BIAS, "plan_path") + 1, module));
    }
    builder_save(builder, path);
    session = session_load(path, &options, &error);
    ck_assert_msg(session, "%s", error.message);
    const struct process *process = &session->processes[0];
    ck_assert_uint_eq(process->site_count, 1);
    ck_assert_str_eq(process->sites[0].stack.frames[0].function, "plan_path");
    ck_assert(process->sites[0].stack.cut);
    ck_assert_uint_eq(process->totals.allocations, 2 * MANY);
    ck_assert_uint_eq(process->lines[0].figures.allocations, 2 * MANY);
}
END_TEST

/* --- fingerprints --- */

START_TEST(fingerprint_outlives_a_rebuild_and_another_address)
{
    char before[FINGERPRINT_BYTES];
    compile("", "libstack.so");
    use_library(BIAS);
    used_site(stack_of(BIAS, STACK("main_loop", "plan_path")));
    strcpy(before, analyse()->sites[0].fingerprint);
    builder_free(builder);
    builder = builder_new();
    free(library);
    compile("int before(int n) { return n + 1; }\n\n\n", "libstack2.so");
    use_library(7 * BIAS);
    used_site(stack_of(7 * BIAS, STACK("main_loop", "plan_path")));
    ck_assert_str_eq(analyse()->sites[0].fingerprint, before);
}
END_TEST

START_TEST(fingerprint_tells_callers_apart)
{
    compile("", "libstack.so");
    use_library(BIAS);
    used_site(stack_of(BIAS, STACK("main_loop", "plan_path")));
    used_site(stack_of(BIAS, STACK("load_map", "plan_path")));
    const struct process *process = analyse();
    ck_assert_str_ne(process->sites[0].fingerprint, process->sites[1].fingerprint);
    ck_assert_uint_eq(strlen(process->sites[0].fingerprint), FINGERPRINT_BYTES - 1);
}
END_TEST

START_TEST(fingerprint_without_symbols_is_module_and_offset)
{
    char fingerprints[2][FINGERPRINT_BYTES];
    for (uint64_t i = 0; i < 2; i++) {
        static const char name[] = "/nowhere/librobot.so";
        uint64_t bias = (i + 1) * BIAS;
        uint32_t robot =
            builder_module(builder, &(struct recording_module){
                                        .path = builder_string(builder, name, sizeof name - 1),
                                        .bias = bias,
                                        .end = UINT64_MAX,
                                    });
        used_site(builder_stack(builder, 0, bias + 0x123, robot));
        strcpy(fingerprints[i], analyse()->sites[0].fingerprint);
        builder_free(builder);
        builder = builder_new();
    }
    ck_assert_str_eq(fingerprints[0], fingerprints[1]);
}
END_TEST

static uint64_t fingerprint_of(const char *const *functions)
{
    struct frame frames[16] = {{0}};
    struct stack stack = {.frames = frames};
    for (; functions[stack.frame_count]; stack.frame_count++) {
        const char *function = functions[stack.frame_count];
        frames[stack.frame_count].function = function;
        frames[stack.frame_count].module = function[0] == '_' ? "libc.so.6" : "robot";
    }
    return fingerprint_stack(&stack);
}

START_TEST(fingerprint_looks_through_the_standard_library)
{
    uint64_t fingerprint = fingerprint_of(STACK("std::make_shared<Node>", "plan", "main"));
    ck_assert_uint_eq(fingerprint, fingerprint_of(STACK("std::allocate", "__gnu_cxx::allocate",
                                                        "std::make_shared<Node>", "plan", "main",
                                                        "__libc_start_main")));
    ck_assert_uint_ne(fingerprint, fingerprint_of(STACK("std::make_shared<Peer>", "plan", "main")));
    ck_assert_uint_ne(fingerprint, fingerprint_of(STACK("std::make_shared<Node>", "load", "main")));
    ck_assert_uint_ne(fingerprint_of(STACK("_IO_getline")), fingerprint_of(STACK("_IO_file")));
}
END_TEST

/* --- memory errors --- */

static void mismatch(uint32_t freed_by, uint32_t allocated_by)
{
    builder_error(builder, &(struct recording_error){
                               .kind = RECORDING_MISMATCHED_FREE,
                               .stack = freed_by,
                               .address = 0x1230,
                               .size_bytes = 48,
                               .allocated_site = builder_site(builder, allocated_by),
                               .allocated_kind = RECORDING_KIND_NEW_ARRAY,
                               .freed_kind = RECORDING_KIND_MALLOC,
                               .count = 5,
                           });
}

START_TEST(mismatched_free_names_both_sides)
{
    compile("", "libstack.so");
    use_library(BIAS);
    mismatch(shim_on(stack_of(BIAS, STACK("main_loop"))),
             shim_on(stack_of(BIAS, STACK("load_map"))));
    const struct process *process = analyse();
    ck_assert_uint_eq(process->error_count, 1);
    const struct memory_error *error = &process->errors[0];
    ck_assert_str_eq(memory_error_names[error->kind], "mismatched-free");
    ck_assert_str_eq(error->allocated_with, "new[]");
    ck_assert_str_eq(error->freed_with, "free");
    ck_assert_uint_eq(error->count, 5);
    ck_assert_uint_eq(error->size_bytes, 48);
    ck_assert_str_eq(error->stack.frames[0].function, "main_loop");
    ck_assert_str_eq(error->allocated->stack.frames[0].function, "load_map");
}
END_TEST

START_TEST(operator_of_the_library_behind_our_hook_is_no_excuse)
{
    compile("", "libstdc++.so.6");
    use_library(BIAS);
    uint32_t hook = shim_on(stack_of(BIAS, STACK("load_map")));
    mismatch(stack_of(BIAS, STACK("main_loop")),
             shim_on(builder_stack(builder, hook, address_of(BIAS, "_Znwm") + 1, module)));
    ck_assert_uint_eq(analyse()->error_count, 1);
}
END_TEST

START_TEST(operators_of_the_program_make_no_mismatch)
{
    compile("", "libstack.so");
    use_library(BIAS);
    mismatch(shim_on(stack_of(BIAS, STACK("main_loop"))),
             shim_on(stack_of(BIAS, STACK("load_map", "_Znwm"))));
    mismatch(shim_on(stack_of(BIAS, STACK("plan_path", "_ZdlPv"))),
             shim_on(stack_of(BIAS, STACK("load_map"))));
    ck_assert_uint_eq(analyse()->error_count, 0);
}
END_TEST

START_TEST(invalid_free_knows_no_block)
{
    builder_error(builder, &(struct recording_error){.kind = RECORDING_INVALID_FREE,
                                                     .stack = builder_stack(builder, 0, 0x10, 0),
                                                     .address = 0x77,
                                                     .count = 1});
    const struct memory_error *error = &analyse()->errors[0];
    ck_assert_int_eq(error->kind, INVALID_FREE);
    ck_assert_ptr_null(error->allocated);
    ck_assert_ptr_null(error->allocated_with);
    ck_assert_uint_eq(error->stack.frame_count, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("model");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, allocator_is_left_out_of_stacks);
    tcase_add_test(all, our_own_frames_are_left_out_everywhere);
    tcase_add_test(all, deep_stacks_stay_whole_until_there_are_many);
    tcase_add_test(all, stack_of_the_allocator_alone_keeps_its_last_frame);
    tcase_add_test(all, operator_new_further_out_stays);
    tcase_add_test(all, cut_stacks_say_so);
    tcase_add_test(all, sites_of_one_line_are_summed);
    tcase_add_test(all, line_is_the_user_s_and_not_the_library_header_s);
    tcase_add_test(all, summary_says_the_same_as_the_whole);
    tcase_add_test(all, summary_has_few_sites_but_all_that_they_did);
    tcase_add_test(all, fingerprint_outlives_a_rebuild_and_another_address);
    tcase_add_test(all, fingerprint_looks_through_the_standard_library);
    tcase_add_test(all, fingerprint_tells_callers_apart);
    tcase_add_test(all, fingerprint_without_symbols_is_module_and_offset);
    tcase_add_test(all, mismatched_free_names_both_sides);
    tcase_add_test(all, operator_of_the_library_behind_our_hook_is_no_excuse);
    tcase_add_test(all, operators_of_the_program_make_no_mismatch);
    tcase_add_test(all, invalid_free_knows_no_block);
    suite_add_tcase(suite, all);
    return suite_run(suite);
}
