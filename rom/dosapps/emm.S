# A resident memory manager like EMM386: from then on DOS runs in virtual-8086 mode. Paging puts
# memory at CC000h and makes port 92h close a line A20 of the task's own; the BIOS's call that would
# go to protected mode (INT 15h, AH = 87h) is answered. INT 67h is expanded memory, whose pages are
# shown at D0000h (expanded.S), and with AH = DEh the Virtual Control Program Interface 1.0, by which
# a DOS extender takes the processor over and gives it back.
#
#   200000h   the monitor's code and data (section .monitor)
#   210000h   page directory and two page tables: 8 MiB as they are
#   214000h   TSS with the bitmap of ports       21F000h   the end of the monitor's stack
#   300000h   memory for CC000h                  310000h   expanded memory
#                                                400000h   pages to be handed out
#
# Sources: [SDM3] 20; VCPI 1.0 as in Ralf Brown's interrupt list (INT 67h, AX = DE00h to DE0Ch).
    .code16
    .text
    .globl _start

    .equ MONITOR, 0x200000
    .equ PAGE_DIRECTORY, 0x210000
    .equ PAGE_TABLE, 0x211000
    .equ TSS, 0x214000
    .equ MONITOR_STACK, 0x21F000
    .equ MONITOR_END, 0x220000
    .equ UPPER_MEMORY, 0x300000
    .equ POOL, 0x400000
    .equ POOL_PAGES, 1024

    .equ CODE32, 0x08               # selectors
    .equ DATA32, 0x10
    .equ TASK, 0x18

    .equ TSS_ESP0, 4
    .equ TSS_SS0, 8
    .equ TSS_BITMAP, 102
    .equ IO_BITMAP, 104
    .equ TASK_BYTES, IO_BITMAP + 8192 + 1

    .equ PIC_FIRST, 0x50            # vectors of the interrupts in protected mode
    .equ PIC_SECOND, 0x58

_start:
    smsw %ax
    test $1, %al
    mov $late_word, %dx
    jnz give_up
    mov $0x88, %ah
    int $0x15
    cmp $0x2000 - 1024, %ax         # 8 MiB, of which SeaBIOS keeps some
    mov $small_word, %dx
    jb give_up
    mov $0x2401, %ax                # A20
    int $0x15
    mov %cs, %eax                   # the monitor to its place
    shl $4, %eax
    add $end, %eax
    mov %eax, move_source
    movb $0x93, move_source + 3
    rol $8, %eax
    mov %al, move_source + 5
    mov $move_table, %si
    mov $(monitor_end - gdt + 1) / 2, %cx
    mov $0x87, %ah
    int $0x15
    mov $small_word, %dx
    jc give_up
    mov $device, %dx                # programs look for the name at offset 10 of its segment
    shr $4, %dx
    mov %cs, %ax
    add %dx, %ax
    push %ds
    mov %ax, %ds
    mov $0x2567, %ax
    mov $int_67 - device, %dx
    int $0x21
    pop %ds
    mov %cs, %bx
    mov %sp, %dx
    cli
    lgdtl gdt_pointer
    lidtl idt_pointer
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    ljmpl $CODE32, $begin

# The monitor comes back here, in virtual-8086 mode, with the segments as they were.
resident:
    sti
    mov $9, %ah
    mov $ready_word, %dx
    int $0x21
    mov $0x3100, %ax
    mov $(end - _start + 0x100 + 15) / 16, %dx
    int $0x21

give_up:
    mov $9, %ah
    int $0x21
    mov $0x4C01, %ax
    int $0x21

late_word: .ascii "emm: the processor is in protected mode already\r\n$"
small_word: .ascii "emm: there is no memory at 2 MiB to 8 MiB\r\n$"
ready_word: .ascii "emm: DOS is in virtual-8086 mode\r\n$"

    .balign 8
gdt_pointer: .word gdt_end - gdt - 1
    .long gdt
