# The chips as old programs look for them and use them by hand: serial ports told apart, by BIOS and
# by interrupt; what must not seem to be there; the 8254's six modes seen at port 61h; the real-time
# clock's three interrupts, and its alarm by the BIOS.
#
# Sources: [8254]; [16550]; [MC146818]; the BIOS's services as in Ralf Brown's interrupt list.

    .include "dos.S"
    .include "clock.S"

    .equ COM1, 0x3F8

# --- what the tests share ---

    .macro OUTB port, value
    mov $\port, %dx
    mov $\value, %al
    out %al, %dx
    .endm

    .macro INB port
    mov $\port, %dx
    in %dx, %al
    .endm

# CF: more than CX ticks have passed since EDX.
is_late:
    call bios_ticks
    sub %edx, %eax
    cmp %ax, %cx
    ret

# --- the serial port ---

# The steps by which programs tell 8250, 16450, 16550 and 16550A apart.
serial_port_is_a_16550a:
    INB COM1 + 1                    # interrupt enable: four bits
    test $0xF0, %al
    NEED z, 1
    INB COM1 + 4                    # modem control: five
    test $0xE0, %al
    NEED z, 2
    OUTB COM1 + 7, 0x5A             # an 8250 has no scratch register
    mov $0, %al
    out %al, $0x80                  # what else is on the bus
    in %dx, %al
    cmp $0x5A, %al
    NEED e, 3
    OUTB COM1 + 7, 0xA5
    in %dx, %al
    cmp $0xA5, %al
    NEED e, 4
    OUTB COM1 + 2, 0x01             # FIFOs
    in %dx, %al
    and $0xF0, %al
    cmp $0xC0, %al                  # 80h: a 16550, whose FIFOs fail
    NEED e, 5
    OUTB COM1 + 2, 0x00
    in %dx, %al
    test $0xF0, %al
    NEED z, 6
    OUTB COM1 + 3, 0x83             # the divisor is behind the data
    OUTB COM1, 0x34
    OUTB COM1 + 1, 0x12
    OUTB COM1 + 3, 0x03
    INB COM1 + 1
    cmp $0x12, %al
    NEED ne, 7
    OUTB COM1 + 3, 0x83
    INB COM1
    cmp $0x34, %al
    NEED e, 8
    INB COM1 + 1
    cmp $0x12, %al
    NEED e, 9
    OUTB COM1 + 1, 0
    OUTB COM1, 12
    OUTB COM1 + 3, 0x03
    ret

# In the loop modem control comes back as modem status, and what is sent is received.
serial_port_loops_back:
    OUTB COM1 + 4, 0x1A             # OUT2, RTS
    INB COM1 + 6
    and $0xF0, %al
    cmp $0x90, %al                  # DCD, CTS
    NEED e, 1
    OUTB COM1 + 4, 0x15             # OUT1, DTR
    INB COM1 + 6
    and $0xF0, %al
    cmp $0x60, %al                  # RI, DSR
    NEED e, 2
    mov $0, %bl
1:  mov $COM1, %dx
    mov %bl, %al
    out %al, %dx
    xor %cx, %cx
2:  INB COM1 + 5
    test $1, %al
    loopz 2b
    NEED nz, 3
    INB COM1
    cmp %bl, %al
    NEED e, 4
    inc %bl
    jnz 1b
    OUTB COM1 + 4, 0
    ret

# INT 14h: 9600 bits a second, 8 bits, no parity; in the loop, so that something is received.
bios_sends_and_receives:
    mov $0x00E3, %ax
    xor %dx, %dx
    int $0x14
    test $0x60, %ah                 # the transmitter is empty
    NEED nz, 1
    OUTB COM1 + 4, 0x13
    mov $0x0155, %ax
    xor %dx, %dx
    int $0x14
    test $0x80, %ah
    NEED z, 2
    mov $0x0200, %ax
    xor %dx, %dx
    int $0x14
    test $0x80, %ah
    NEED z, 3
    cmp $0x55, %al
    NEED e, 4
    mov $0x0200, %ax                # nothing more comes: the BIOS gives up
    xor %dx, %dx
    int $0x14
    test $0x80, %ah
    NEED nz, 5
    OUTB COM1 + 4, 0
    ret

