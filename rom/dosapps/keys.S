# The keyboard as games and resident programs have it: an interrupt 9 of their own that takes the
# scan codes and nothing else, and one that looks and goes on to the BIOS's. The keys come from
# outside, after each "press" (../../test/boot/dosapps_test.py); a test waits for some seconds.
#
# Sources: scan codes of set 1 and port 61h as in [8042]; 40:17, 40:1A to 40:3D as in Ralf Brown's
# interrupt list.

    .include "dos.S"

    .equ BIOS_TICKS, 0x46C
    .equ PATIENCE, 18 * 10          # ticks

old_keyboard: .long 0
codes: .space 64
code_count: .word 0
wanted_count: .word 0
deadline: .long 0

# Asks for the keys at SI and takes interrupt 9 by DX, until CX codes came.
take_codes:
    mov %cx, wanted_count
    movw $0, code_count
    push %dx
    push %si
    mov $press_word, %si
    call print
    pop %si
    call print
    pop %dx
    mov $9, %al
    mov $old_keyboard, %bx
    call take_vector
    push %es
    push $0
    pop %es
    mov %es:BIOS_TICKS, %eax
    add $PATIENCE, %eax
    mov %eax, deadline
1:  hlt
    mov code_count, %ax
    cmp wanted_count, %ax
    jae 2f
    mov %es:BIOS_TICKS, %eax
    cmp deadline, %eax
    jb 1b
2:  pop %es
    mov $9, %al
    mov $old_keyboard, %bx
    jmp give_vector
press_word: .asciz "press "

# A game's: it acknowledges at port 61h, as on the PC and XT, and at the interrupt controller.
game_handler:
    push %ax
    push %bx
    in $0x60, %al
    mov %cs:code_count, %bx
    mov %al, %cs:codes(%bx)
    incw %cs:code_count
    in $0x61, %al
    mov %al, %ah
    or $0x80, %al
    out %al, $0x61
    mov %ah, %al
    out %al, $0x61
    mov $0x20, %al
    out %al, $0x20
    pop %bx
    pop %ax
    iret

# A resident program's: it looks, and the BIOS gets the code.
resident_handler:
    push %ax
    push %bx
    in $0x60, %al
    mov %cs:code_count, %bx
    mov %al, %cs:codes(%bx)
    pushf
    lcall *%cs:old_keyboard
    incw %cs:code_count
    pop %bx
    pop %ax
    iret

# The codes are those at DI, CX of them. ZF.
compare_codes:
    mov $codes, %si
    repe cmpsb
    ret

    .macro KEYS name, keys, bytes:vararg
\name:
    mov $8f, %si
    mov $9f - 7f, %cx
    mov $game_handler, %dx
    call take_codes
    mov $7f, %di
    mov $9f - 7f, %cx
    call compare_codes
    NEED e, 1
    ret
7:  .byte \bytes
9:
8:  .asciz "\keys\r\n"
    .endm

    KEYS game_takes_letters, "a", 0x1E, 0x9E
    KEYS game_takes_grey_arrows, "right", 0xE0, 0x4D, 0xE0, 0xCD
    KEYS game_takes_keys_held_together, "ctrl+alt+x", 0x1D, 0x38, 0x2D, 0xAD, 0xB8, 0x9D
    KEYS game_takes_pause, "pause", 0xE1, 0x1D, 0x45, 0xE1, 0x9D, 0xC5
    KEYS game_takes_break, "ctrl+pause", 0x1D, 0xE0, 0x46, 0xE0, 0xC6, 0x9D
    KEYS game_takes_print, "print", 0xE0, 0x2A, 0xE0, 0x37, 0xE0, 0xB7, 0xE0, 0xAA
    KEYS game_takes_shift, "shift+left", 0x2A, 0xE0, 0xAA, 0xE0, 0x4B, 0xE0, 0xCB, 0xE0, 0x2A, 0xAA

resident_program_lets_the_bios_have_keys:
    push %es
    push $0x40
    pop %es
    mov %es:0x1A, %ax               # no key waits
    mov %ax, %es:0x1C
    pop %es
    mov $shifted_a, %si
    mov $4, %cx
    mov $resident_handler, %dx
    call take_codes
    cmpw $0x1E2A, codes
    NEED e, 1
    push %es                        # where the BIOS puts it
    push $0x40
    pop %es
    mov %es:0x1A, %bx
    mov %es:(%bx), %cx
    add $2, %bx
    cmp $0x3E, %bx
    jb 1f
    mov $0x1E, %bx
1:  cmp %es:0x1C, %bx
    pop %es
    NEED e, 2
    cmp $0x1E41, %cx
    NEED e, 3
    mov $1, %ah
    int $0x16
    NEED nz, 4
    mov $0x10, %ah
    int $0x16
    cmp $0x1E41, %ax
    NEED e, 5
    mov $1, %ah
    int $0x16
    NEED z, 6
    ret
shifted_a: .asciz "shift+a\r\n"

# Caps Lock turns on what 40:17 and the lamp (40:97) say.
caps_lock_is_a_state:
    mov $caps_lock, %si
    mov $2, %cx
    mov $resident_handler, %dx
    call take_codes
    mov $2, %ah
    int $0x16
    test $0x40, %al
    NEED nz, 1
    mov $caps_lock, %si
    mov $2, %cx
    mov $resident_handler, %dx
    call take_codes
    mov $2, %ah
    int $0x16
    test $0x40, %al
    NEED z, 2
    ret
caps_lock: .asciz "capslock\r\n"

# DOS's interrupt 23h, by way of the BIOS's 1Bh.
dos_sees_control_c:
    mov $0x23, %al
    mov $old_break, %bx
    mov $on_break, %dx
    call take_vector
    movb $0, broken
    mov $press_word, %si
    call print
    mov $control_c, %si
    call print
    push %es
    push $0
    pop %es
    mov %es:BIOS_TICKS, %eax
    add $PATIENCE, %eax
    mov %eax, deadline
1:  mov $0x0B, %ah                  # is there a key: looks for it
    int $0x21
    testb $1, broken
    jnz 2f
    mov %es:BIOS_TICKS, %eax
    cmp deadline, %eax
    jb 1b
2:  pop %es
    mov $0x23, %al
    mov $old_break, %bx
    call give_vector
    cmpb $1, broken
    NEED e, 1
    ret
on_break:
    movb $1, %cs:broken
    iret
old_break: .long 0
broken: .byte 0
control_c: .asciz "ctrl+c\r\n"

    .include "tests.S"

    .balign 2
tests:
    TEST game_takes_letters
    TEST game_takes_grey_arrows
    TEST game_takes_keys_held_together
    TEST game_takes_pause
    TEST game_takes_break
    TEST game_takes_print
    TEST game_takes_shift
    TEST resident_program_lets_the_bios_have_keys
    TEST caps_lock_is_a_state
    TEST dos_sees_control_c
    .word 0
