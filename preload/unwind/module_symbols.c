/* SPDX-License-Identifier: MIT */
#include "preload/unwind/module_symbols.h"

#include <string.h>

/* The loader replaces addresses in the dynamic section by absolute ones, but not in read-only ones
   (vdso) and not before it is done with the file. */
static uintptr_t absolute(uintptr_t bias, uintptr_t address)
{
    return address < bias ? bias + address : address;
}

static const ElfW(Dyn) * dynamic_section(const struct dl_phdr_info *info)
{
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_DYNAMIC)
            return (const ElfW(Dyn) *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
    return NULL;
}

bool module_symbols_open(struct module_symbols *symbols, const struct dl_phdr_info *info)
{
    *symbols = (struct module_symbols){.bias = info->dlpi_addr};
    const ElfW(Dyn) *entry = dynamic_section(info);
    for (; entry != NULL && entry->d_tag != DT_NULL; entry++) {
        uintptr_t address = absolute(symbols->bias, entry->d_un.d_ptr);
        if (entry->d_tag == DT_SYMTAB)
            symbols->symbols = (const ElfW(Sym) *)address;
        else if (entry->d_tag == DT_STRTAB)
            symbols->names = (const char *)address;
        else if (entry->d_tag == DT_GNU_HASH)
            symbols->gnu_hash = (const uint32_t *)address;
    }
    return symbols->symbols != NULL && symbols->names != NULL && symbols->gnu_hash != NULL;
}

static uint32_t gnu_hash(const char *name)
{
    uint32_t hash = 5381;
    for (; *name != '\0'; name++)
        hash = hash * 33 + (unsigned char)*name;
    return hash;
}

/* The parts of the table: four numbers, a Bloom filter, the buckets, a hash for each symbol. */
struct hash_table {
    uint32_t bucket_count, first_symbol;
    const uint32_t *buckets, *hashes;
    bool may_have;
};

static struct hash_table table_for(const uint32_t *words, uint32_t hash)
{
    uint32_t filter_words = words[2], shift = words[3];
    const uint64_t *filter = (const uint64_t *)(words + 4);
    uint64_t wanted = UINT64_C(1) << hash % 64 | UINT64_C(1) << (hash >> shift) % 64;
    struct hash_table table = {.bucket_count = words[0], .first_symbol = words[1]};
    table.buckets = (const uint32_t *)(filter + filter_words);
    table.hashes = table.buckets + table.bucket_count;
    table.may_have = table.bucket_count > 0 && filter_words > 0 &&
                     (filter[hash / 64 % filter_words] & wanted) == wanted;
    return table;
}

static bool is_defined_as(const struct module_symbols *symbols, const ElfW(Sym) * symbol,
                          const char *name)
{
    return symbol->st_shndx != SHN_UNDEF && strcmp(symbols->names + symbol->st_name, name) == 0;
}

uintptr_t module_symbols_find(const struct module_symbols *symbols, const char *name,
                              size_t *size_bytes)
{
    uint32_t hash = gnu_hash(name);
    struct hash_table table = table_for(symbols->gnu_hash, hash);
    uint32_t index = table.may_have ? table.buckets[hash % table.bucket_count] : 0;
    if (index < table.first_symbol)
        return 0;
    for (;; index++) {
        uint32_t found = table.hashes[index - table.first_symbol];
        const ElfW(Sym) *symbol = &symbols->symbols[index];
        if ((found | 1) == (hash | 1) && is_defined_as(symbols, symbol, name)) {
            if (size_bytes != NULL)
                *size_bytes = symbol->st_size;
            return symbols->bias + symbol->st_value;
        }
        if (found & 1) /* the last one of its bucket */
            return 0;
    }
}