idt_pointer: .word 0x7FF
    .long idt
    .balign 16
device: .space 10
    .ascii "EMMXXXX0"
int_67:                             # what the monitor has left over
    mov $0x84, %ah                  # no such function
    iret
    .balign 8
move_table:
    .space 16
    .word 0xFFFF
move_source: .byte 0, 0, 0, 0x93, 0, 0
    .word 0xFFFF, MONITOR & 0xFFFF
    .byte MONITOR >> 16, 0x93, 0, MONITOR >> 24
    .space 16
    .balign 16
end:

# --- the monitor ---
    .section .monitor, "ax"
    .balign 8
gdt:
    .quad 0
    .quad 0x00CF9B000000FFFF
    .quad 0x00CF93000000FFFF
    .word TASK_BYTES - 1, TSS & 0xFFFF
    .byte (TSS >> 16) & 0xFF, 0x89, 0, 0
gdt_end:

    .include "monitor.S"

    .equ F_EBX, 16
    .equ F_EDX, 20
    .equ F_ECX, 24
    .equ F_EAX, 28

# BX: the program's segment, DX: its stack pointer.
begin:
    mov $DATA32, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $MONITOR_STACK, %esp
    movzwl %bx, %ebx
    movzwl %dx, %edx
    cld
    call build_idt
    call build_task_segment
    call build_pages
    mov $PIC_FIRST | PIC_SECOND << 8, %ecx
    call program_vectors
    mov $PAGE_DIRECTORY, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    mov $TASK, %eax
    ltr %ax
    push $0                         # GS, FS, DS, ES
    push $0
    push %ebx
    push %ebx
    push %ebx                       # SS:ESP
    push %edx
    push $VM | IF | 2
    push %ebx                       # CS:EIP
    push $resident
    iret

build_idt:
    mov $idt, %edi
    mov $other_stubs, %eax
1:  call put_gate
    add $OTHER_STUB_BYTES, %eax
    cmp $idt + 0x800, %edi
    jb 1b
    mov $idt + 13 * 8, %edi
    mov $protection_fault, %eax
    call put_gate
    mov $idt + PIC_FIRST * 8, %edi
    mov $irq_stubs, %eax
1:  call put_gate
    add $IRQ_STUB_BYTES, %eax
    cmp $idt + (PIC_FIRST + 16) * 8, %edi
    jb 1b
    ret

# A 32-bit interrupt gate at EDI to EAX.
put_gate:
    mov %ax, (%edi)
    movw $CODE32, 2(%edi)
    movw $0x8E00, 4(%edi)
    push %eax
    shr $16, %eax
    mov %ax, 6(%edi)
    pop %eax
    add $8, %edi
    ret

build_task_segment:
    mov $TSS, %edi
    xor %eax, %eax
    mov $TASK_BYTES, %ecx
    rep stosb
    movb $0xFF, TSS + TASK_BYTES - 1
    movl $MONITOR_STACK, TSS + TSS_ESP0
    movl $DATA32, TSS + TSS_SS0
    movw $IO_BITMAP, TSS + TSS_BITMAP
    orb $1 << (0x92 & 7), TSS + IO_BITMAP + 0x92 / 8
    ret

# The first MiB and the HMA are the task's, but for the ROM that stays as it is: what CC000h to
# DFFFFh show lies elsewhere.
build_pages:
    mov $PAGE_DIRECTORY, %edi
    xor %eax, %eax
    mov $1024, %ecx
    rep stosl
    movl $PAGE_TABLE + 7, PAGE_DIRECTORY
    movl $PAGE_TABLE + 0x1007, PAGE_DIRECTORY + 4
    mov $7, %eax
    mov $2048, %ecx
1:  stosl
    add $0x1000, %eax
    cmp $0x110000, %eax
    jb 2f
    and $~4, %al
