/* SPDX-License-Identifier: MIT */
#include "preload/python/python.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "preload/unwind/capture_epoch.h"
#include "preload/unwind/module_symbols.h"
#include "preload/unwind/modules.h"
#include "preload/python/python_layout.h"
#include "preload/recording/recording_writer.h"

_Atomic int python_state;
struct python python;
static struct module_symbols symbols;
static python_attach *attach_objects;
static void (*look_again)(void);

uintptr_t python_symbol(const char *name)
{
    return python_state_now() != PYTHON_NONE ? module_symbols_find(&symbols, name, NULL) : 0;
}

static void note_range(const struct dl_phdr_info *info)
{
    python.start = UINTPTR_MAX;
    python.end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD)
            continue;
        python.start = start < python.start ? start : python.start;
        python.end = start + segment->p_memsz > python.end ? start + segment->p_memsz : python.end;
    }
}

/* An executable linked to libpython can have a copy of _PyRuntime; the interpreter's code tells. Up
   to 3.6 there is none. */
static int find_python(struct dl_phdr_info *info, size_t size, void *data)
{
    struct module_symbols found;
    size_t evaluate_bytes = 0;
    (void)size, (void)data;
    if (!module_symbols_open(&found, info))
        return 0;
    uintptr_t evaluate = module_symbols_find(&found, "_PyEval_EvalFrameDefault", &evaluate_bytes);
    uintptr_t runtime = evaluate != 0 ? module_symbols_find(&found, "_PyRuntime", NULL) : 0;
    if (module_symbols_find(&found, "PyEval_EvalFrameEx", NULL) == 0)
        return 0;
    symbols = found;
    note_range(info);
    python.runtime = runtime;
    python.evaluate = evaluate;
    python.evaluate_end = evaluate + evaluate_bytes;
    return 1;
}

/* Of "3.14.2+ (main, ..."; minor 0 for another kind. */
static void parse_version(const char *text, unsigned *minor, unsigned *micro)
{
    char *end = "";
    *minor = strncmp(text, "3.", 2) == 0 ? (unsigned)strtoul(text + 2, &end, 10) : 0;
    *micro = *end == '.' ? (unsigned)strtoul(end + 1, NULL, 10) : 0;
}

static const char *version_text(void)
{
    const char *(*version)(void) = (const char *(*)(void))python_symbol("Py_GetVersion");
    return version != NULL ? version() : "";
}

static enum recording_python verdict;

static void say_verdict(void)
{
    const char *version = version_text();
    recording_header->python = verdict;
    recording_header->python_unwanted = !python.with_objects;
    recording_header->python_version = recording_string(version, strlen(version));
}

static enum recording_python judge(const char *version)
{
    unsigned minor, micro;
    parse_version(version, &minor, &micro);
    if (python_layout_is_free_threaded(minor, python.runtime))
        return RECORDING_PYTHON_FREE_THREADED;
    if (python.runtime == 0 || !python_layout_take(minor, micro, python.runtime))
        return RECORDING_PYTHON_UNKNOWN_VERSION;
    return RECORDING_PYTHON_FOLLOWED;
}

static void *(*state_function(const char *name))(void)
{
    return (void *(*)(void))python_symbol(name);
}

static void attach(void)
{
    verdict = judge(version_text());
    python.thread_state = state_function("PyGILState_GetThisThreadState");
    python.running_state = NULL; /* up to 3.11 there is one for the whole process */
    if (python_layout.minor >= 12)
        python.running_state =
            state_function(python_layout.minor == 12 ? "_PyThreadState_UncheckedGet"
                                                     : "PyThreadState_GetUnchecked");
    if (python_layout.minor < 12)
        python.locking_state = state_function("_PyThreadState_UncheckedGet");
    if (python.thread_state == NULL)
        verdict = RECORDING_PYTHON_UNKNOWN_VERSION;
    say_verdict();
    bool is_known = verdict == RECORDING_PYTHON_FOLLOWED;
    atomic_store_explicit(&python_state, is_known ? PYTHON_ATTACHED : PYTHON_DECLINED,
                          memory_order_release);
    if (!is_known || !python.with_objects)
        return;
    attach_objects(&symbols);
}

static bool wants_objects(void)
{
    const char *wanted = getenv("LEAKGRAPH_PYTHON_OBJECTS");
    if (!wanted || !*wanted || strcmp(wanted, "hooks") == 0)
        return true;
    if (strcmp(wanted, "off") != 0)
        recording_dropped(RECORDING_DROP_OPTIONS);
    return strcmp(wanted, "off") != 0;
}

void python_start(python_attach *attach_to_objects, void (*look_at_them_again)(void))
{
    attach_objects = attach_to_objects;
    look_again = look_at_them_again;
    python.with_objects = wants_objects();
    if (python_state_now() == PYTHON_NONE)
        python_modules_changed();
    if (python_state_now() == PYTHON_LOADED)
        attach();
}

static int find_again(struct dl_phdr_info *info, size_t size, void *data)
{
    struct module_symbols found;
    (void)size, (void)data;
    return module_symbols_open(&found, info) && found.symbols == symbols.symbols;
}

void python_modules_changed(void)
{
    if (modules_loader_may_hang)
        return;
    int saved_errno = errno;
    if (python_state_now() != PYTHON_NONE && dl_iterate_phdr(find_again, NULL) == 0)
        atomic_store(&python_state, PYTHON_NONE);
    if (python_state_now() == PYTHON_NONE && dl_iterate_phdr(find_python, NULL) == 1) {
        atomic_store_explicit(&python_state, PYTHON_LOADED, memory_order_release);
        capture_epoch_begin();
    }
    errno = saved_errno;
}

void python_called_from(uintptr_t pc)
{
    static atomic_flag attaching = ATOMIC_FLAG_INIT;
    if (pc - python.start >= python.end - python.start || atomic_flag_test_and_set(&attaching))
        return;
    if (python_state_now() == PYTHON_LOADED)
        attach();
    else if (look_again && python_state_now() == PYTHON_ATTACHED)
        look_again();
    atomic_flag_clear(&attaching);
}

void python_settle(bool layout_holds)
{
    int expected = PYTHON_ATTACHED;
    if (!atomic_compare_exchange_strong(&python_state, &expected,
                                        layout_holds ? PYTHON_FOLLOWED : PYTHON_DECLINED))
        return;
    if (!layout_holds)
        recording_header->python = verdict = RECORDING_PYTHON_UNLIKELY;
    if (look_again)
        look_again();
}

void python_restart_after_fork(void)
{
    if (python_state_now() >= PYTHON_ATTACHED)
        say_verdict();
}
