# What bench/vga.py times: fills and scrolls through the VGA's window, in real mode. A letter to port
# E9h begins each item, and the next one ends it.

    .code16
    .globl _start
_start:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %ss
    mov $0x7C00, %sp
    cld
    mov $0x0012, %ax            # 640 x 480 in 16 colours
    int $0x10
    mov $0xA000, %ax
    mov %ax, %es

    mov $'p', %al               # planar bytes, by a string instruction
    call mark
    mov $200, %bp
1:  mov %bp, %ax
    mov $38400, %cx
    xor %di, %di
    rep stosb
    dec %bp
    jnz 1b

    mov $'m', %al               # planar bytes with latches and bit mask, one by one
    call mark
    mov $0x3CE, %dx
    mov $0x1803, %ax            # exclusive or
    out %ax, %dx
    mov $100, %bp
2:  xor %di, %di
3:  mov %es:(%di), %al
    mov %cl, %es:(%di)
    inc %di
    cmp $38400, %di
    jne 3b
    dec %bp
    jnz 2b

    mov $'c', %al               # latches copied, as scrolling does
    call mark
    mov $0x0003, %ax
    out %ax, %dx
    mov $0x0105, %ax            # write mode 1
    out %ax, %dx
    push %es
    pop %ds
    mov $100, %bp
4:  mov $38400 - 80, %cx
    mov $80, %si
    xor %di, %di
    rep movsb
    dec %bp
    jnz 4b
    xor %ax, %ax
    mov %ax, %ds

    mov $0x0013, %ax            # 320 x 200 in 256 colours
    int $0x10
    mov $'l', %al               # bytes in a row, one by one
    call mark
    mov $400, %bp
5:  xor %di, %di
6:  mov %al, %es:(%di)
    inc %ax
    inc %di
    cmp $64000, %di
    jne 6b
    dec %bp
    jnz 5b

    mov $0x0003, %ax            # text
    int $0x10
    mov $0xB800, %ax
    mov %ax, %es
    mov %ax, %ds
    mov $'t', %al               # scrolled by one line, and the last one cleared
    call mark
    mov $2000, %bp
7:  mov $1920, %cx
    mov $160, %si
    xor %di, %di
    rep movsw
    mov $0x0720, %ax
    mov $80, %cx
    rep stosw
    dec %bp
    jnz 7b
    mov $'.', %al
    call mark
8:  hlt
    jmp 8b

# Says so, and lets a while pass: output may be held back for a millisecond of guest time.
mark:
    out %al, $0xE9
    mov $30, %bp
1:  mov $0xFFFF, %cx
    loop .
    dec %bp
    jnz 1b
    ret

    .org 510
    .word 0xAA55
