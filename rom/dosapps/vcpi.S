# What DOS and its extenders do under a memory manager: DOS's own work in virtual-8086 mode, memory
# at CC000h, a line A20 that is not the machine's, and by VCPI to protected mode and back, with
# interrupts there that are given to DOS by way of virtual-8086 mode. emm.S is to be there.
#
# Sources: VCPI 1.0 as in Ralf Brown's interrupt list; [SDM3] 2, 20.

    .include "dos.S"

    .equ CODE32, 0x08               # our selectors: linear addresses begin with the program
    .equ DATA32, 0x10
    .equ FLAT, 0x18
    .equ SERVER, 0x20               # three of the server's
    .equ TASK, 0x38
    .equ WINDOW, 0x400000           # where the page that we are given is shown

    .macro VCPI function
    mov $0xDE00 + \function, %ax
    int $0x67
    .endm

# The linear address of label, into EAX.
    .macro LINEAR label
    xor %eax, %eax
    mov %cs, %ax
    shl $4, %eax
    add $\label, %eax
    .endm

server_is_there:
    smsw %ax
    test $1, %al
    NEED nz, 1
    VCPI 0
    cmp $0, %ah
    NEED e, 2
    cmp $0x0100, %bx
    NEED e, 3
    VCPI 7
    and $0x80000001, %ebx
    cmp $0x80000001, %ebx
    NEED e, 4
    VCPI 0x7F
    cmp $0, %ah
    NEED ne, 5
    ret

server_hands_out_pages:
    VCPI 3
    mov %edx, %ebp
    VCPI 4
    cmp $0, %ah
    NEED e, 1
    mov %edx, %esi
    test $0xFFF, %si
    NEED z, 2
    VCPI 2
    cmp %edx, %esi
    NEED be, 3
    VCPI 3
    inc %edx
    cmp %edx, %ebp
    NEED e, 4
    mov %esi, %edx
    VCPI 5
    cmp $0, %ah
    NEED e, 5
    mov %esi, %edx                  # once
    VCPI 5
    cmp $0, %ah
    NEED ne, 6
    VCPI 3
    cmp %edx, %ebp
    NEED e, 7
    mov $0xB8, %cx
    VCPI 6
    cmp $0xB8000, %edx
    NEED e, 8
    ret

upper_memory_is_there:
    mov $0xCC, %cx
    VCPI 6
    cmp $0x100000, %edx
    NEED ae, 1
    push %es
    push $0xCC00
    pop %es
    mov $0x2000, %cx
    mov %cx, %ax
    xor %di, %di
    rep stosw
    mov $0x2000, %cx
    xor %di, %di
    repe scasw
    pop %es
    NEED e, 2
    ret

# Port 92h changes what is at 1 MiB for us, and only for us.
a20_is_the_servers:
    push %es
    push $0xFFFF
    pop %es
    movl $0x12345678, %es:0x4010
    push %ds
    push $0
    pop %ds
    mov 0x4000, %ecx
    movl $0x87654321, 0x4000
    mov %es:0x4010, %edx
    in $0x92, %al
    and $~2, %al
    out %al, $0x92
    mov %es:0x4010, %ebx
    or $2, %al
    out %al, $0x92
    mov %ecx, 0x4000
    pop %ds
    mov %es:0x4010, %ecx
    pop %es
    cmp $0x12345678, %edx
    NEED e, 1
    cmp $0x87654321, %ebx
    NEED e, 2
    cmp $0x12345678, %ecx
    NEED e, 3
    ret

# INT 15h, AH = 87h, to 7 MiB and back.
blocks_move_to_extended_memory:
    LINEAR _start
    mov $0x700000, %edx
    call move_block
    LINEAR buffer
    mov %eax, %edx
    mov $0x700000, %eax
    call move_block
    mov $_start, %si
    mov $buffer, %di
    mov $256, %cx
    repe cmpsw
    NEED e, 1
    ret
move_block:                         # 256 words from EAX to EDX
    mov %eax, move_source
    movb $0x93, move_source + 3
    mov %edx, move_target
    movb $0x93, move_target + 3
    mov $move_table, %si
    mov $256, %cx
    mov $0x87, %ah
    int $0x15
    NEED nc, 0x10
    ret
move_table:
    .space 16
    .word 0xFFFF
move_source: .space 6
    .word 0xFFFF
move_target: .space 6
    .space 16

