# A boot sector that tells port E9h how the BIOS sees the disk it was booted from, as plain bytes:
#
#     2 + 2   CX and DX of INT 13h AH=08h: cylinders, heads, sectors of the BIOS
#     30      what AH=48h fills in: the disk's own shape and size
#     4 + 4   for each sector of the list: its first bytes, read by CHS (AH=02h) and by LBA (AH=42h)
#
# and then ends the machine by port F4h: 0, or the failed service's error code.
#
# The list of sectors, LBAs of 32 bits that a 0 ends, stands at `list`; who makes the image fills it
# in, and the partition table behind it. Built by build.sh. Sources: Ralf Brown's interrupt list.
    .code16
    .text
    .globl _start

    .equ CHS_SECTOR, 0x8000
    .equ LBA_SECTOR, 0x8200
    .equ PARAMETERS, 0x8400         # 30 bytes of AH=48h, their length first

_start:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $_start, %sp
    cld
    ljmp $0, $1f
1:  mov %dl, drive
    mov $8, %ah
    int $0x13
    jc failed
    push %ds
    pop %es                         # was changed
    mov %cx, shape
    mov %dx, shape + 2
    mov $shape, %si
    mov $4, %cx
    call tell
    mov $PARAMETERS, %si
    movw $30, (%si)
    mov drive, %dl
    mov $0x48, %ah
    int $0x13
    jc failed
    mov $30, %cx
    call tell
    mov $list, %di
2:  mov (%di), %eax
    test %eax, %eax
    jz done
    call read_chs
    jc failed
    call read_lba
    jc failed
    mov $CHS_SECTOR, %si
    mov $4, %cx
    call tell
    mov $LBA_SECTOR, %si
    mov $4, %cx
    call tell
    add $4, %di
    jmp 2b

done:
    xor %ah, %ah
failed:
    mov %ah, %al
    out %al, $0xF4
3:  hlt
    jmp 3b

# Writes CX bytes at SI to the port.
tell:
    mov $0xE9, %dx
    rep outsb
    ret

# Reads sector EAX by cylinder, head and sector as the BIOS counts them. CF: it failed.
read_chs:
    movzbl shape, %ecx
    and $0x3F, %cx                  # sectors
    movzbl shape + 3, %ebx
    inc %bx                         # heads
    xor %edx, %edx
    div %ecx
    mov %dl, %cl
    inc %cl
    xor %edx, %edx
    div %ebx
    mov %dl, %dh
    mov %al, %ch
    shl $6, %ah
    or %ah, %cl
    mov drive, %dl
    mov $CHS_SECTOR, %bx
    mov $0x0201, %ax
    int $0x13
    ret

# Reads sector (DI) by its number. CF: it failed.
read_lba:
    mov (%di), %eax
    mov %eax, packet + 8
    mov $packet, %si
    mov drive, %dl
    mov $0x42, %ah
    int $0x13
    ret

    .balign 4
packet: .word 16, 1, LBA_SECTOR, 0
    .long 0, 0
shape: .word 0, 0
drive: .byte 0

    .org 400
list:
    .org 446                        # the partition table
    .org 510
    .word 0xAA55
