/* SPDX-License-Identifier: MIT */
#include "preload/unwind/module_facts.h"

#include <elf.h>
#include <gnu/libc-version.h>
#include <string.h>
#include <sys/auxv.h>

#include "preload/arch/machine.h"
#include "preload/recording.h"
#include "preload/unwind/module_symbols.h"

static void note_load_segment(const ElfW(Phdr) * segment, struct module_facts *facts)
{
    uintptr_t start = facts->bias + segment->p_vaddr, end = start + segment->p_memsz;
    start = machine_page_of(start);
    end = machine_page_end(end);
    if (facts->end == 0 || start < facts->start)
        facts->start = start;
    if (end > facts->end)
        facts->end = end;
}

static bool is_mapped_readable(const struct dl_phdr_info *info, const ElfW(Phdr) * part)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *load = &info->dlpi_phdr[i];
        if (load->p_type == PT_LOAD && (load->p_flags & PF_R) && part->p_vaddr >= load->p_vaddr &&
            part->p_vaddr + part->p_memsz <= load->p_vaddr + load->p_filesz)
            return true;
    }
    return false;
}

static void note_build_id(const ElfW(Phdr) * segment, struct module_facts *facts)
{
    const char *at = (const char *)(facts->bias + segment->p_vaddr);
    const char *end = at + segment->p_memsz;
    while ((size_t)(end - at) >= sizeof(ElfW(Nhdr))) {
        const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
        size_t name_bytes = (note->n_namesz + 3u) & ~(size_t)3;
        size_t value_bytes = (note->n_descsz + 3u) & ~(size_t)3;
        at += sizeof *note;
        if (name_bytes > (size_t)(end - at) || value_bytes > (size_t)(end - at) - name_bytes)
            return;
        if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(at, "GNU", 4) == 0) {
            bool fits = note->n_descsz <= sizeof((struct recording_module *)0)->build_id;
            facts->build_id = (const uint8_t *)at + name_bytes;
            facts->build_id_bytes = fits ? note->n_descsz : 0;
            return;
        }
        at += name_bytes + value_bytes;
    }
}

static bool holds(const struct module_facts *facts, uintptr_t address)
{
    return address >= facts->start && address < facts->end;
}

static uint32_t flags_of(const struct module_facts *facts, bool is_first)
{
    uint32_t flags = 0;
    if (is_first)
        flags |= RECORDING_MODULE_MAIN;
    if (holds(facts, getauxval(AT_BASE)))
        flags |= RECORDING_MODULE_LOADER;
    if (holds(facts, (uintptr_t)&gnu_get_libc_version))
        flags |= RECORDING_MODULE_LIBC;
    if (holds(facts, (uintptr_t)&module_facts_read))
        flags |= RECORDING_MODULE_SHIM;
    if (holds(facts, getauxval(AT_SYSINFO_EHDR)))
        flags |= RECORDING_MODULE_VDSO;
    return flags;
}

static bool is_python(const struct dl_phdr_info *info)
{
    struct module_symbols symbols;
    return module_symbols_open(&symbols, info) &&
           module_symbols_find(&symbols, "PyEval_EvalFrameEx", NULL) != 0;
}

void module_facts_read(const struct dl_phdr_info *info, bool is_first, struct module_facts *facts)
{
    *facts = (struct module_facts){.bias = info->dlpi_addr};
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            note_load_segment(&info->dlpi_phdr[i], facts);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_GNU_EH_FRAME)
            facts->eh_frame_header = facts->bias + segment->p_vaddr;
        else if (segment->p_type == PT_TLS)
            facts->tls_bytes = segment->p_memsz;
        else if (segment->p_type == PT_NOTE && facts->build_id == NULL &&
                 is_mapped_readable(info, segment))
            note_build_id(segment, facts);
    }
    facts->tls_number = facts->tls_bytes > 0 ? (uint32_t)info->dlpi_tls_modid : 0;
    facts->flags = flags_of(facts, is_first) | (is_python(info) ? RECORDING_MODULE_PYTHON : 0);
}
