/* SPDX-License-Identifier: MIT */
#include "analyzer/sites/library_suppressions.h"

#include "analyzer/sites/suppression_match.h"

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* GLib copies its table of quarks and interned strings as it grows, and leaves the old ones to
 * readers without a lock. */
const struct library_suppression library_suppressions[] = {
    {.name = "glib",
     .what = "GLib's types, quarks and interned strings, and the tables that they outgrew",
     .modules = LIST("libglib-2.0.so*", "libgobject-2.0.so*"),
     .functions = LIST("g_quark_*", "g_intern_*", "g_type_register_*", "g_type_add_interface_*",
                       "g_type_class_ref")},
    {.name = "jvm",
     .what = "what OpenJDK sets up once, and what its own threads keep until the process ends",
     .modules = LIST("java", "libjvm.so", "libjli.so", "libjava.so", "libjimage.so", "libverify.so",
                     "libzip.so", "libnio.so", "libnet.so"),
     .functions = LIST("JNI_CreateJavaVM"),
     .owns_threads = true,
     .generates_code = true},
    {.name = "mesa",
     .what =
         "what Mesa's drivers and LLVM set up once for a display; contexts and surfaces are the "
         "program's",
     .modules =
         LIST("libEGL.so*", "libEGL_mesa.so*", "libGL.so*", "libGLX.so*", "libGLX_mesa.so*",
              "libGLdispatch.so*", "libglapi.so*", "libgallium*.so*", "*_dri.so", "libLLVM*.so*"),
     .functions = LIST("eglGetDisplay", "eglGetPlatformDisplay*", "eglInitialize",
                       "glXQueryExtension", "glXQueryVersion"),
     .owns_threads = true},
    {.name = "dbus",
     .what = "libdbus's locks and its shared connection to each bus; messages and errors are the "
             "program's",
     .modules = LIST("libdbus-1.so*"),
     .functions = LIST("dbus_threads_init*", "dbus_bus_get"),
     .except = LIST("dbus_set_error*", "dbus_message_new*")},
};
const size_t library_suppression_count = sizeof library_suppressions / sizeof *library_suppressions;

static bool is_listed(const char *const *patterns, const char *text)
{
    for (; patterns && text && *patterns; patterns++)
        if (suppression_match_pattern(*patterns, text))
            return true;
    return false;
}

/* What a frame says about the way from the allocation outwards. */
enum step { STEP_ON, STEP_KEPT, STEP_FOREIGN };

static enum step look_at(const struct library_suppression *library,
                         const struct symbol_frames *found)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct frame *frame = &found->frames[i];
        if (!is_listed(library->modules, frame->module) ||
            is_listed(library->except, frame->function))
            return STEP_FOREIGN;
        if (is_listed(library->functions, frame->function))
            return STEP_KEPT;
    }
    return STEP_ON;
}

bool library_suppressions_applies(const struct library_suppression *library, struct stacks *stacks,
                                  const struct recording *recording, uint32_t node)
{
    bool is_inside = false, has_generated = false;
    while (node) {
        const struct recording_stack_node *record = recording_stack_node(recording, node);
        uint32_t flags = stacks_module_flags(stacks, node);
        struct stacks_place place;
        if (is_inside && (flags & RECORDING_MODULE_LOADER))
            return true;
        if (!stacks_place(stacks, node, &place)) {
            if (!library->generates_code || stacks_has_python(stacks, node))
                return false;
            has_generated = true;
        } else if (!(flags & RECORDING_MODULE_SHIM) && !stacks_is_runtime(stacks, node)) {
            enum step step = look_at(library, stacks_frames(stacks, node));
            if (step != STEP_ON)
                return step == STEP_KEPT;
            is_inside = true;
        }
        node = record ? record->parent : 0;
    }
    return is_inside && library->owns_threads && !has_generated;
}
