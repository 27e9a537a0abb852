# How much memory there is, how to get above 1 MiB: INT 12h and 15h, A20, the high memory area,
# unreal mode.

    .equ SMAP, 0x534D4150

memory_map_e820:
    movb $0, map_found
    xor %ebx, %ebx
    mov $BUFFER, %di
1:  mov $0xE820, %eax
    mov $24, %ecx
    mov $SMAP, %edx
    int $0x15
    NEED nc, 1
    cmp $SMAP, %eax
    NEED e, 2
    cmp $20, %ecx
    NEED ae, 3
    cmpl $1, 16(%di)                # memory
    jne 3f
    cmpl $0, 4(%di)                 # below 4 GiB
    jne 3f
    mov (%di), %eax
    test %eax, %eax
    jnz 2f
    cmpl $0x80000, 8(%di)
    NEED ae, 4
    cmpl $0xA0000, 8(%di)
    NEED be, 5
    orb $1, map_found
    jmp 3f
2:  cmp $0x100000, %eax
    jne 3f
    mov 8(%di), %eax
    shr $10, %eax
    mov %eax, extended_kib
    orb $2, map_found
3:  test %ebx, %ebx
    jnz 1b
    cmpb $3, map_found
    NEED e, 6
    ret

memory_sizes_e801_and_88:
    mov $0xE801, %ax
    xor %cx, %cx
    xor %dx, %dx
    int $0x15
    NEED nc, 1
    cmp %ax, %cx
    NEED e, 2
    cmp %bx, %dx
    NEED e, 3
    movzx %ax, %eax                 # KiB up to 16 MiB, and 64 KiB above
    movzx %bx, %ebx
    shl $6, %ebx
    add %ebx, %eax
    sub extended_kib, %eax
    add $64, %eax
    cmp $128, %eax
    NEED be, 4
    mov $0x88, %ah
    int $0x15
    NEED nc, 5
    movzx %ax, %eax
    cmp extended_kib, %eax
    NEED be, 6
    cmp $15 * 1024, %eax
    NEED ae, 7
    ret

conventional_memory_and_equipment:
    int $0x12
    cmp $600, %ax
    NEED ae, 1
    cmp 0x413, %ax
    NEED e, 2
    shl $6, %ax                     # where the extended BIOS data area begins
    cmp 0x40E, %ax
    NEED e, 3
    int $0x11
    test $2, %al                    # a coprocessor
    NEED nz, 4
    and $0x30, %al
    cmp $0x20, %al                  # 80 columns, colour
    NEED e, 5
    ret

block_move_to_extended_memory:
    movl $0x7C00, move_from
    movl $0x93200000, move_to       # 2 MiB; the byte on top is the access right
    call block_move
    movl $0x93200000, move_from
    movl $BUFFER, move_to
    movb $0x93, move_to + 3
    call block_move
    mov $0x7C00, %si
    mov $BUFFER, %di
    mov $256, %cx
    repe cmpsw
    NEED e, 3
    ret

block_move:
    movb $0x93, move_from + 3
    mov $0x87, %ah
    mov $256, %cx                   # words
    mov $move_table, %si
    int $0x15
    NEED nc, 1
    test %ah, %ah
    NEED z, 2
    ret

# ZF is set if A20 is on: two bytes that are 1 MiB apart differ.
test_a20:
    push %es
    mov $0xFFFF, %ax
    mov %ax, %es
    movw $0x1234, SPOT
    movw $0x4321, %es:SPOT + 16
    cmpw $0x1234, SPOT
    pop %es
    ret

a20_by_port_92:
    call port_92_on
    call test_a20
    NEED e, 1
    call port_92_off
    call test_a20
    NEED ne, 2
    call port_92_on
    call test_a20
    NEED e, 3
    ret

port_92_on:
    in $0x92, %al
    or $2, %al
    jmp 1f
port_92_off:
    in $0x92, %al
    and $~2, %al
1:  and $~1, %al                    # no reset
    out %al, $0x92
    ret

