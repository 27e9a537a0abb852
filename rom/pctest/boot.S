# A boot sector that loads the SECTORS sectors of its program, itself among them, from the disk to
# 7C00h, and jumps to `main` with DS = ES = SS = 0, the stack below 7C00h, and interrupts on.
    .globl _start

_start:
    cli
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $_start, %sp
    sti
    cld
    ljmp $0, $1f
1:  mov %dl, drive
    mov $8, %ah                     # the geometry
    push %es
    int $0x13
    pop %es
    jc load_failed
    and $0x3F, %cx
    mov %cx, sectors
    movzx %dh, %ax
    inc %ax
    mov %ax, heads
    mov $1, %si                     # the rest of us: sector after sector
    mov $_start + 512, %bx
2:  call read_sector
    jc load_failed
    add $512, %bx
    inc %si
    cmp $SECTORS, %si
    jb 2b
    jmp main

# Reads sector SI to ES:BX by cylinder, head and sector. CF: it failed.
read_sector:
    mov %si, %ax
    xor %dx, %dx
    divw sectors
    mov %dl, %cl
    inc %cl
    xor %dx, %dx
    divw heads
    mov %al, %ch
    mov %dl, %dh
    mov drive, %dl
    mov $0x0201, %ax
    int $0x13
    ret

load_failed:
    mov $0x0E21, %ax                # '!'
    int $0x10
    hlt
    jmp load_failed

drive: .byte 0
sectors: .word 0
heads: .word 0

    .org 446                        # a partition table, so that every BIOS takes us for a hard disk
    .byte 0x80, 0, 1, 0, 0x0C, 0xFE, 0xFF, 0xFF
    .long 2048, 2048
    .org 510
    .byte 0x55, 0xAA
