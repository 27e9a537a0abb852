# Clocks that DOS programs take to measure time: counter 0 of the 8254, 1193182 counts a second, the
# BIOS's ticks, and the real-time clock's seconds.
#
# Sources: [8254]; [MC146818]; 40:6C as in Ralf Brown's interrupt list.

    .equ BIOS_TICKS, 0x46C          # 65536 counts each

# Counter 0 counts from 65536 by one, so that two latched counts tell the time between: mode 2, or
# the BIOS's mode 3 again.
fast_clock:
    mov $0x34, %al
    jmp 1f
bios_clock:
    mov $0x36, %al
1:  out %al, $0x43
    mov $0, %al
    out %al, $0x40
    out %al, $0x40
    ret

# What counter 0 holds, in AX.
latch_counter:
    pushf
    cli
    mov $0, %al
    out %al, $0x43
    in $0x40, %al
    mov %al, %ah
    in $0x40, %al
    xchg %al, %ah
    popf
    ret

# The BIOS's ticks in EAX.
bios_ticks:
    push %es
    xor %ax, %ax
    mov %ax, %es
    mov %es:BIOS_TICKS, %eax
    pop %es
    ret

read_cmos:                          # register AL
    pushf
    cli
    out %al, $0x70
    in $0x71, %al
    popf
    ret
write_cmos:                         # BL to register AL
    pushf
    cli
    out %al, $0x70
    mov %bl, %al
    out %al, $0x71
    popf
    ret

# The RTC's second in AL, not while it is being changed.
rtc_second:
    mov $0x0A, %al
    call read_cmos
    test $0x80, %al
    jnz rtc_second
    mov $0, %al
    jmp read_cmos

# Waits until the RTC's second changes.
wait_second:
    call rtc_second
    mov %al, %ah
1:  call rtc_second
    cmp %al, %ah
    je 1b
    ret
