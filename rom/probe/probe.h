// What the parts of the probe share: ports, waiting, the BIOS, and the lines that tell of findings.
#pragma once

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned u32;

#define COUNT_OF(array) (sizeof(array) / sizeof(array)[0])

static inline u8 in8(u16 port)
{
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline u16 in16(u16 port)
{
    u16 value;
    __asm__ volatile("inw %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline u32 in32(u16 port)
{
    u32 value;
    __asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static inline void out8(u16 port, u8 value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void out16(u16 port, u16 value)
{
    __asm__ volatile("outw %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void out32(u16 port, u32 value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

static inline void interrupts_off(void)
{
    __asm__ volatile("cli" : : : "memory");
}

static inline void interrupts_on(void)
{
    __asm__ volatile("sti" : : : "memory");
}

// A byte anywhere in the first MiB.
static inline u8 peek(u32 address)
{
    u8 value;
    __asm__ volatile("movw %w1, %%fs\n\tmovb %%fs:(%2), %0"
                     : "=q"(value)
                     : "r"(address >> 4), "r"(address & 15)
                     : "memory");
    return value;
}

static inline u32 peek32(u32 address)
{
    return peek(address) | peek(address + 1) << 8 | peek(address + 2) << 16 |
           (u32)peek(address + 3) << 24;
}

// In the order of POPA.
struct registers {
    u16 ds, es;
    u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
    u32 eflags;
};

// Calls an interrupt of the BIOS; true if it returns without the carry flag.
int bios(u32 number, struct registers *r);

// A line, or a part of one, to the debug port: %b %w %l are 2, 4, 8 hexadecimal digits, %u decimal,
// %s text, %m a pointer and a count of bytes to show. %i is a port, whose byte is read there and
// then; %t a port and a value, which is written and the port read. (Arguments have no order in C.)
void say(const char *format, ...);

// At least that long: by the timer's count; and halted, by its interrupt.
void wait_us(u32 us);
void wait_ms(u32 ms);
// Polls a port until the masked bits are as wanted; 0 if that took more than a second.
int wait_for(u16 port, u8 mask, u8 wanted);

extern u8 buffer[2048];

void probe_serial(void);
void probe_parallel(void);
void probe_timers(void);
void probe_pic(void);
void probe_dma(void);
void probe_rtc(void);
void probe_ps2(void);
void probe_fdc(void);
void probe_ata(void);
void probe_pci(void);
void probe_vga(void);
void probe_vbe(void);
void probe_bios(void);
void probe_tables(void);
