# The boot sector, the way into C, and out of it to the BIOS.
    .code16
    .text
    .equ SECTORS, 64                # of us, up to FC00h

    .include "boot.S"

main:
    movzwl %sp, %esp                # C addresses its stack with all of it
    calll probe
1:  hlt
    jmp 1b

# int bios(u32 number, struct registers *r)
    .globl bios
bios:
    pushal
    mov 36(%esp), %al
    mov %al, number
    mov 40(%esp), %esi
    mov %esi, saved_r
    mov %esp, saved_sp
    cli
    mov %esi, %esp
    pop %ds
    pop %es
    popal
    mov %cs:saved_sp, %esp
    sti
    .byte 0xCD                      # int
number: .byte 0
    pushfl
    pushal
    push %es
    push %ds
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    cld
    mov %esp, %esi
    mov saved_r, %edi
    mov $10, %ecx
    rep movsl
    add $40, %esp
    popal
    mov saved_r, %eax
    mov 36(%eax), %eax              # flags
    not %eax
    and $1, %eax
    retl

saved_r: .long 0
saved_sp: .long 0