2:  loop 1b
    mov $PAGE_TABLE + 0xCC * 4, %edi
    mov $UPPER_MEMORY + 7, %eax
    mov $4, %ecx
3:  stosl
    add $0x1000, %eax
    loop 3b
    jmp show_nothing

# The interrupt controllers' first vectors are CL and CH; masks stay.
program_vectors:
    in $0x21, %al
    mov %al, %ah
    in $0xA1, %al
    push %eax
    mov $0x11, %al
    out %al, $0x20
    out %al, $0xA0
    mov %cl, %al
    out %al, $0x21
    mov %ch, %al
    out %al, $0xA1
    mov $4, %al
    out %al, $0x21
    mov $2, %al
    out %al, $0xA1
    mov $1, %al
    out %al, $0x21
    out %al, $0xA1
    pop %eax
    out %al, $0xA1
    mov %ah, %al
    out %al, $0x21
    ret

# An exception that nobody expects is said to port E9h, and the machine stops.
    .equ OTHER_STUB_BYTES, 8
other_stubs:
    .set vector, 0
    .rept 256
9:  push $vector - 128              # a signed byte
    jmp fatal
    .fill OTHER_STUB_BYTES - (. - 9b), 1, 0x90
    .set vector, vector + 1
    .endr

not_emulated:
    push $13 - 128
fatal:
    pop %ebx
    add $128, %ebx
    mov $fatal_word, %esi
1:  lodsb
    out %al, $0xE9
    test %al, %al
    jnz 1b
    mov %bl, %al
    shr $4, %al
    call print_digit
    mov %bl, %al
    call print_digit
    mov $10, %al
    out %al, $0xE9
    cli
2:  hlt
    jmp 2b
print_digit:
    and $15, %al
    cmp $10, %al
    sbb $0x69, %al
    das
    out %al, $0xE9
    ret
fatal_word: .asciz "emm: finished, failures: exception "

# Bytes in and out of port 92h; nothing else traps.
emulate_other:
    cmp $0xE4, %al
    je 1f
    cmp $0xE6, %al
    je 2f
    cmp $0xEC, %al
    je 3f
    cmp $0xEE, %al
    je 4f
    jmp not_emulated
1:  incw F_EIP(%ebp)
3:  mov a20, %al
    mov %al, F_EAX(%ebp)
    jmp to_task
2:  incw F_EIP(%ebp)
4:  mov F_EAX(%ebp), %al
    and $2, %al
    mov %al, a20
    mov $7, %edx                    # the HMA, or the first 64 KiB again
    cmp $0, %al
    je 5f
    mov $0x100007, %edx
5:  mov $PAGE_TABLE + 0x100 * 4, %edi
    mov $16, %ecx
6:  mov %edx, (%edi)
    add $4, %edi
    add $0x1000, %edx
    loop 6b
    mov %cr3, %eax
    mov %eax, %cr3
    jmp to_task

take_int:
    mov F_EAX + 1(%ebp), %ah
    cmp $0xDE67, %ax
    je interface
    cmp $0x4067, %ax
    jb 2f
    cmp $0x4067 + EXPANDED_FUNCTIONS << 8, %ax
    jae 2f
    cmp $0x67, %al
    je expanded
2:
    cmp $0x8715, %ax
    je move_block
    cmp $0x8815, %ax
    jne 1f
    movw $0, F_EAX(%ebp)            # no extended memory: it is ours
    jmp done
1:  movzbl %al, %eax
    jmp reflect_int
done:
    andl $~1, F_EFLAGS(%ebp)        # CF
    jmp to_task

# INT 15h, AH = 87h: CX words by the table at ES:SI.
move_block:
    movzwl F_ES(%ebp), %edx
    shl $4, %edx
    movzwl 4(%ebp), %eax
    add %eax, %edx
    mov 0x12(%edx), %esi
    and $0xFFFFFF, %esi
    mov 0x1A(%edx), %edi
    and $0xFFFFFF, %edi
    movzwl F_ECX(%ebp), %ecx
    rep movsw
    movb $0, F_EAX + 1(%ebp)
    jmp done

    .include "expanded.S"