dos_reads_and_writes_files:
    mov $0x3C, %ah
    xor %cx, %cx
    mov $file, %dx
    int $0x21
    NEED nc, 1
    mov %ax, %bx
    mov $0x40, %ah
    mov $0x4000, %cx
    mov $_start, %dx
    int $0x21
    NEED nc, 2
    mov $0x3E, %ah
    int $0x21
    mov $0x3D00, %ax
    mov $file, %dx
    int $0x21
    NEED nc, 3
    mov %ax, %bx
    mov $0x3F, %ah
    mov $512, %cx
    mov $buffer, %dx
    int $0x21
    NEED nc, 4
    mov $0x3E, %ah
    int $0x21
    mov $0x41, %ah
    mov $file, %dx
    int $0x21
    NEED nc, 5
    mov $_start, %si
    mov $buffer, %di
    mov $512, %cx
    repe cmpsb
    NEED e, 6
    ret
file: .asciz "vcpi.tmp"

# An absolute sector of the drive, by DOS: it leaves the flags on the stack.
dos_reads_sectors:
    mov $0x19, %ah
    int $0x21
    mov $1, %cx
    xor %dx, %dx
    mov $buffer, %bx
    push %bp
    int $0x25
    pop %cx                         # flags
    pop %bp
    NEED nc, 1
    cmpw $0xAA55, buffer + 510
    NEED e, 2
    ret

debug_registers_are_kept:
    mov $debug_values, %di
    VCPI 9
    mov $buffer, %di
    VCPI 8
    mov $debug_values, %si
    mov $buffer, %di
    mov $4 * 2, %cx
    repe cmpsw
    NEED e, 1
    ret
debug_values: .long 0x11111111, 0x22222222, 0x33333333, 0x44444444, 0, 0, 0xFFFF0FF0, 0x400

# --- protected mode ---

to_protected_mode_and_back:
    mov %cs, real_segment
    movl $in_protected_mode, switch + 16
    movl $0, ticks
    movl $0xFFFFFFFF, sum
    call prepare
    VCPI 4                          # a page for the window
    mov %edx, page
    or $7, %edx
    mov second_table_at, %si
    mov %edx, (%si)
    movzwl %si, %esi
    LINEAR 0
    add %esi, %eax
    or $7, %eax
    mov directory_at, %bx
    mov %eax, 4(%bx)                # 4 MiB to 8 MiB
    cli
    LINEAR 0
    mov %eax, program_base
    lea switch(%eax), %esi
    mov %sp, real_sp
    VCPI 12                         # does not return
    mov $1, %ax
    jmp failed
back_again:
    sti
    cmpl $0x12345678 + 1, sum
    NEED e, 2
    cmpl $5, ticks
    NEED ae, 3
    mov page, %edx
    VCPI 5
    cmp $0, %ah
    NEED e, 4
    cmpl $1, pages_less
    NEED e, 5
    ret

# Page directory and tables, where addresses of pages end in zeros, and the descriptors.
prepare:
    mov $buffer, %di
    xor %ax, %ax
    mov $0x2000, %cx
    rep stosw
    LINEAR buffer
    add $0xFFF, %eax
    and $~0xFFF, %eax
    mov %eax, %edx
    LINEAR 0
    sub %eax, %edx
    mov %dx, directory_at
    add $0x1000, %dx
    mov %dx, page_table_at
    add $0x1000, %dx
    mov %dx, second_table_at
    mov page_table_at, %di
    mov $gdt + SERVER, %si
    VCPI 1
    mov %ebx, server_entry
    movzwl page_table_at, %edx
    LINEAR 0
    add %edx, %eax
    or $7, %eax
    mov directory_at, %bx
    mov %eax, (%bx)
    and $~0xFFF, %eax
    sub $0x1000, %eax
    mov %eax, switch                # CR3
    LINEAR gdt
    mov %eax, gdt_pointer + 2
    LINEAR idt
    mov %eax, idt_pointer + 2
    LINEAR gdt_pointer
    mov %eax, switch + 4
    LINEAR idt_pointer
    mov %eax, switch + 8
    LINEAR 0
    mov $gdt + CODE32, %bx
    call set_base
    mov $gdt + DATA32, %bx
    call set_base
    LINEAR task
    mov $gdt + TASK, %bx
    call set_base
    VCPI 10                         # the timer's gate, where its interrupt comes
    shl $3, %bx
    movw $on_timer, idt(%bx)
    movw $CODE32, idt + 2(%bx)
    movw $0x8E00, idt + 4(%bx)
    movw $0, idt + 6(%bx)
    ret
