# Time as DOS programs take it: counter 0 made fast while DOS's clock goes on, one-shots that are
# programmed anew by their own interrupt, counts latched on the fly, sound by a fast interrupt, and
# the BIOS's waits; then whether the PC's clocks agree.
#
# Sources: [8254]; [MC146818]; the BIOS's services as in Ralf Brown's interrupt list. The limits are
# wide for emulators that run by the host's clock.

    .include "dos.S"
    .include "clock.S"

    .equ PER_SECOND, 1193182        # of the 8254

# --- what the tests share ---

# Counter 0 in mode AH counts BX.
set_counter:
    pushf
    cli
    mov %ah, %al
    shl $1, %al
    or $0x30, %al
    out %al, $0x43
    mov %bl, %al
    out %al, $0x40
    mov %bh, %al
    out %al, $0x40
    popf
    ret

# Waits for a tick's beginning, and returns it in EAX.
next_tick:
    call bios_ticks
    mov %eax, %edx
1:  call bios_ticks
    cmp %eax, %edx
    je 1b
    ret

old_timer: .long 0
old_rtc: .long 0
interrupts: .long 0
divisor: .word 0
carried: .word 0                    # of 65536, until the BIOS's next tick

# Runs the handler DX for counter 0 in mode AH, counting BX, for a second; EAX is then how often it
# ran.
timed_second:
    mov %bx, divisor
    mov $8, %al
    push %bx
    mov $old_timer, %bx
    call take_vector
    pop %bx
    call set_counter
    call wait_second
    movl $0, interrupts
    call wait_second
    mov interrupts, %ecx
    push %ecx
    mov $3, %ah
    xor %bx, %bx
    call set_counter
    mov $8, %al
    mov $old_timer, %bx
    call give_vector
    pop %eax
    ret

# A handler that lets the BIOS have its 18.2 ticks.
chaining:
    push %ax
    incl %cs:interrupts
    mov %cs:divisor, %ax
    add %ax, %cs:carried
    pop %ax
    jc 1f
    push %ax
    mov $0x20, %al
    out %al, $0x20
    pop %ax
    iret
1:  ljmp *%cs:old_timer

# --- the tests ---

fast_timer_lets_the_bios_clock_go_on:
    call bios_ticks
    push %eax
    mov $2, %ah
    mov $1193, %bx
    mov $chaining, %dx
    call timed_second
    pop %edx
    cmp $980, %eax
    NEED ae, 1
    cmp $1020, %eax
    NEED be, 2
    call bios_ticks
    sub %edx, %eax                  # in one to two seconds
    cmp $17, %eax
    NEED ae, 3
    cmp $39, %eax
    NEED be, 4
    ret

# 16 kHz: each interrupt gives counter 2 the length of its pulse, and what is heard is their mean.
sound_by_pulses:
    in $0x61, %al
    or $3, %al
    out %al, $0x61
    mov $0x90, %al                  # counter 2, low byte, mode 0
    out %al, $0x43
    mov $2, %ah
    mov $74, %bx
    mov $pulse, %dx
    call timed_second
    push %eax
    in $0x61, %al
    and $0xFC, %al
    out %al, $0x61
    pop %eax
    cmp $15800, %eax
    NEED ae, 1
    cmp $16400, %eax
    NEED be, 2
    ret
pulse:
    push %ax
    mov %cs:interrupts, %al
    and $0x3F, %al
    inc %al
    out %al, $0x42
    incl %cs:interrupts
    push %cs:divisor                # so that DOS's clock goes on
    pop %ax
    add %ax, %cs:carried
    pop %ax
    jc 1f
    push %ax
    mov $0x20, %al
    out %al, $0x20
    pop %ax
    iret
1:  ljmp *%cs:old_timer

# Mode 0 interrupts once; a handler that programs the next one loses only the time it takes itself.
one_shot_after_one_shot:
    mov $0, %ah
    mov $2000, %bx
    mov $shoot_again, %dx
    call timed_second
    cmp $540, %eax
    NEED ae, 1
    cmp $600, %eax
    NEED be, 2
    ret
shoot_again:
    push %ax
    incl %cs:interrupts
    mov $2000 & 0xFF, %al
    out %al, $0x40
    mov $2000 >> 8, %al
    out %al, $0x40
    mov $0x20, %al
    out %al, $0x20
    pop %ax
    iret

# Mode 0 counts once: nothing more comes.
one_shot_is_one:
    mov $0, %ah
    mov $2000, %bx
    mov $count_only, %dx
    call timed_second
    cmp $0, %eax
    NEED e, 1
    ret
count_only:
    push %ax
    incl %cs:interrupts
    mov $0x20, %al
    out %al, $0x20
    pop %ax
    iret

# Counts go down by what the reading takes, across reloads as well.
latched_counts_go_on:
    mov $2, %ah
    xor %bx, %bx
    call set_counter
    mov $0xFFFF, %bp                # the shortest and the longest step
    xor %di, %di
    mov $30000, %cx
    call latch_counter
    mov %ax, %dx
1:  call latch_counter
    sub %ax, %dx
    cmp %dx, %bp
    jbe 2f
    mov %dx, %bp
2:  cmp %dx, %di
    jae 3f
    mov %dx, %di
3:  mov %ax, %dx
    loop 1b
    mov $3, %ah
    xor %bx, %bx
    call set_counter
    cmp $2, %bp                     # three accesses to ports take 2 us or more
    NEED ae, 1
    cmp $6000, %di                  # the BIOS's interrupt may come between
    NEED be, 2
    ret