# A program sends by interrupt 0Ch (IRQ 4). 100 bytes at 9600 bits a second take two ticks of the
# BIOS's clock, and less on emulators.
serial_port_sends_by_interrupts:
    mov $0x0C, %al
    mov $old_vector, %bx
    mov $on_transmitter, %dx
    call take_vector
    movw $0, hits
    OUTB COM1 + 4, 0x0B             # OUT2 lets interrupts through
    in $0x21, %al
    push %ax
    and $0xEF, %al
    out %al, $0x21
    OUTB COM1 + 1, 0x02             # the empty transmitter interrupts at once
    call bios_ticks
    mov %eax, %edx
    mov $5, %cx
1:  hlt
    call is_late
    jnc 1b
    OUTB COM1 + 1, 0
    OUTB COM1 + 4, 0
    pop %ax
    out %al, $0x21
    mov $0x0C, %al
    mov $old_vector, %bx
    call give_vector
    cmpw $101, hits
    NEED e, 1
    ret
on_transmitter:
    push %ax
    push %dx
    INB COM1 + 2
    cmp $0x02, %al
    jne 1f
    incw %cs:hits
    cmpw $101, %cs:hits             # the last interrupt sends nothing
    jae 1f
    OUTB COM1, '.'
1:  mov $0x20, %al
    out %al, $0x20
    pop %dx
    pop %ax
    iret
old_vector: .long 0
hits: .word 0

# --- what is not there ---

# Games look for a joystick, sound cards and second ports. All ones: nobody drives the bus.
nothing_answers_where_nothing_is:
    mov $empty_ports, %si
1:  lodsw
    test %ax, %ax
    jz 2f
    mov %ax, %dx
    in %dx, %al
    cmp $0xFF, %al
    NEED e, 1
    mov $0xA5, %al
    out %al, %dx
    in %dx, %al
    cmp $0xFF, %al
    NEED e, 2
    jmp 1b
2:  ret
empty_ports:
    .word 0x201, 0x220, 0x224, 0x226, 0x22A, 0x22E, 0x240, 0x300, 0x330, 0x331, 0x388, 0x389, 0x2A0
    .word 0x278, 0x279, 0x3BD, 0x534, 0x250, 0

# A game times the stick by one-shots that it starts, here for good, so it counts and gives up.
no_joystick_ends_by_its_time:
    OUTB 0x201, 0
    mov $2000, %cx
1:  in %dx, %al
    test $0x0F, %al
    loopnz 1b
    NEED nz, 1
    mov $0x84, %ah                  # and the BIOS has none
    mov $1, %dx
    int $0x15
    jc 2f
    or %bx, %ax
    or %cx, %ax
    or %dx, %ax
    NEED z, 2
2:  ret

# --- the 8254 ---

# Counter 2 in mode AL, gate off. It has no count yet.
begin_counter:
    push %ax
    in $0x61, %al
    and $0xFC, %al
    out %al, $0x61
    pop %ax
    shl $1, %al
    or $0xB0, %al
    out %al, $0x43
    ret
load_counter:                       # BX
    mov %bl, %al
    out %al, $0x42
    mov %bh, %al
    out %al, $0x42
    ret
gate_on:
    in $0x61, %al
    or $1, %al
    out %al, $0x61
    ret
gate_off:
    in $0x61, %al
    and $0xFE, %al
    out %al, $0x61
    ret
read_counter:                       # AX
    mov $0x80, %al
    out %al, $0x43
    in $0x42, %al
    mov %al, %ah
    in $0x42, %al
    xchg %al, %ah
    ret
output:                             # ZF: low
    in $0x61, %al
    test $0x20, %al
    ret
# Counts of the clock until the output is high, in BX. Interrupts off.
time_low:
    call latch_counter
    mov %ax, %bx
1:  call output
    jz 1b
    call latch_counter
    sub %ax, %bx
    ret

mode_0_counts_while_the_gate_is_on:
    mov $0, %al
    call begin_counter
    mov $5000, %bx
    call load_counter
    call output
    NEED z, 1
    call read_counter
    mov %ax, %bx
    mov $100, %cx
