/* SPDX-License-Identifier: MIT */
#include "preload/python/python_lines.h"

#include <stdbool.h>

static uint32_t checked(int64_t line)
{
    return line > 0 && line < INT32_MAX ? (uint32_t)line : 0;
}

/* A pair takes effect at the instruction that it leads to. */
static uint32_t find_in_lnotab(const struct python_line_table *table, uint64_t offset)
{
    int64_t line = table->first_line;
    uint64_t at = 0;
    for (size_t i = 0; i + 1 < table->size_bytes; i += 2) {
        at += table->bytes[i];
        if (at > offset)
            break;
        line += (int8_t)table->bytes[i + 1];
    }
    return checked(line);
}

/* A pair is about the instructions up to where it leads. */
static uint32_t find_in_pairs(const struct python_line_table *table, uint64_t offset)
{
    enum { NO_LINE = -128 };
    int64_t line = table->first_line;
    uint64_t at = 0;
    for (size_t i = 0; i + 1 < table->size_bytes; i += 2) {
        int difference = (int8_t)table->bytes[i + 1];
        at += table->bytes[i];
        if (difference != NO_LINE)
            line += difference;
        if (at > offset)
            return difference != NO_LINE ? checked(line) : 0;
    }
    return 0;
}

struct cursor {
    const uint8_t *at, *end;
};

/* Six bits in each byte, the lowest first. */
static uint64_t read_varint(struct cursor *cursor)
{
    uint64_t value = 0;
    for (unsigned shift = 0; cursor->at < cursor->end; shift += 6) {
        uint8_t byte = *cursor->at++;
        if (shift < 60)
            value |= (uint64_t)(byte & 63) << shift;
        if (!(byte & 64))
            break;
    }
    return value;
}

static int64_t read_signed_varint(struct cursor *cursor)
{
    uint64_t value = read_varint(cursor);
    return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static void skip_bytes(struct cursor *cursor, size_t count)
{
    size_t left = (size_t)(cursor->end - cursor->at);
    cursor->at += count < left ? count : left;
}

/* The kind of an entry is in bits 3-6 of its first byte; what a line does not need is columns. */
enum { ONE_LINE_0 = 10, ONE_LINE_2 = 12, NO_COLUMNS = 13, LONG = 14, NO_LOCATION = 15 };

/* Reads what follows an entry's first byte; returns how far its line is from the one before. */
static int64_t read_location(struct cursor *cursor, unsigned kind)
{
    int64_t difference = 0;
    if (kind == NO_LOCATION)
        return 0;
    if (kind == LONG || kind == NO_COLUMNS) {
        difference = read_signed_varint(cursor);
        for (int columns = 0; kind == LONG && columns < 3; columns++)
            read_varint(cursor);
    } else if (kind >= ONE_LINE_0 && kind <= ONE_LINE_2) {
        difference = (int64_t)kind - ONE_LINE_0;
        skip_bytes(cursor, 2);
    } else {
        skip_bytes(cursor, 1);
    }
    return difference;
}

static uint32_t find_in_locations(const struct python_line_table *table, uint32_t instruction)
{
    struct cursor cursor = {table->bytes, table->bytes + table->size_bytes};
    int64_t line = table->first_line;
    uint64_t at = 0;
    while (cursor.at < cursor.end) {
        uint8_t first = *cursor.at++;
        unsigned kind = first >> 3 & 15;
        line += read_location(&cursor, kind);
        at += (first & 7u) + 1;
        if (at > instruction)
            return kind != NO_LOCATION ? checked(line) : 0;
    }
    return 0;
}

uint32_t python_lines_find(const struct python_line_table *table, uint32_t instruction)
{
    if (table->minor >= 11)
        return find_in_locations(table, instruction);
    if (table->minor == 10)
        return find_in_pairs(table, (uint64_t)instruction * 2);
    return find_in_lnotab(table, (uint64_t)instruction * 2);
}
