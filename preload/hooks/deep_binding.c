/* SPDX-License-Identifier: MIT */
#include "preload/hooks/deep_binding.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "preload/recording/next.h"
#include "preload/arch/machine.h"
#include "preload/unwind/module_symbols.h"

/* The loader leaves the pages between these read-only when it is done with a library. */
struct library {
    void *handle;
    const struct link_map *map;
    const ElfW(Sym) * symbols;
    const char *names;
    uintptr_t start, end, sealed_start, sealed_end;
    struct module_symbols hooks; /* what we export */
};

static bool is_at(const struct dl_phdr_info *info, uintptr_t address)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD &&
            address - info->dlpi_addr - segment->p_vaddr < segment->p_memsz)
            return true;
    }
    return false;
}

static void note_segments(struct library *library, const struct dl_phdr_info *info)
{
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        uintptr_t start = info->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;
        if (segment->p_type == PT_LOAD) {
            library->start = start < library->start ? start : library->start;
            library->end = end > library->end ? end : library->end;
        } else if (segment->p_type == PT_GNU_RELRO) {
            library->sealed_start = machine_page_of(start);
            library->sealed_end = machine_page_of(end);
        }
    }
}

static int note_files(struct dl_phdr_info *info, size_t size, void *data)
{
    struct library *library = data;
    (void)size;
    if (is_at(info, (uintptr_t)library->map->l_ld))
        note_segments(library, info);
    if (is_at(info, (uintptr_t)&deep_binding_undo))
        module_symbols_open(&library->hooks, info);
    return 0;
}

static bool open_library(struct library *library, void *handle)
{
    struct link_map *map = NULL;
    *library = (struct library){.handle = handle, .start = UINTPTR_MAX};
    if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == NULL)
        return false;
    library->map = map;
    dl_iterate_phdr(note_files, library);
    return library->end != 0 && library->hooks.gnu_hash != NULL;
}

static void write_slot(const struct library *library, void **slot, void *function)
{
    uintptr_t page = machine_page_of((uintptr_t)slot);
    bool is_sealed = page >= library->sealed_start && page < library->sealed_end;
    if (is_sealed && mprotect((void *)page, machine_page_bytes(), PROT_READ | PROT_WRITE) != 0)
        return;
    __atomic_store_n(slot, function, __ATOMIC_RELEASE);
    if (is_sealed)
        mprotect((void *)page, machine_page_bytes(), PROT_READ);
}

/* A slot that was not used yet leads back into the library; then it is asked where it will lead. */
static void *target_of(const struct library *library, void *const *slot, const char *name)
{
    uintptr_t target = (uintptr_t)*slot;
    bool is_bound = target < library->start || target >= library->end;
    return is_bound ? *slot : dlsym(library->handle, name);
}

static void change_slot(const struct library *library, const ElfW(Rela) * relocation)
{
    const ElfW(Sym) *symbol = &library->symbols[ELF64_R_SYM(relocation->r_info)];
    const char *name = library->names + symbol->st_name;
    if (symbol->st_shndx != SHN_UNDEF || relocation->r_addend != 0)
        return;
    uintptr_t hook = module_symbols_find(&library->hooks, name, NULL);
    void **slot = (void **)(library->map->l_addr + relocation->r_offset), *behind_it;
    if (hook == 0 || (uintptr_t)*slot == hook || (behind_it = next_definition(name)) == NULL)
        return;
    if (target_of(library, slot, name) == behind_it)
        write_slot(library, slot, (void *)hook);
}

static void change_slots(const struct library *library, const ElfW(Rela) * relocations,
                         size_t size_bytes)
{
    for (size_t i = 0; relocations != NULL && i < size_bytes / sizeof *relocations; i++)
        if (machine_is_address_relocation(ELF64_R_TYPE(relocations[i].r_info)))
            change_slot(library, &relocations[i]);
}

void deep_binding_undo(void *handle)
{
    struct library library;
    const ElfW(Rela) *calls = NULL, *others = NULL;
    size_t calls_bytes = 0, others_bytes = 0;
    if (!open_library(&library, handle))
        return;
    for (const ElfW(Dyn) *entry = library.map->l_ld; entry->d_tag != DT_NULL; entry++)
        switch (entry->d_tag) { /* the loader has made addresses of the offsets */
        case DT_SYMTAB:
            library.symbols = (const ElfW(Sym) *)entry->d_un.d_ptr;
            break;
        case DT_STRTAB:
            library.names = (const char *)entry->d_un.d_ptr;
            break;
        case DT_JMPREL:
            calls = (const ElfW(Rela) *)entry->d_un.d_ptr;
            break;
        case DT_PLTRELSZ:
            calls_bytes = entry->d_un.d_val;
            break;
        case DT_RELA:
            others = (const ElfW(Rela) *)entry->d_un.d_ptr;
            break;
        case DT_RELASZ:
            others_bytes = entry->d_un.d_val;
            break;
        }
    if (library.symbols == NULL || library.names == NULL)
        return;
    change_slots(&library, calls, calls_bytes);
    change_slots(&library, others, others_bytes);
}
