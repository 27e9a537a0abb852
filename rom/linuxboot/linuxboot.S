# Option ROM that starts a kernel out of the firmware configuration device. It registers a boot
# entry vector; when that is called it has the device copy everything into place by DMA and jumps.
#
#   items:  7 8 11h  address, size, data of the kernel; 10h its entry point, 0 for Linux
#           Ah Bh 12h the initrd (multiboot: the information structure)
#           13h 14h 15h the command line      16h 17h 18h Linux's real-mode part
#
#   Sources: PnP BIOS specification 1.0A, 3 (header); fw_cfg's DMA interface; Linux boot protocol,
#   "Running the kernel"; Multiboot 0.6.96, 3.2 (machine state), 3.3 (information).
    .code16
    .text
    .globl _start

    .equ STACK, 0x7000              # ours, in segment 0, while we work
    .equ MEMORY_MAP, 0x8000         # multiboot's memory map, up to INFORMATION
    .equ MEMORY_MAP_END, 0x9000 - 24
    .equ FW_DMA, 0x514
    .equ MULTIBOOT_MAGIC, 0x2BADB002

_start:
    .byte 0x55, 0xAA
    .byte (end - _start) / 512
    jmp init
    .org 0x18
    .word 0                         # no PCI data
    .word pnp

    .balign 16
pnp:
    .ascii "$PnP"
    .byte 1, 2                      # revision, length / 16
    .word 0                         # no further header
    .byte 0
pnp_checksum:
    .byte 0                         # build.sh fills it in
    .long 0
    .word manufacturer, product
    .byte 0, 0, 0                   # type
    .byte 0x50                      # can be shadowed, only needed for booting
    .word 0, 0                      # no connection vectors
    .word boot
    .word 0, 0

manufacturer: .asciz "Vitrine"
product: .asciz "Linux or multiboot kernel"

init:
    mov $0x20, %ax                  # a boot device is attached
    lret

# --- the firmware configuration device ---

# Reads the start of item EAX, ECX bytes, to the linear address EDI. SS is 0. Changes EAX, EDX.
fw_read:
    mov %edi, %edx                  # the descriptor, big-endian, built downwards
    bswap %edx
    push %edx
    pushl $0
    mov %ecx, %edx
    bswap %edx
    push %edx
    shl $16, %eax
    or $0x0A, %al                   # select, read
    bswap %eax
    push %eax
    mov $FW_DMA, %dx
    xor %eax, %eax
    out %eax, %dx
    add $4, %dx
    mov %esp, %eax
    bswap %eax
    out %eax, %dx
1:  mov (%esp), %eax
    bswap %eax
    and $~1, %eax                   # an error would be seen by what is missing
    jnz 1b
    add $16, %esp
    ret

# Value of the 32-bit item AL in EAX. Changes ECX, EDX, EDI.
fw_value:
    movzbl %al, %eax
    pushl $0
    mov %esp, %edi
    mov $4, %ecx
    call fw_read
    pop %eax
    ret

# Loads the data of item BH, whose size is item BL + 1, to the address in item BL.
fw_load:
    mov %bl, %al
    inc %al
    call fw_value
    push %eax
    mov %bl, %al
    call fw_value
    mov %eax, %edi
    pop %ecx
    movzbl %bh, %eax
    jecxz 1f
    call fw_read
1:  ret

# --- booting ---

boot:
    cli
    cld
    xor %ax, %ax
    mov %ax, %ss
    mov $STACK, %esp
    mov %ax, %ds
    mov %ax, %es
    in $0x92, %al                   # A20 on, should the firmware have turned it off
    or $2, %al
    and $~1, %al
    out %al, $0x92
    mov $0x1107, %bx
    call fw_load
    mov $0x120A, %bx
    call fw_load
    mov $0x10, %al
    call fw_value
    test %eax, %eax
    jnz multiboot

linux:
    mov $0x1513, %bx
    call fw_load
    mov $0x1816, %bx
    call fw_load
    mov $0x13, %al                  # the stack ends below the command line, if that is in reach
    call fw_value
    mov %eax, %ebp
    mov $0x16, %al
    call fw_value
    sub %eax, %ebp
    sub $16, %ebp
    shr $4, %eax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %fs
    mov %ax, %gs
    mov %ax, %ss
    mov %ebp, %esp
    add $0x20, %ax
    push %ax
    pushw $0
    xor %eax, %eax
    xor %ebx, %ebx
    xor %ecx, %ecx
    xor %edx, %edx
    xor %esi, %esi
    xor %edi, %edi
    xor %ebp, %ebp
    lret

multiboot:
    push %eax                       # entry point
    mov $0x0A, %al
    call fw_value
    push %eax                       # information structure
    sti
    xor %ebx, %ebx
    mov $MEMORY_MAP, %edi
1:  movl $20, (%di)
    add $4, %di
    mov $0xE820, %eax
    mov $0x534D4150, %edx           # "SMAP"
    mov $20, %ecx
    int $0x15
    jc 3f
    add $20, %di
    cmp $MEMORY_MAP_END, %di
    ja 2f
    test %ebx, %ebx
    jnz 1b
2:  add $4, %di
3:  sub $4 + MEMORY_MAP, %di
    pop %esi                        # ESI, below 64 KiB: information
    movl $MEMORY_MAP, 48(%si)
    movzwl %di, %edi
    mov %edi, 44(%si)
    int $0x12
    movzwl %ax, %eax
    mov %eax, 4(%si)                # lower memory, KiB
    mov $MEMORY_MAP, %bx
    add %bx, %di
4:  cmp %di, %bx                    # upper memory: the RAM at 1 MiB
    jae 5f
    mov 12(%bx), %eax               # length
    cmpl $0x100000, 4(%bx)
    lea 24(%bx), %bx
    jne 4b
    shr $10, %eax
    mov %eax, 8(%si)
5:  orl $0x41, (%si)                # memory sizes, memory map
    pop %ebp                        # EBP: entry point
    cli

    xor %ebx, %ebx
    mov %cs, %bx
    shl $4, %ebx                    # our own linear address
    lea gdt(%ebx), %eax
    push %eax
    pushw $gdt_end - gdt - 1
    mov %esp, %eax
    lgdtl (%eax)
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    add $protected, %ebx
    pushl $8
    push %ebx
    lretl

    .code32
protected:
    mov $16, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %fs
    mov %eax, %gs
    mov %eax, %ss
    mov $STACK, %esp
    mov %esi, %ebx
    mov $MULTIBOOT_MAGIC, %eax
    jmp *%ebp

    .balign 8
gdt:
    .quad 0
    .quad 0x00CF9B000000FFFF        # code, flat
    .quad 0x00CF93000000FFFF        # data, flat
gdt_end:

    .org 1023                       # the last byte makes the sum 0
    .byte 0
end:
