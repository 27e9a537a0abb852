// A CD drive: any packets, with discs put in and taken out between them. It never writes beyond its
// buffer, and never gives more than a read was asked for.
#include "dev/cdrom.h"

#include "test/fuzz/fuzz.h"

enum { DISCS = 3, PACKETS_MAX = 200, GUARD_BYTES = 64 };

static const u32 sizes[DISCS] = {2048, 100000, 800u << 20}; // the last is a DVD

static bool read_disc(void *owner, unsigned disc, uint64_t offset, void *to, size_t size_bytes)
{
    (void)owner;
    CLAIM(disc < DISCS && offset + size_bytes <= sizes[disc]);
    memset(to, (int)offset, size_bytes);
    return offset % 7919 != 0; // some blocks can't be read
}

struct bench {
    struct vt_host host;
    struct log log;
    struct disk disk;
    struct cdrom_state state;
    struct cdrom drive;
    u8 buffer[CDROM_BUFFER_BYTES + GUARD_BYTES];
};

static void change(struct bench *b, struct input *in)
{
    unsigned disc = take_below(in, DISCS + 1);
    struct vt_drive drive = {.is_present = true, .is_cdrom = true, .host_disk = disc};
    if (disc < DISCS) {
        drive.size_bytes = sizes[disc];
    }
    CLAIM(disk_change(&b->disk, disc < DISCS ? &drive : NULL));
}

static void check(struct bench *b, const struct cdrom_reply *reply)
{
    CLAIM(reply->size_bytes <= CDROM_BUFFER_BYTES && reply->wanted_bytes <= CDROM_BUFFER_BYTES);
    for (unsigned n = 0; n < GUARD_BYTES; n++) {
        CLAIM(b->buffer[CDROM_BUFFER_BYTES + n] == 0xA5);
    }
}

static void perform(struct bench *b, struct input *in)
{
    struct cdrom_reply reply = {.bytes = b->buffer};
    u8 packet[CDROM_PACKET_BYTES];
    for (unsigned n = 0; n < sizeof packet; n++) {
        packet[n] = take8(in);
    }
    bool is_good = cdrom_command(&b->drive, packet, &reply);
    check(b, &reply);
    CLAIM(is_good || b->state.sense_key != 0);
    if (is_good && reply.wanted_bytes) {
        struct input part = take_part(in, reply.wanted_bytes);
        memset(b->buffer, 0, reply.wanted_bytes);
        memcpy(b->buffer, part.at, part.left);
        bool is_taken = cdrom_take(&b->drive, b->buffer, reply.wanted_bytes);
        CLAIM(is_taken || b->state.sense_key != 0);
    }
    for (unsigned n = 0; is_good && n < 4 && cdrom_bytes_left(&b->drive); n++) {
        u64 left = cdrom_bytes_left(&b->drive);
        is_good = cdrom_fill(&b->drive, &reply);
        check(b, &reply);
        CLAIM(!is_good || cdrom_bytes_left(&b->drive) + reply.size_bytes == left);
    }
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size_bytes)
{
    struct input in = {data, size_bytes};
    struct bench b = {.host = {.disk_read = read_disc}};
    b.log.host = &b.host;
    memset(b.buffer, 0xA5, sizeof b.buffer);
    CLAIM(disk_init(&b.disk, &(struct vt_drive){.is_cdrom = true}, &b.host, &b.log));
    cdrom_init(&b.drive, &b.state, &b.disk);
    for (unsigned n = 0; n < PACKETS_MAX && in.left; n++) {
        switch (take8(&in) & 15) {
        case 0: change(&b, &in); break;
        case 1: (void)cdrom_press_button(&b.drive); break;
        case 2: cdrom_reset(&b.drive); break;
        default: perform(&b, &in); break;
        }
    }
    disk_destroy(&b.disk);
    return 0;
}