# --- VCPI ---

interface:
    movzbl F_EAX(%ebp), %eax
    cmp $0x0C, %eax
    ja 1f
    movb $0, F_EAX + 1(%ebp)
    jmp *functions(,%eax,4)
1:  movb $0x8F, F_EAX + 1(%ebp)
    jmp to_task
functions:
    .long is_there, get_interface, last_page, free_pages, take_page, give_page, page_address
    .long get_cr0, get_debug, set_debug, get_vectors, set_vectors, to_protected

is_there:
    movw $0x0100, F_EBX(%ebp)
    jmp to_task

# The page table of the first 4 MiB to ES:DI, as far as the client needs it, and three descriptors
# to DS:SI.
get_interface:
    movzwl F_ES(%ebp), %edi
    shl $4, %edi
    movzwl (%ebp), %eax
    add %eax, %edi
    mov $PAGE_TABLE, %esi
    mov $MONITOR_END >> 12, %ecx
    rep movsl
    addw $(MONITOR_END >> 12) * 4, (%ebp)
    movzwl F_DS(%ebp), %edi
    shl $4, %edi
    movzwl 4(%ebp), %eax
    add %eax, %edi
    mov $gdt + CODE32, %esi
    mov $6, %ecx
    rep movsl
    movl $entry, F_EBX(%ebp)
    jmp to_task

last_page:
    movl $POOL + (POOL_PAGES - 1) * 0x1000, F_EDX(%ebp)
    jmp to_task

free_pages:
    call count_pages
    mov %edx, F_EDX(%ebp)
    jmp to_task

take_page:
    call find_page
    jc no_page
    mov %edx, F_EDX(%ebp)
    jmp to_task
no_page:
    movb $0x88, F_EAX + 1(%ebp)
    jmp to_task

give_page:
    mov F_EDX(%ebp), %edx
    call drop_page
    jnc to_task
    movb $0x8A, F_EAX + 1(%ebp)
    jmp to_task

page_address:
    movzwl F_ECX(%ebp), %eax
    cmp $0x110, %eax
    jae 1f
    mov PAGE_TABLE(,%eax,4), %eax
    and $0xFFFFF000, %eax
    mov %eax, F_EDX(%ebp)
    jmp to_task
1:  movb $0x8B, F_EAX + 1(%ebp)
    jmp to_task

get_cr0:
    mov %cr0, %eax
    mov %eax, F_EBX(%ebp)
    jmp to_task

get_debug:
    call debug_array
    mov %db0, %eax
    stosl
    mov %db1, %eax
    stosl
    mov %db2, %eax
    stosl
    mov %db3, %eax
    stosl
    add $8, %edi
    mov %db6, %eax
    stosl
    mov %db7, %eax
    stosl
    jmp to_task

set_debug:
    call debug_array
    mov (%edi), %eax
    mov %eax, %db0
    mov 4(%edi), %eax
    mov %eax, %db1
    mov 8(%edi), %eax
    mov %eax, %db2
    mov 12(%edi), %eax
    mov %eax, %db3
    mov 24(%edi), %eax
    mov %eax, %db6
    mov 28(%edi), %eax
    mov %eax, %db7
    jmp to_task

debug_array:
    movzwl F_ES(%ebp), %edi
    shl $4, %edi
    movzwl (%ebp), %eax
    add %eax, %edi
    ret

get_vectors:
    movw $PIC_FIRST, F_EBX(%ebp)
    movw $PIC_SECOND, F_ECX(%ebp)
    jmp to_task

set_vectors:                        # we keep ours
    movb $0x8F, F_EAX + 1(%ebp)
    jmp to_task