1:  call read_counter
    cmp %ax, %bx
    NEED e, 2
    loop 1b
    cli
    call fast_clock
    call gate_on
    call time_low
    call bios_clock
    sti
    cmp $4900, %bx
    NEED ae, 3
    cmp $5100, %bx
    NEED be, 4
    ret

# An edge of the gate starts the pulse, and another begins it anew.
mode_1_is_one_shot:
    mov $1, %al
    call begin_counter
    mov $5000, %bx
    call load_counter
    call output
    NEED nz, 1
    cli
    call fast_clock
    call gate_on
    call output
    NEED z, 2
    call time_low
    push %bx
    call gate_off
    call gate_on
    call latch_counter
    mov %ax, %dx
1:  call latch_counter                      # half of it
    mov %dx, %cx
    sub %ax, %cx
    cmp $2500, %cx
    jb 1b
    call gate_off
    call gate_on
    call time_low
    pop %dx
    call bios_clock
    sti
    cmp $4900, %dx
    NEED ae, 3
    cmp $5100, %dx
    NEED be, 4
    cmp $4900, %bx
    NEED ae, 5
    cmp $5100, %bx
    NEED be, 6
    ret

# An odd count of a square wave is high one clock longer; the gate makes the output high at once.
mode_3_is_a_square:
    mov $3, %al
    call begin_counter
    mov $10001, %bx
    call load_counter
    call output
    NEED nz, 1
    cli
    call fast_clock
    call gate_on
1:  call output
    jnz 1b
    call time_low
    push %bx
    call latch_counter
    mov %ax, %bx
2:  call output
    jnz 2b
    call latch_counter
    sub %ax, %bx
    call gate_off
    call output
    pop %dx
    pushf
    call bios_clock
    popf
    sti
    NEED nz, 2
    cmp $4950, %dx
    NEED ae, 3
    cmp $5050, %dx
    NEED be, 4
    cmp $4950, %bx
    NEED ae, 5
    cmp $5050, %bx
    NEED be, 6
    ret

# The strobe is one clock of 838 ns; counting goes on from FFFFh.
strobe_comes_by_software_in_mode_4:
    mov $4, %al
    call begin_counter
    call gate_on
    jmp strobe
strobe_comes_by_the_gate_in_mode_5:
    mov $5, %al
    call begin_counter
strobe:
    call output
    NEED nz, 1
    mov $2000, %bx
    call load_counter
    call gate_on                    # mode 4: is on already
    mov $2000, %cx
1:  call read_counter
    cmp $2000, %ax
    ja 2f
    loop 1b
2:  cmp $0xF000, %ax
    NEED ae, 2
    call output
    NEED nz, 3
    call gate_off
    ret

counts_are_decimal_if_asked_for:
    mov $0, %al
    call begin_counter
    mov $0xB1, %al                  # mode 0, BCD
    out %al, $0x43
    mov $0x9999, %bx
    call load_counter
    call gate_on
    mov $400, %cx
1:  call read_counter
    mov %ax, %dx
    mov $4, %bl
2:  mov %dl, %al
    and $15, %al
    cmp $9, %al
    NEED be, 1
    shr $4, %dx
    dec %bl
    jnz 2b
    loop 1b
    call gate_off
    ret

# Bit 4 of port 61h changes with each refresh of memory, 15.085 us: BIOSes count it to wait.
refresh_toggles:
    cli
    call fast_clock
    in $0x61, %al
    and $0x10, %al
    mov %al, %ah
    mov %ah, %bh
1:  in $0x61, %al
    and $0x10, %al
    cmp %al, %bh
    je 1b
    mov %al, %bh
    call latch_counter
    mov %ax, %si
    mov $200, %cx
2:  in $0x61, %al
    and $0x10, %al
    cmp %al, %bh
    je 2b
    mov %al, %bh
    loop 2b
    call latch_counter
    sub %ax, %si                    # 200 times 18 counts
    call bios_clock
    sti
    cmp $3570, %si
    NEED ae, 1
    cmp $3630, %si
    NEED be, 2
    ret

# --- the real-time clock ---

