// Field tables: what a state struct consists of, as data. Snapshots, digests and views read them.
//
// A device's state is a struct of plain sized values (u8 to u64, arrays and structs of them, no
// pointers). Its table names each member:
//
//     static const struct field pit_channel_fields[] = {
//         FIELD(struct pit_channel, reload),
//     };
//     static const struct field pit_fields[] = {
//         FIELD_STRUCTS(struct pit_state, channel, pit_channel_fields),
//         FIELD(struct pit_state, port61),
//     };
//     static const struct field_table pit_table =
//         FIELD_TABLE("pit", 1, struct pit_state, pit_fields);
#pragma once

#include "base/digest.h"
#include "base/types.h"

struct field {
    const char *name;
    u32 offset;
    u32 element_bytes; // of one value: 1, 2, 4, 8; of one struct where `sub` is given
    u32 count;         // values in the array; 1 for a scalar
    const struct field *sub;
    u32 sub_count;
    bool is_bool;
};

struct field_table {
    const char
        *name;   // of the device or CPU, unique in its machine together with an instance number
    u32 version; // raised when a field changes its meaning
    u32 state_bytes;
    const struct field *fields;
    u32 field_count;
};

#define FIELD_SIZE_OF(type, member) sizeof(((type *)0)->member)
#define FIELD_IS_BOOL(type, member) _Generic(((type *)0)->member, bool : true, default : false)
// A scalar of 1, 2, 4 or 8 bytes (bool and enums of fixed size included).
#define FIELD(type, member)                                                                        \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member),                                         \
        .element_bytes = FIELD_SIZE_OF(type, member), .count = 1,                                  \
        .is_bool = FIELD_IS_BOOL(type, member)                                                     \
    }
// An array of scalars.
#define FIELD_ARRAY(type, member)                                                                  \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member),                                         \
        .element_bytes = FIELD_SIZE_OF(type, member[0]),                                           \
        .count = FIELD_SIZE_OF(type, member) / FIELD_SIZE_OF(type, member[0]),                     \
        .is_bool = FIELD_IS_BOOL(type, member[0])                                                  \
    }
// A struct, and an array of structs, with the field list of that struct; _OF: a list of another
// file, which has `list_count` fields.
#define FIELD_STRUCT_OF(type, member, list, list_count)                                            \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member),                                         \
        .element_bytes = FIELD_SIZE_OF(type, member), .count = 1, .sub = list,                     \
        .sub_count = list_count                                                                    \
    }
#define FIELD_STRUCTS_OF(type, member, list, list_count)                                           \
    {                                                                                              \
        .name = #member, .offset = offsetof(type, member),                                         \
        .element_bytes = FIELD_SIZE_OF(type, member[0]),                                           \
        .count = FIELD_SIZE_OF(type, member) / FIELD_SIZE_OF(type, member[0]), .sub = list,        \
        .sub_count = list_count                                                                    \
    }
#define FIELD_STRUCT(type, member, list)  FIELD_STRUCT_OF(type, member, list, COUNT_OF(list))
#define FIELD_STRUCTS(type, member, list) FIELD_STRUCTS_OF(type, member, list, COUNT_OF(list))
#define FIELD_TABLE(name, version, type, list)                                                     \
    {                                                                                              \
        name, version, sizeof(type), list, COUNT_OF(list)                                          \
    }

// Feeds every value into a digest, in the table's order.
void fields_digest(const struct field_table *table, const void *state, struct digest *d);
// Bytes that the values take when written one after the other, little-endian, without padding.
size_t fields_size(const struct field_table *table);
// Writes and reads that form; fields_size bytes. Any byte is a bool: what is not 0 is true.
void fields_save(const struct field_table *table, const void *state, u8 *out);
void fields_load(const struct field_table *table, void *state, const u8 *in);

// Called for each value in the table's order; `name` is "channel[1].reload" and valid during the
// call. False ends the visit.
typedef bool fields_visit_fn(void *owner, const char *name, u64 value, unsigned bits);
// False: the visitor ended it.
bool fields_visit(const struct field_table *table, const void *state, fields_visit_fn *fn,
                  void *owner);
