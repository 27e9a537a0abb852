# The screen's timing as DOS programs live by it: pictures paced by the vertical retrace, colours
# changed line by line ("raster bars"), the start address that takes effect with the next picture;
# and what old programs look at to find a Hercules card, a CGA, an EGA or a VGA.
#
# Sources: [VGA] CRT controller, input status register 1; INT 10h as in Ralf Brown's interrupt list.
# Modes 3 and 13h have 28322000 / 900 / 449 or 25175000 / 800 / 449 pictures a second, mode 12h
# 25175000 / 800 / 525; counter 0 of the 8254 counts 1193182.

    .include "dos.S"
    .include "clock.S"

    .equ STATUS, 0x3DA
    .equ DISPLAY_OFF, 1
    .equ RETRACE, 8

# --- what the tests share ---

set_mode:                           # AL
    mov $0, %ah
    int $0x10
    jmp fast_clock

text_mode:
    mov $3, %al
    call set_mode
    jmp bios_clock

# Waits for the beginning of a vertical retrace. Changes AL, DX.
wait_retrace:
    mov $STATUS, %dx
1:  in %dx, %al
    test $RETRACE, %al
    jnz 1b
2:  in %dx, %al
    test $RETRACE, %al
    jz 2b
    ret

# The counts of three pictures in mode AL, in DI.
time_pictures:
    call set_mode
    cli
    call wait_retrace
    call latch_counter
    mov %ax, %di
    call wait_retrace
    call wait_retrace
    call wait_retrace
    call latch_counter
    sti
    sub %ax, %di
    push %di
    call text_mode
    pop %di
    ret

# Lines of a picture in mode AL, in DI: the beam is not displayed at the end of each of them, and
# colour 0 is changed there, which takes some accesses to ports.
count_lines:
    call set_mode
    cli
    call wait_retrace
    xor %di, %di
1:  mov $STATUS, %dx
    in %dx, %al
    test $RETRACE, %al
    jnz 1b
2:  in %dx, %al                     # the displayed part of a line
    test $RETRACE, %al
    jnz 4f
    test $DISPLAY_OFF, %al
    jnz 2b
3:  in %dx, %al                     # its end
    test $DISPLAY_OFF, %al
    jz 3b
    inc %di
    mov $0x3C8, %dx
    mov $0, %al
    out %al, %dx
    inc %dx
    mov %di, %ax
    out %al, %dx
    out %al, %dx
    out %al, %dx
    mov $STATUS, %dx
    jmp 2b
4:  sti
    push %di
    call text_mode
    pop %di
    ret

# --- the tests ---

# For two seconds: colour 0 is another one in each line, set between the lines. The red is six bits
# of the line's number, the green the others. ../../test/boot/dosapps_test.py looks at it.
sky_has_a_colour_each_line:
    mov $0x13, %al
    call set_mode
    mov $140, %bp
    cli
    call wait_retrace
1:  xor %di, %di                    # in the retrace
    call set_sky
    mov $STATUS, %dx
2:  in %dx, %al
    test $RETRACE, %al
    jnz 2b
3:  in %dx, %al                     # the displayed part of a line
    test $RETRACE, %al
    jnz 5f
    test $DISPLAY_OFF, %al
    jnz 3b
4:  in %dx, %al                     # its end
    test $DISPLAY_OFF, %al
    jz 4b
    inc %di
    call set_sky
    jmp 3b
5:  cmp $400, %di
    jne 6f
    dec %bp
    jnz 1b
6:  sti
    call text_mode
    cmp $0, %bp
    NEED e, 1
    ret
set_sky:                            # as of line DI
    mov $0x3C8, %dx
    mov $0, %al
    out %al, %dx
    inc %dx
    mov %di, %ax
    and $63, %al
    out %al, %dx
    mov %di, %ax
    shr $6, %ax
    out %al, %dx
    mov $0, %al
    out %al, %dx
    mov $STATUS, %dx
    ret

# Three pictures in a mode take three times so many counts.
    .macro PICTURES name, mode, counts
\name:
    mov $\mode, %al
    call time_pictures
    cmp $3 * \counts - 100, %di
    NEED ae, 1
    cmp $3 * \counts + 100, %di
    NEED be, 2
    ret
    .endm

    PICTURES text_has_70_pictures_a_second, 3, 17024
    PICTURES mode_13_has_70_pictures_a_second, 0x13, 17024
    PICTURES mode_12_has_60_pictures_a_second, 0x12, 19906

    .macro LINES name, mode, lines
\name:
    mov $\mode, %al
    call count_lines
    cmp $\lines, %di
    NEED e, 1
    ret
    .endm

    LINES every_line_of_text_is_seen, 3, 400
    LINES every_line_of_mode_13_is_seen, 0x13, 400
    LINES every_line_of_mode_12_is_seen, 0x12, 480

# The retrace lasts two lines, 64 us: three polls see it, hundreds would be a made-up one.
retrace_is_short:
    mov $0x13, %al
    call set_mode
    cli
    call wait_retrace
    call latch_counter
    mov %ax, %di
    mov $STATUS, %dx
1:  in %dx, %al
    test $RETRACE, %al
    jnz 1b
    call latch_counter
    sti
    sub %ax, %di
    push %di
    call text_mode
    pop %di
    cmp $60, %di
    NEED ae, 1
    cmp $90, %di
    NEED be, 2
    ret

# A Hercules card's bit 7 of 3BAh goes with its retrace.
there_is_no_hercules:
    mov $0x3BA, %dx
    in %dx, %al
    mov %al, %ah
    mov $30000, %cx
1:  in %dx, %al
    xor %ah, %al
    test $0x80, %al
    NEED z, 1
    loop 1b
    ret

# A register of a CRTC at 3D4h that holds what is written, and none at 3B4h.
crtc_is_where_colour_has_it:
    mov $0x3D4, %dx
    call probe_crtc
    NEED e, 1
    mov $0x3B4, %dx
    call probe_crtc
    NEED ne, 2
    mov $7, %ax                     # and the other way round
    int $0x10
    mov $0x3B4, %dx
    call probe_crtc
    pushf
    mov $0x3D4, %dx
    call probe_crtc
    pushf
    call text_mode
    popf
    NEED ne, 3
    popf
    NEED e, 4
    ret
probe_crtc:                         # ZF: it is there
    mov $0x0F, %al
    out %al, %dx
    inc %dx
    in %dx, %al
    mov %al, %ah
    mov $0x66, %al
    out %al, %dx
    in %dx, %al
    xchg %al, %ah
    out %al, %dx
    cmp $0x66, %ah
    ret

bios_tells_of_a_vga:
    mov $0x1A00, %ax
    int $0x10
    cmp $0x1A, %al
    NEED e, 1
    cmp $8, %bl                     # VGA with a colour monitor
    NEED e, 2
    mov $0x12, %ah                  # an EGA or more
    mov $0x10, %bl
    int $0x10
    cmp $0x10, %bl
    NEED ne, 3
    cmp $0, %bh                     # colour
    NEED e, 4
    cmp $3, %bl                     # 256 KiB
    NEED e, 5
    ret

# A write to B8000h waits for the display's end, as on a CGA, which else shows snow.
text_is_written_between_lines:
    push %es
    push $0xB800
    pop %es
    mov $STATUS, %dx
    xor %di, %di
    mov $2000, %cx
1:  cli
2:  in %dx, %al
    test $DISPLAY_OFF, %al
    jnz 2b
3:  in %dx, %al
    test $DISPLAY_OFF, %al
    jz 3b
    mov $0x0720, %ax
    stosw
    sti
    loop 1b
    cmpw $0x0720, %es:3998
    pop %es
    NEED e, 1
    ret

    .include "tests.S"

    .balign 2
tests:
    TEST sky_has_a_colour_each_line
    TEST text_has_70_pictures_a_second
    TEST mode_13_has_70_pictures_a_second
    TEST mode_12_has_60_pictures_a_second
    TEST every_line_of_text_is_seen
    TEST every_line_of_mode_13_is_seen
    TEST every_line_of_mode_12_is_seen
    TEST retrace_is_short
    TEST there_is_no_hercules
    TEST crtc_is_where_colour_has_it
    TEST bios_tells_of_a_vga
    TEST text_is_written_between_lines
    .word 0