set_base:                           # of the descriptor at BX
    push %eax
    mov %ax, 2(%bx)
    shr $16, %eax
    mov %al, 4(%bx)
    mov %ah, 7(%bx)
    pop %eax
    ret

    .code32
in_protected_mode:
    mov $DATA32, %eax
    mov %eax, %ds
    mov %eax, %ss
    mov $protected_stack, %esp
    mov $FLAT, %eax
    mov %eax, %es
    movl $0x12345678, %es:WINDOW
    incl %es:WINDOW
    mov $0xDE03, %ax
    lcall *server_call
    mov %edx, %esi
    mov $0xDE04, %ax
    lcall *server_call
    push %edx
    mov $0xDE03, %ax
    lcall *server_call
    sub %edx, %esi
    mov %esi, pages_less
    pop %edx
    mov $0xDE05, %ax
    lcall *server_call
    in $0x21, %al
    mov %al, old_mask
    mov $0xFE, %al                  # the timer alone
    out %al, $0x21
    sti
1:  hlt
    cmpl $5, ticks
    jb 1b
    cli
    mov old_mask, %al
    out %al, $0x21
    mov %es:WINDOW, %eax
    mov %eax, sum
    mov $back_again, %eax
    jmp to_real

# Goes on at EAX in virtual-8086 mode. The stack that this is read from must lie below 1 MiB: it is
# ours.
to_real:
    movzwl real_segment, %ebx
    push %ebx                       # GS, FS, DS, ES
    push %ebx
    push %ebx
    push %ebx
    push %ebx                       # SS:ESP
    movzwl real_sp, %ecx
    push %ecx
    push $2
    push %ebx                       # CS:EIP
    push %eax
    mov $FLAT, %eax
    mov %eax, %ds
    mov $0xDE0C, %ax
    lcall *%cs:server_call

# DOS gets the timer's interrupt: to virtual-8086 mode, INT 8 there, and back.
on_timer:
    pusha
    push %ds
    push %es
    mov $DATA32, %eax
    mov %eax, %ds
    incl ticks
    mov %esp, protected_esp
    mov $reflect_timer, %eax
    jmp to_real
after_timer:
    mov $DATA32, %eax
    mov %eax, %ds
    mov %eax, %ss
    mov protected_esp, %esp
    pop %es
    pop %ds
    popa
    iret

    .code16
reflect_timer:
    int $8
    cli
    mov program_base, %esi
    add $switch, %esi
    movl $after_timer, switch + 16
    andb $~2, gdt + TASK + 5        # not busy
    VCPI 12

    .balign 8
gdt:
    .quad 0
    .quad 0x00CF9B000000FFFF
    .quad 0x00CF93000000FFFF
    .quad 0x00CF93000000FFFF
    .space 24
    .word 0x67, 0
    .byte 0, 0x89, 0, 0
gdt_end:
gdt_pointer: .word gdt_end - gdt - 1
    .long 0
idt_pointer: .word 0x7FF
    .long 0
switch:                             # CR3, where GDTR and IDTR are, LDTR, TR, CS:EIP
    .long 0, 0, 0
    .word 0, TASK
    .long in_protected_mode
    .word CODE32
server_call:
server_entry: .long 0
    .word SERVER
program_base: .long 0
page: .long 0
sum: .long 0
ticks: .long 0
pages_less: .long 0
protected_esp: .long 0
real_sp: .word 0
real_segment: .word 0
directory_at: .word 0
page_table_at: .word 0
second_table_at: .word 0
old_mask: .byte 0

    .include "tests.S"

    .balign 2
tests:
    TEST server_is_there
    TEST server_hands_out_pages
    TEST upper_memory_is_there
    TEST a20_is_the_servers
    TEST blocks_move_to_extended_memory
    TEST dos_reads_and_writes_files
    TEST dos_reads_sectors
    TEST debug_registers_are_kept
    TEST to_protected_mode_and_back
    .word 0

    .text 2                         # memory behind the program
    .balign 8
    .equ task, .
    .equ idt, task + 0x68
    .equ protected_stack, idt + 0x800 + 2048
    .equ buffer, protected_stack