# Counts in `periodic` and `updates` for a second what interrupt 70h brings with BL enabled and the
# rate BH.
count_rtc:
    mov $0x0A, %al
    call read_cmos
    mov %al, old_rate
    mov $0x0B, %al
    call read_cmos
    mov %al, old_enable
    push %bx
    mov $0x70, %al
    mov $old_vector, %bx
    mov $on_rtc, %dx
    call take_vector
    pop %bx
    push %bx
    mov old_rate, %bl
    and $0xF0, %bl
    or %bh, %bl
    mov $0x0A, %al
    call write_cmos
    pop %bx
    or old_enable, %bl
    mov $0x0B, %al
    call write_cmos
    mov $0x0C, %al
    call read_cmos
    in $0xA1, %al
    mov %al, old_mask
    and $0xFE, %al
    out %al, $0xA1
    call wait_second
    movw $0, periodic
    movw $0, updates
    call wait_second
    mov periodic, %si
    mov updates, %di
    mov old_enable, %bl
    mov $0x0B, %al
    call write_cmos
    mov old_rate, %bl
    mov $0x0A, %al
    call write_cmos
    mov old_mask, %al
    out %al, $0xA1
    mov $0x70, %al
    mov $old_vector, %bx
    jmp give_vector
on_rtc:
    push %ax
    mov $0x0C, %al
    out %al, $0x70
    in $0x71, %al
    test $0x40, %al
    jz 1f
    incw %cs:periodic
1:  test $0x10, %al
    jz 2f
    incw %cs:updates
2:  mov $0x20, %al
    out %al, $0xA0
    out %al, $0x20
    pop %ax
    iret
old_rate: .byte 0
old_enable: .byte 0
old_mask: .byte 0
    .balign 2
periodic: .word 0
updates: .word 0

rtc_interrupts_8192_times_a_second:
    mov $0x0340, %bx
    call count_rtc
    cmp $8190, %si
    NEED ae, 1
    cmp $8194, %si
    NEED be, 2
    ret

rtc_interrupts_when_the_second_changes:
    mov $0x0610, %bx
    call count_rtc
    cmp $1, %di
    NEED e, 1
    ret

# INT 1Ah, AH = 6: interrupt 4Ah at a time of the day, here in two seconds.
bios_alarm_rings:
    mov $0x4A, %al
    mov $old_vector, %bx
    mov $on_alarm, %dx
    call take_vector
    movw $0, hits
    mov $0x02, %ah                  # CH hours, CL minutes, DH seconds: BCD
    int $0x1A
    NEED nc, 1
    mov %dh, %al
    add $2, %al
    daa
    cmp $0x60, %al
    jb 1f
    sub $0x60, %al
    xchg %al, %cl
    add $1, %al
    daa
    xchg %al, %cl
1:  mov %al, %dh
    cmp $0x60, %cl                  # the hour's end: not this time
    jae 3f
    mov $0x06, %ah
    int $0x1A
    NEED nc, 2
    mov $0x06, %ah                  # one at a time
    int $0x1A
    NEED c, 3
    call bios_ticks
    mov %eax, %edx
    mov $18 * 4, %cx
2:  hlt
    cmpw $0, hits
    jne 3f
    call is_late
    jnc 2b
3:  mov $0x07, %ah                  # off
    int $0x1A
    mov $0x4A, %al
    mov $old_vector, %bx
    call give_vector
    cmpw $1, hits
    NEED e, 4
    ret
on_alarm:
    incw %cs:hits
    iret

    .include "tests.S"

    .balign 2
tests:
    TEST serial_port_is_a_16550a
    TEST serial_port_loops_back
    TEST bios_sends_and_receives
    TEST serial_port_sends_by_interrupts
    TEST nothing_answers_where_nothing_is
    TEST no_joystick_ends_by_its_time
    TEST mode_0_counts_while_the_gate_is_on
    TEST mode_1_is_one_shot
    TEST mode_3_is_a_square
    TEST strobe_comes_by_software_in_mode_4
    TEST strobe_comes_by_the_gate_in_mode_5
    TEST counts_are_decimal_if_asked_for
    TEST refresh_toggles
    TEST rtc_interrupts_8192_times_a_second
    TEST rtc_interrupts_when_the_second_changes
    TEST bios_alarm_rings
    .word 0