# Read-back latches count and status at once; the status tells output, mode and null count.
read_back_of_counter_2:
    in $0x61, %al
    and $0xFC, %al
    out %al, $0x61
    mov $0xB6, %al                  # both bytes, mode 3: the gate holds it
    out %al, $0x43
    mov $0xE8, %al                  # status of counter 2
    out %al, $0x43
    in $0x42, %al
    cmp $0xF6, %al                  # output high, no count yet
    NEED e, 1
    mov $0x34, %al
    out %al, $0x42
    mov $0x12, %al
    out %al, $0x42
    mov $0xC8, %al                  # status, then count
    out %al, $0x43
    in $0x42, %al
    and $0xBF, %al                  # it may take a clock to be loaded
    cmp $0xB6, %al
    NEED e, 2
    in $0x42, %al
    cmp $0x34, %al
    NEED e, 3
    in $0x42, %al
    cmp $0x12, %al
    NEED e, 4
    ret

# INT 15h, AH = 86h: CX:DX microseconds. 112000 are two ticks and a little more: the BIOS counts in
# 1024ths of a second, the first of which has begun.
bios_waits:
    call next_tick
    push %eax
    mov $112000 >> 16, %cx
    mov $112000 & 0xFFFF, %dx
    mov $0x86, %ah
    int $0x15
    NEED nc, 1
    pop %edx
    call bios_ticks
    sub %edx, %eax
    cmp $2, %eax
    NEED ae, 2
    cmp $4, %eax
    NEED be, 3
    ret

# INT 15h, AH = 83h: bit 7 of a byte is set at the end, while the program goes on.
bios_tells_of_an_event:
    movb $0, event
    call next_tick
    push %eax
    mov $112000 >> 16, %cx
    mov $112000 & 0xFFFF, %dx
    mov $event, %bx
    mov $0x8300, %ax
    int $0x15
    NEED nc, 1
    cmpb $0, event
    NEED e, 2
1:  call bios_ticks
    mov (%esp), %edx
    add $10, %edx
    cmp %edx, %eax
    NEED b, 3
    testb $0x80, event
    jz 1b
    pop %edx
    sub %edx, %eax
    cmp $2, %eax
    NEED ae, 4
    cmp $4, %eax
    NEED be, 5
    mov $112000 >> 16, %cx          # one that is called off
    mov $112000 & 0xFFFF, %dx
    mov $event, %bx
    movb $0, event
    mov $0x8300, %ax
    int $0x15
    NEED nc, 6
    mov $0x8301, %ax
    int $0x15
    call next_tick
    call next_tick
    call next_tick
    call next_tick
    cmpb $0, event
    NEED e, 7
    ret
event: .byte 0

# A second by the RTC has 1193182 counts of the 8254, and 1024 of its own periodic interrupts.
clocks_agree:
    mov $0x70, %al
    mov $old_rtc, %bx
    mov $count_rtc, %dx
    call take_vector
    in $0xA1, %al
    mov %al, old_mask
    and $0xFE, %al
    out %al, $0xA1
    mov $0x0B, %al
    call read_cmos
    mov %al, %bl
    or $0x40, %bl
    mov $0x0B, %al
    call write_cmos
    mov $0x0C, %al
    call read_cmos
    mov $2, %ah
    xor %bx, %bx
    call set_counter
    call wait_second
    movl $0, interrupts
    call now
    push %eax
    call wait_second
    call now
    mov interrupts, %esi
    pop %edx
    sub %edx, %eax
    push %eax
    mov $0x0B, %al
    call read_cmos
    mov %al, %bl
    and $0xBF, %bl
    mov $0x0B, %al
    call write_cmos
    mov old_mask, %al
    out %al, $0xA1
    mov $3, %ah
    xor %bx, %bx
    call set_counter
    mov $0x70, %al
    mov $old_rtc, %bx
    call give_vector
    pop %eax
    cmp $1023, %esi
    NEED ae, 1
    cmp $1025, %esi
    NEED be, 2
    sub $PER_SECOND, %eax
    add $PER_SECOND / 1000, %eax
    cmp $PER_SECOND / 500, %eax
    NEED b, 3
    ret
old_mask: .byte 0

count_rtc:
    push %ax
    incl %cs:interrupts
    mov $0x0C, %al
    out %al, $0x70
    in $0x71, %al
    mov $0x20, %al
    out %al, $0xA0
    out %al, $0x20
    pop %ax
    iret

# The 8254's clocks since some moment, in EAX: ticks and what counter 0 has counted of the next. A
# reload whose interrupt is yet to come shows as a pending request.
now:
    cli
    call latch_counter
    mov %ax, %cx
    mov $0x0A, %al                  # the requests
    out %al, $0x20
    in $0x20, %al
    mov %al, %bl
    call bios_ticks
    sti
    neg %cx
    test $1, %bl
    jz 1f
    cmp $0x8000, %cx
    jae 1f
    inc %eax
1:  shl $16, %eax
    mov %cx, %ax
    ret

# DOS's time is the BIOS's.
dos_clock_goes_on:
    call wait_second
    mov $0x2C, %ah
    int $0x21
    push %dx
    call wait_second
    call wait_second
    mov $0x2C, %ah
    int $0x21
    pop %bx
    sub %bh, %dh
    jae 1f
    add $60, %dh
1:  cmp $1, %dh
    NEED ae, 1
    cmp $3, %dh
    NEED be, 2
    ret

    .include "tests.S"

    .balign 2
tests:
    TEST fast_timer_lets_the_bios_clock_go_on
    TEST sound_by_pulses
    TEST one_shot_after_one_shot
    TEST one_shot_is_one
    TEST latched_counts_go_on
    TEST read_back_of_counter_2
    TEST bios_waits
    TEST bios_tells_of_an_event
    TEST clocks_agree
    TEST dos_clock_goes_on
    .word 0