# The structure at ESI has CR3, the addresses of pseudo-descriptors for GDTR and IDTR, LDTR, TR, and
# where to go on. On the way there the stack stays ours.
to_protected:
    mov 4(%ebp), %esi
    mov (%esi), %eax
    mov %eax, %cr3
    mov 4(%esi), %eax
    lgdt (%eax)
    mov 8(%esi), %eax
    lidt (%eax)
    lldt 12(%esi)
    ltr 14(%esi)
    mov (%ebp), %edi
    mov F_EBX(%ebp), %ebx
    mov F_EDX(%ebp), %edx
    mov F_ECX(%ebp), %ecx
    mov 8(%ebp), %ebp
    ljmp *16(%esi)

# The far calls of a client in protected mode, whose second descriptor of ours is flat.
entry:
    cmp $0xDE0C, %ax
    je to_virtual
    push %ds
    push %eax
    mov %cs, %eax
    add $8, %eax
    mov %eax, %ds
    pop %eax
    sub $0xDE03, %ax
    jb 1f
    je 2f
    dec %ax
    je 3f
    dec %ax
    je 4f
1:  mov $0x8F00, %ax
5:  pop %ds
    lret
2:  call count_pages
    xor %ax, %ax
    jmp 5b
3:  call find_page
    mov $0, %ax
    jnc 5b
    mov $0x88, %ah
    jmp 5b
4:  call drop_page
    mov $0, %ax
    jnc 5b
    mov $0x8A, %ah
    jmp 5b

# Back to virtual-8086 mode: the client's stack has, above the address of its call, EIP, CS, EFLAGS
# (which is ours to say), ESP, SS, ES, DS, FS and GS.
to_virtual:
    mov %cs, %eax
    add $8, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %ebx, kept_ebx
    xor %ebx, %ebx
1:  mov %ss:8(%esp,%ebx,4), %eax
    mov %eax, frame(,%ebx,4)
    inc %ebx
    cmp $9, %ebx
    jb 1b
    mov $PAGE_DIRECTORY, %eax
    mov %eax, %cr3
    lgdt own_gdt_pointer
    lidt own_idt_pointer
    mov $DATA32, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    mov $MONITOR_STACK - 36, %esp
    xor %eax, %eax
    lldt %ax
    andb $~2, gdt + TASK + 5        # not busy
    mov $TASK, %eax
    ltr %ax
    mov $9, %ebx
2:  mov frame - 4(,%ebx,4), %eax
    mov %eax, -4(%esp,%ebx,4)
    dec %ebx
    jnz 2b
    movl $VM | IF | 2, 8(%esp)
    movb $0, virtual_if
    mov kept_ebx, %ebx
    iret

# --- the pages that are handed out: in use or not ---

count_pages:                        # those that are free, in EDX
    push %ecx
    xor %edx, %edx
    mov $POOL_PAGES, %ecx
1:  cmpb $1, is_used - 1(%ecx)
    adc $0, %edx
    loop 1b
    pop %ecx
    ret

find_page:                          # EDX, or CF
    xor %edx, %edx
1:  cmpb $0, is_used(%edx)
    je 2f
    inc %edx
    cmp $POOL_PAGES, %edx
    jb 1b
    stc
    ret
2:  incb is_used(%edx)
    shl $12, %edx
    add $POOL, %edx
    clc
    ret

drop_page:                          # EDX; CF: it is not in use
    push %eax
    mov %edx, %eax
    sub $POOL, %eax
    shr $12, %eax
    cmp $POOL_PAGES, %eax
    jae 1f
    subb $1, is_used(%eax)
    jnc 2f
    incb is_used(%eax)
1:  stc
2:  pop %eax
    ret

a20: .byte 2
    .balign 8
own_gdt_pointer: .word gdt_end - gdt - 1
    .long gdt
own_idt_pointer: .word 0x7FF
    .long idt
kept_ebx: .long 0
frame: .space 36
is_used: .space POOL_PAGES
    .balign 8
idt: .space 0x800
monitor_end:
