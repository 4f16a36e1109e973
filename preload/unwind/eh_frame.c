/* SPDX-License-Identifier: MIT */
#include "preload/unwind/eh_frame.h"

/* DW_EH_PE: the low four bits are the format, the next three the base that a value is added to. */
enum {
    FORMAT_MASK = 0x0f,
    RELATIVE_MASK = 0x70,
    RELATIVE_TO_ITSELF = 0x10,
    OMITTED = 0xff,
    TABLE_ENCODING = 0x3b, /* signed 4 bytes relative to the header: what every linker writes */
};

static uint64_t encoded_number(struct dwarf_bytes *bytes, uint8_t format)
{
    switch (format) {
    case 0x00: /* a whole pointer */
    case 0x04:
    case 0x0c:
        return dwarf_fixed(bytes, 8);
    case 0x01:
        return dwarf_unsigned(bytes);
    case 0x09:
        return (uint64_t)dwarf_signed(bytes);
    case 0x02:
        return dwarf_fixed(bytes, 2);
    case 0x03:
        return dwarf_fixed(bytes, 4);
    case 0x0a:
        return (uint64_t)dwarf_fixed_signed(bytes, 2);
    case 0x0b:
        return (uint64_t)dwarf_fixed_signed(bytes, 4);
    default:
        bytes->failed = true;
        return 0;
    }
}

uintptr_t eh_frame_pointer(struct dwarf_bytes *bytes, uint8_t encoding)
{
    uintptr_t at = (uintptr_t)bytes->at;
    uint64_t value = encoded_number(bytes, encoding & FORMAT_MASK);
    switch (encoding & RELATIVE_MASK) {
    case 0:
        return value;
    case RELATIVE_TO_ITSELF:
        return value + at;
    default:
        bytes->failed = true;
        return 0;
    }
}

struct table_row {
    int32_t start, fde; /* both relative to the header */
};

static const struct table_row *last_row_not_above(const struct table_row *rows, uint64_t count,
                                                  int64_t relative_pc)
{
    uint64_t low = 0, high = count;
    if (count == 0 || relative_pc < rows[0].start)
        return NULL;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (rows[middle].start <= relative_pc)
            low = middle;
        else
            high = middle;
    }
    return &rows[low];
}

/* Finds the FDE that may cover pc through .eh_frame_hdr. */
static enum eh_frame_result find_fde(const struct module_place *module, uintptr_t pc,
                                     const uint8_t **fde)
{
    if (module->eh_frame_header == 0)
        return EH_FRAME_NONE;
    const uint8_t *header = (const uint8_t *)module->eh_frame_header;
    struct dwarf_bytes bytes = dwarf_bytes(header, (const uint8_t *)module->end);
    uint8_t version = (uint8_t)dwarf_fixed(&bytes, 1);
    uint8_t pointer_encoding = (uint8_t)dwarf_fixed(&bytes, 1);
    uint8_t count_encoding = (uint8_t)dwarf_fixed(&bytes, 1);
    uint8_t table_encoding = (uint8_t)dwarf_fixed(&bytes, 1);
    if (version != 1 || count_encoding == OMITTED || table_encoding != TABLE_ENCODING)
        return EH_FRAME_UNREADABLE;
    if (pointer_encoding != OMITTED)
        encoded_number(&bytes, pointer_encoding & FORMAT_MASK);
    uint64_t count = encoded_number(&bytes, count_encoding & FORMAT_MASK);
    const struct table_row *rows = (const struct table_row *)bytes.at;
    if (dwarf_skip(&bytes, count * sizeof *rows) == NULL)
        return EH_FRAME_UNREADABLE;
    const struct table_row *row =
        last_row_not_above(rows, count, (int64_t)pc - (int64_t)module->eh_frame_header);
    if (row == NULL)
        return EH_FRAME_NONE;
    *fde = header + row->fde;
    return EH_FRAME_FOUND;
}

/* The body of a CIE or FDE: what follows its length. 64-bit lengths do not occur in .eh_frame. */
static bool record_body(const uint8_t *record, const struct module_place *module,
                        struct dwarf_bytes *body)
{
    if ((uintptr_t)record < module->start || (uintptr_t)record + 8 > module->end)
        return false;
    struct dwarf_bytes bytes = dwarf_bytes(record, (const uint8_t *)module->end);
    uint64_t length = dwarf_fixed(&bytes, 4);
    if (length == 0 || length == 0xffffffff)
        return false;
    const uint8_t *start = dwarf_skip(&bytes, length);
    *body = dwarf_bytes(start, start + length);
    return start != NULL;
}

/* The letters after 'z', each with its data. */
static void read_augmentation(const char *letters, struct dwarf_bytes *data,
                              struct eh_frame_entry *entry)
{
    for (; *letters != '\0'; letters++) {
        switch (*letters) {
        case 'R':
            entry->pointer_encoding = (uint8_t)dwarf_fixed(data, 1);
            break;
        case 'L':
            dwarf_skip(data, 1);
            break;
        case 'P':
            encoded_number(data, dwarf_fixed(data, 1) & FORMAT_MASK);
            break;
        case 'S':
            entry->is_signal_frame = true;
            break;
        default: /* 'B' has no data */
            break;
        }
    }
}

static bool read_cie(struct dwarf_bytes bytes, struct eh_frame_entry *entry)
{
    dwarf_skip(&bytes, 4); /* id */
    uint8_t version = (uint8_t)dwarf_fixed(&bytes, 1);
    const char *augmentation = (const char *)bytes.at;
    while (dwarf_bytes_left(&bytes) && dwarf_fixed(&bytes, 1) != 0)
        ;
    entry->code_align = dwarf_unsigned(&bytes);
    entry->data_align = dwarf_signed(&bytes);
    if (version == 1)
        dwarf_skip(&bytes, 1); /* number of the return address register */
    else
        dwarf_unsigned(&bytes);
    if (bytes.failed || (augmentation[0] != 'z' && augmentation[0] != '\0'))
        return false;
    if (augmentation[0] == 'z') {
        uint64_t size = dwarf_unsigned(&bytes);
        const uint8_t *start = dwarf_skip(&bytes, size);
        if (start == NULL)
            return false;
        struct dwarf_bytes data = dwarf_bytes(start, start + size);
        read_augmentation(augmentation + 1, &data, entry);
        if (data.failed)
            return false;
    }
    entry->initial = bytes;
    return true;
}

static bool read_fde(const uint8_t *fde, const struct module_place *module,
                     struct eh_frame_entry *entry)
{
    struct dwarf_bytes body, cie_body;
    if (!record_body(fde, module, &body))
        return false;
    const uint8_t *id_at = body.at;
    int64_t distance = dwarf_fixed_signed(&body, 4); /* back from the field itself to the CIE */
    const uint8_t *cie = id_at - distance;
    if (!record_body(cie, module, &cie_body) || !read_cie(cie_body, entry))
        return false;
    entry->start = eh_frame_pointer(&body, entry->pointer_encoding);
    entry->end = entry->start + encoded_number(&body, entry->pointer_encoding & FORMAT_MASK);
    if (cie_body.at[5] == 'z')
        dwarf_skip(&body, dwarf_unsigned(&body));
    entry->instructions = body;
    return !body.failed;
}

enum eh_frame_result eh_frame_find(const struct module_place *module, uintptr_t pc,
                                   struct eh_frame_entry *entry)
{
    const uint8_t *fde;
    enum eh_frame_result result = find_fde(module, pc, &fde);
    if (result != EH_FRAME_FOUND)
        return result;
    *entry = (struct eh_frame_entry){0};
    if (!read_fde(fde, module, entry))
        return EH_FRAME_UNREADABLE;
    return pc >= entry->start && pc < entry->end ? EH_FRAME_FOUND : EH_FRAME_NONE;
}
