# Expanded memory as DOS programs use it: pages of 16 KiB shown in turn from D0000h on, data and code
# in them. emm.S is to be there.
#
# Sources: LIM EMS 4.0 as in Ralf Brown's interrupt list (INT 67h, AH = 40h to 4Ch).

    .include "dos.S"

    .equ FRAME_SEGMENT, 0xD000
    .equ PAGES, 8

    .macro EMS function
    mov $\function, %ah
    int $0x67
    .endm

    .macro MAP page, place
    mov handle, %dx
    mov $\page, %bx
    mov $0x4400 + \place, %ax
    int $0x67
    .endm

manager_is_found_by_its_name:
    mov $0x3567, %ax
    int $0x21
    mov $name, %si
    mov $10, %di
    mov $8, %cx
    repe cmpsb
    push %ds
    pop %es
    NEED e, 1
    EMS 0x40
    cmp $0, %ah
    NEED e, 2
    EMS 0x46
    cmp $0x0040, %ax
    NEED e, 3
    EMS 0x41
    cmp $FRAME_SEGMENT, %bx
    NEED e, 4
    EMS 0x7F
    cmp $0x84, %ah
    NEED e, 5
    ret
name: .ascii "EMMXXXX0"

pages_are_allocated:
    EMS 0x42
    cmp %bx, %dx                    # all are free
    NEED e, 1
    push %bx
    mov $PAGES, %bx
    EMS 0x43
    mov %dx, handle
    pop %si
    cmp $0, %ah
    NEED e, 2
    EMS 0x42
    sub %bx, %si
    cmp $PAGES, %si
    NEED e, 3
    mov handle, %dx
    EMS 0x4C
    cmp $PAGES, %bx
    NEED e, 4
    EMS 0x4B
    cmp $1, %bx
    NEED e, 5
    mov $1000, %bx
    EMS 0x43
    cmp $0x87, %ah
    NEED e, 6
    ret

each_page_keeps_what_it_has:
    push %es
    push $FRAME_SEGMENT
    pop %es
    xor %cx, %cx
1:  mov %cx, %bx                    # page n into place n modulo 4, and its number all over it
    call map_in_turn
    NEED e, 1
    mov %cx, %ax
    push %cx
    mov $0x2000, %cx
    rep stosw
    pop %cx
    inc %cx
    cmp $PAGES, %cx
    jb 1b
2:  dec %cx                         # the other way round, in other places
    mov %cx, %bx
    xor $5, %bx
    mov %bx, %si
    call map_in_turn
    NEED e, 2
    mov %si, %ax
    push %cx
    mov $0x2000, %cx
    repe scasw
    pop %cx
    NEED e, 3
    test %cx, %cx
    jnz 2b
    pop %es
    ret
map_in_turn:                        # page BX into place CX modulo 4, which is at DI. ZF: good
    mov %cl, %al
    and $3, %al
    mov handle, %dx
    push %ax
    EMS 0x44
    cmp $0, %ah
    pop %ax
    pushf
    movzbw %al, %di
    shl $14, %di
    popf
    ret

# One page in two places, and another under the address of the first.
a_page_is_in_two_places:
    MAP 0, 0
    MAP 0, 2
    push %ds
    push $FRAME_SEGMENT
    pop %ds
    movw $0x1234, 0x0FFE
    cmpw $0x1234, 0x8FFE
    NEED e, 1
    movw $0x4321, 0x8FFE
    cmpw $0x4321, 0x0FFE
    NEED e, 2
    pop %ds
    MAP 1, 0
    push %ds
    push $FRAME_SEGMENT
    pop %ds
    movw $0x5555, 0x0FFE
    cmpw $0x4321, 0x8FFE
    NEED e, 3
    pop %ds
    ret

# Overlays: two routines at one address, in turn, and one that is written over where it can be seen
# elsewhere.
code_is_shown_in_turn:
    push %es
    push $FRAME_SEGMENT
    pop %es
    MAP 2, 1
    mov $0x0001, %ax
    call put_routine
    MAP 3, 1
    mov $0x0100, %ax
    call put_routine
    xor %bp, %bp
    mov $1000, %cx
1:  push %cx
    MAP 2, 1
    lcall $FRAME_SEGMENT, $0x4000
    add %ax, %bp
    MAP 3, 1
    lcall $FRAME_SEGMENT, $0x4000
    add %ax, %bp
    pop %cx
    loop 1b
    cmp $1000 * 0x101 & 0xFFFF, %bp
    NEED e, 1
    MAP 3, 3                        # the same page, written in another place
    movb $0x77, %es:0xC001
    lcall $FRAME_SEGMENT, $0x4000
    cmp $0x0177, %ax
    NEED e, 2
    pop %es
    ret
put_routine:                        # at place 1: returns AX
    movb $0xB8, %es:0x4000          # mov ..., %ax
    mov %ax, %es:0x4001
    movb $0xCB, %es:0x4003          # lret
    ret

# As a resident program does it that needs the frame for itself.
what_is_shown_is_saved_and_restored:
    push %es
    push $FRAME_SEGMENT
    pop %es
    MAP 4, 0
    movw $0x4444, %es:0
    mov handle, %dx
    EMS 0x47
    cmp $0, %ah
    NEED e, 1
    mov handle, %dx
    EMS 0x47
    cmp $0x8D, %ah
    NEED e, 2
    MAP 5, 0
    movw $0x5555, %es:0
    mov handle, %dx
    EMS 0x48
    cmp $0, %ah
    NEED e, 3
    cmpw $0x4444, %es:0
    NEED e, 4
    mov handle, %dx
    EMS 0x48
    cmp $0x8E, %ah
    NEED e, 5
    pop %es
    ret

what_is_not_there_is_refused:
    MAP PAGES, 0
    cmp $0x8A, %ah
    NEED e, 1
    MAP 0, 4
    cmp $0x8B, %ah
    NEED e, 2
    mov $12, %dx
    xor %bx, %bx
    mov $0x4400, %ax
    int $0x67
    cmp $0x83, %ah
    NEED e, 3
    MAP 0xFFFF, 0                   # shows nothing
    cmp $0, %ah
    NEED e, 4
    ret

pages_are_released:
    mov handle, %dx
    EMS 0x45
    cmp $0, %ah
    NEED e, 1
    mov handle, %dx
    EMS 0x45
    cmp $0x83, %ah
    NEED e, 2
    EMS 0x42
    cmp %bx, %dx
    NEED e, 3
    ret

handle: .word 0

    .include "tests.S"

    .balign 2
tests:
    TEST manager_is_found_by_its_name
    TEST pages_are_allocated
    TEST each_page_keeps_what_it_has
    TEST a_page_is_in_two_places
    TEST code_is_shown_in_turn
    TEST what_is_shown_is_saved_and_restored
    TEST what_is_not_there_is_refused
    TEST pages_are_released
    .word 0
