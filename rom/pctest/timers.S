# Timers programmed by hand, their interrupts counted over a second of the real-time clock. The
# limits are wide for emulators that run by the host's clock.

    .equ MILLISECOND, 1193          # of the 8254, whose clock has 1193182 Hz
    .equ CENTISECOND, 11932
    .equ BIOS_RATE, 0               # 65536

timer_at_1000_hz:
    mov $MILLISECOND, %ax
    call count_timer
    cmp $900, %ax
    NEED ae, 1
    cmp $1100, %ax
    NEED be, 2
    ret

timer_at_100_hz:
    mov $CENTISECOND, %ax
    call count_timer
    cmp $90, %ax
    NEED ae, 1
    cmp $110, %ax
    NEED be, 2
    ret

# How often, AX, INT 8 comes within a second with the divisor AX.
count_timer:
    cli
    pushl 8 * 4
    movw $timer_handler, 8 * 4
    movw $0, 8 * 4 + 2
    call set_timer
    sti
    call count_second
    cli
    push %ax
    mov $BIOS_RATE, %ax
    call set_timer
    pop %ax
    popl 8 * 4
    sti
    ret

set_timer:
    push %ax
    mov $0x34, %al                  # counter 0, both bytes, mode 2
    out %al, $0x43
    pop %ax
    out %al, $0x40
    mov %ah, %al
    out %al, $0x40
    ret

timer_handler:
    push %ax
    incw %cs:ticks
    mov $0x20, %al
    out %al, $0x20
    pop %ax
    iret

# Returns in AX how often `ticks` was counted up from the beginning of a second to its end.
count_second:
    call wait_second
    movw $0, ticks
    call wait_second
    mov ticks, %ax
    ret

wait_second:
    call read_second
    mov %al, %bl
1:  hlt
    call read_second
    cmp %al, %bl
    je 1b
    ret

read_second:
    mov $0x0A, %al                  # not while it is being changed
    call read_cmos
    test $0x80, %al
    jnz read_second
    mov $0, %al
read_cmos:                          # an interrupt handler selects registers, too
    pushf
    cli
    out %al, $0x70
    in $0x71, %al
    popf
    ret

# Counter 2 counts while bit 0 of port 61h is set; bit 5 shows its output.
timer_gate_of_the_speaker:
    cli
    in $0x61, %al
    and $0xFC, %al
    out %al, $0x61
    mov $0xB0, %al                  # counter 2, both bytes, mode 0
    out %al, $0x43
    mov $CENTISECOND & 0xFF, %al
    out %al, $0x42
    mov $CENTISECOND >> 8, %al
    out %al, $0x42
    in $0x61, %al
    test $0x20, %al
    NEED z, 1
    and $0xFC, %al
    or $1, %al
    out %al, $0x61
    mov $-1, %ecx
1:  in $0x61, %al
    test $0x20, %al
    jnz 2f
    addr32 loop 1b
    mov $2, %ax
    jmp failed
2:  cmp $-10, %ecx                  # not at once
    NEED b, 3
    in $0x61, %al
    and $0xFC, %al
    out %al, $0x61
    ret

rtc_interrupt_at_1024_hz:
    cli
    pushl 0x70 * 4
    movw $rtc_handler, 0x70 * 4
    movw $0, 0x70 * 4 + 2
    in $0xA1, %al
    push %ax
    and $0xFE, %al                  # IRQ 8
    out %al, $0xA1
    in $0x21, %al
    and $0xFB, %al                  # by the cascade
    out %al, $0x21
    mov $0x26, %bx                  # register A: the rate
    mov $0x0A, %al
    call write_cmos
    mov $0x0B, %al
    call read_cmos
    mov %ax, %bx
    or $0x40, %bl                   # register B: the periodic interrupt
    mov $0x0B, %al
    call write_cmos
    mov $0x0C, %al
    call read_cmos
    sti
    call count_second
    cli
    push %ax
    mov $0x0B, %al
    call read_cmos
    mov %ax, %bx
    and $0xBF, %bl
    mov $0x0B, %al
    call write_cmos
    pop %ax
    pop %bx
    xchg %ax, %bx
    out %al, $0xA1
    xchg %ax, %bx
    popl 0x70 * 4
    sti
    cmp $920, %ax
    NEED ae, 1
    cmp $1130, %ax
    NEED be, 2
    ret

write_cmos:
    out %al, $0x70
    mov %bl, %al
    out %al, $0x71
    ret

rtc_handler:
    push %ax
    incw %cs:ticks
    mov $0x0C, %al
    out %al, $0x70
    in $0x71, %al
    mov $0x20, %al
    out %al, $0xA0
    out %al, $0x20
    pop %ax
    iret