a20_by_keyboard_controller:
    cli
    mov $0xDD, %bl
    call write_output_port
    call test_a20
    NEED ne, 1
    mov $0xDF, %bl
    call write_output_port
    call test_a20
    NEED e, 2
    mov $0xDD, %al                  # as commands of their own
    call command_8042
    call test_a20
    NEED ne, 3
    mov $0xDF, %al
    call command_8042
    call test_a20
    NEED e, 4
    ret

write_output_port:
    mov $0xD1, %al
    call command_8042
    mov %bl, %al
    out %al, $0x60
    jmp wait_8042
command_8042:
    push %ax
    call wait_8042
    pop %ax
    out %al, $0x64
wait_8042:
    in $0x64, %al
    test $2, %al
    jnz wait_8042
    ret

a20_by_bios:
    mov $0x2403, %ax                # how it can be done
    int $0x15
    NEED nc, 1
    test $3, %bl
    NEED nz, 2
    mov $0x2400, %ax
    int $0x15
    NEED nc, 3
    call test_a20
    NEED ne, 4
    mov $0x2402, %ax
    int $0x15
    NEED nc, 5
    cmp $0, %al
    NEED e, 6
    mov $0x2401, %ax
    int $0x15
    NEED nc, 7
    call test_a20
    NEED e, 8
    mov $0x2402, %ax
    int $0x15
    cmp $1, %al
    NEED e, 9
    ret

high_memory_area:
    mov $0xFFFF, %ax
    mov %ax, %es
    mov $0x10, %di                  # all of it: word n holds n * 40503
1:  imul $40503, %di, %ax
    mov %ax, %es:(%di)
    add $2, %di
    cmp $0x10, %di
    jae 1b
    mov $0x10, %di
2:  imul $40503, %di, %ax
    cmp %ax, %es:(%di)
    NEED e, 1
    add $2, %di
    cmp $0x10, %di
    jae 2b
    ret

# The same far address is other code with and without A20.
code_follows_a20:
    mov $0xFFFF, %ax
    mov %ax, %es
    movl $0xCB01B0, 0xFF0           # mov $1, %al; lret
    call port_92_on
    movl $0xCB02B0, %es:0x1000      # mov $2, %al; lret
    mov $3, %cx
1:  lcall $0xFFFF, $0x1000
    cmp $2, %al
    NEED e, 1
    call port_92_off
    lcall $0xFFFF, $0x1000
    cmp $1, %al
    NEED e, 2
    call port_92_on
    loop 1b
    ret

# FS keeps the limit that it got in protected mode.
unreal_mode:
    cli
    lgdt gdt_pointer
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    mov $DATA32, %bx
    mov %bx, %fs
    and $~1, %al
    mov %eax, %cr0
    xor %bx, %bx
    mov %bx, %fs
    sti
    mov $0x200000, %edi
    movl $0xCAFE1234, %fs:(%edi)
    mov $0, %ah                     # a service and interrupts leave it as it is
    int $0x1A
    hlt
    cmpl $0xCAFE1234, %fs:(%edi)
    NEED e, 1
    mov $0x7C00, %esi
    cmpw $0xAA55, %fs:510(%esi)
    NEED e, 2
    ret

limit_of_real_mode_segments:
    cli
    pushl 13 * 4
    movw $1f, 13 * 4
    movw $0, 13 * 4 + 2
    mov $0x10000, %esi
    mov %sp, %bp
    mov (%esi), %al                 # the fault goes to 1
    mov $1, %ax
    jmp failed
1:  lea -6(%bp), %ax                # IP, CS, FLAGS and nothing else
    cmp %ax, %sp
    NEED e, 2
    mov %bp, %sp
    popl 13 * 4
    ret

    .balign 8
# INT 15h AH=87h: two empty entries, source, target, two for the BIOS.
move_table:
    .fill 16, 1, 0
    .word 511
move_from: .long 0
    .word 0
    .word 511
move_to: .long 0
    .word 0
    .fill 16, 1, 0
extended_kib: .long 0
map_found: .byte 0
