# What software of the nineties takes for granted of a PC's speed: it divides by the time of a loop,
# and gives up after a number of polls. Counter 2 of the timer is the watch: 1193182 Hz, started at
# 65536, so it must be read within 54.9 ms.

# Starts the watch, with interrupts off.
start_watch:
    cli
    in $0x61, %al
    and $0xFC, %al                  # no sound
    or $1, %al                      # the gate is open
    out %al, $0x61
    mov $0xB4, %al                  # counter 2, both bytes, mode 2
    out %al, $0x43
    xor %al, %al
    out %al, $0x42
    out %al, $0x42
    ret

# Returns in AX the ticks since then.
read_watch:
    mov $0x80, %al
    out %al, $0x43
    in $0x42, %al
    mov %al, %ah
    in $0x42, %al
    xchg %al, %ah
    neg %ax
    ret

# Turbo Pascal's CRT unit counts passes of a loop like this during a tick, 54.9 ms, and divides them
# by 55, to 16 bits. The compiler's run-time library answers an overflow with error 200.
pascal_delay_fits_in_a_word:
    mov $0x40, %ax                  # the BIOS's tick count at 46Ch
    mov %ax, %es
    mov $0x6C, %di
    mov %es:(%di), %bl
1:  cmp %es:(%di), %bl
    je 1b
    mov %es:(%di), %bl
    mov $-1, %ax
    mov $-1, %dx
2:  sub $1, %ax
    sbb $0, %dx
    jc 3f
    cmp %es:(%di), %bl
    je 2b
3:  not %dx
    cmp $55, %dx
    NEED b, 1
    test %dx, %dx                   # and the tick did not come at once
    NEED nz, 2
    ret

# Windows 95 divides by the milliseconds of 2^20 LOOPs, and some drivers of it by a fraction of that:
# known to fail where they take less than 2.8 ms.
loops_take_time:
    call start_watch
    mov $1 << 20, %ecx
1:  addr32 loop 1b
    call read_watch
    sti
    cmp $3341, %ax
    NEED ae, 1
    ret

# BIOSes and drivers count polls instead of time; a cycle of ISA takes about a microsecond.
polls_take_time:
    call start_watch
    mov $32768, %cx
1:  in $0x64, %al
    loop 1b
    call read_watch
    sti
    cmp $17898, %ax                 # 15 ms
    NEED ae, 1
    ret

# Linux, and BIOSes, wait by a write to port 80h for about a microsecond.
port_80_is_a_microsecond:
    call start_watch
    mov $10000, %cx
1:  out %al, $0x80
    loop 1b
    call read_watch
    sti
    cmp $10739, %ax                 # 9 ms
    NEED ae, 1
    cmp $17898, %ax                 # 15 ms
    NEED be, 2
    ret
