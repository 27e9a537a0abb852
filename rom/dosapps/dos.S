# The beginning of a DOS program of type COM whose tests run by ../pctest's harness: DS = ES = SS =
# CS, a stack at the end of the segment. It prints through DOS, so that it can be redirected, and to
# port E9h; the number of failures is what it returns.
    .code16
    .text
    .globl _start

_start:
    cld
    jmp main

# Prints AL.
print_character:
    push %ax
    push %dx
    out %al, $0xE9
    mov %al, %dl
    mov $2, %ah
    int $0x21
    pop %dx
    pop %ax
    ret

end_tests:
    push %ax
    mov $13, %al
    call print_character
    mov $10, %al
    call print_character
    pop %ax
    mov $0x4C, %ah
    int $0x21

    .include "harness.S"

# Takes interrupt AL: the handler DX. What was there is kept at BX, 4 bytes.
take_vector:
    pusha
    push %es
    mov %ax, %si
    mov $0x35, %ah
    push %bx
    int $0x21
    mov %bx, %cx
    pop %bx
    mov %cx, (%bx)
    mov %es, 2(%bx)
    mov %si, %ax
    mov $0x25, %ah
    int $0x21
    pop %es
    popa
    ret

# Gives interrupt AL back to what is at BX.
give_vector:
    pusha
    push %ds
    lds (%bx), %dx
    mov $0x25, %ah
    int $0x21
    pop %ds
    popa
    ret
