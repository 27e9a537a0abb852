# In and out of protected mode: by CR0, and as on the 286 by a reset whose reason stands in the
# CMOS. The words at 40:67 then tell the BIOS where to go on.

    .equ CODE32, 0x08               # selectors
    .equ DATA32, 0x10
    .equ CODE16, 0x18
    .equ DATA16, 0x20
    .equ TASK, 0x28

    .equ IDT, 0x44000
    .equ IDT_SEGMENT, IDT >> 4

    .macro ENTER_PROTECTED
    cli
    lgdt gdt_pointer
    lidt idt_pointer
    mov %cr0, %eax
    or $1, %al
    mov %eax, %cr0
    ljmp $CODE32, $.Lprotected\@
    .code32
.Lprotected\@:
    mov $DATA32, %eax
    mov %eax, %ds
    mov %eax, %es
    mov %eax, %ss
    movzwl %sp, %esp
    .endm

    .macro LEAVE_PROTECTED          # also if paging is on
    ljmp $CODE16, $.Lsixteen\@
    .code16
.Lsixteen\@:
    mov $DATA16, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %fs
    mov %ax, %gs
    mov %ax, %ss
    mov %cr0, %eax
    and $0x7FFFFFFE, %eax
    mov %eax, %cr0
    ljmp $0, $.Lreal\@
.Lreal\@:
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    lidt real_idt_pointer
    .endm

    .balign 8
gdt:
    .quad 0
    .quad 0x00CF9B000000FFFF
    .quad 0x00CF93000000FFFF
    .quad 0x00009B000000FFFF
    .quad 0x000093000000FFFF
    .word TASK_BYTES - 1, TSS & 0xFFFF
    .byte TSS >> 16, 0x89, 0, 0
    .word ldt_end - ldt - 1, ldt    # the rest is extender.S's
    .byte 0, 0x82, 0, 0
    .word 0x67, DOUBLE_FAULT_TSS & 0xFFFF
    .byte DOUBLE_FAULT_TSS >> 16, 0x89, 0, 0
    .word gate_32, CODE32
    .byte 2, 0xEC, 0, 0
    .word gate_16, CODE16
    .byte 2, 0xE4, 0, 0
gdt_end:
gdt_pointer: .word gdt_end - gdt - 1
    .long gdt
idt_pointer: .word 0x7FF
    .long IDT
real_idt_pointer: .word 0x3FF
    .long 0
no_idt_pointer: .word 0
    .long 0

# Fills the IDT: what is not expected ends the test with the code E000h + vector.
build_idt:
    mov $IDT_SEGMENT, %ax
    mov %ax, %es
    xor %di, %di
    mov $fatal_stubs, %ax
1:  call put_gate
    add $FATAL_STUB_BYTES, %ax
    cmp $0x800, %di
    jb 1b
    ret

# A 32-bit interrupt gate for vector DI / 8 to the offset AX. DI then is the next one's.
put_gate:
    mov %ax, %es:(%di)
    movw $CODE32, %es:2(%di)
    movw $0x8E00, %es:4(%di)
    movw $0, %es:6(%di)
    add $8, %di
    ret

    .code32
    .equ FATAL_STUB_BYTES, 8
fatal_stubs:
    .set vector, 0
    .rept 256
9:  push $vector - 128              # a signed byte
    jmp fatal
    .fill FATAL_STUB_BYTES - (. - 9b), 1, 0x90
    .set vector, vector + 1
    .endr

fatal:
    mov $DATA32, %eax
    mov %eax, %ds
    pop %eax
    add $0xE080, %eax
    mov %ax, fatal_code
    LEAVE_PROTECTED
    call program_bios_vectors
    mov fatal_code, %ax
    jmp failed

fatal_code: .word 0
counts: .word 0, 0

protected_mode_by_cr0:
    call build_idt
    movl $0, counts
    mov $0x40 * 8, %di
    mov $count_32, %ax
    call put_gate
    mov $count_16, %ax              # a gate of the 286
    call put_gate
    movw $CODE16, %es:0x41 * 8 + 2
    movw $0x8600, %es:0x41 * 8 + 4
    ENTER_PROTECTED
    mov $0x300000, %edi
    movl $0x12345678, (%edi)
    int $0x40
    mov $0x1000000 / 256, %ecx
    shl $4, %ecx                    # a register keeps its upper half in between
    ljmp $CODE16, $1f
    .code16
1:  int $0x41
    ljmpl $CODE32, $2f
    .code32
2:  mov (%edi), %edx
    LEAVE_PROTECTED
    sti
    cmp $0x100000, %ecx
    NEED e, 1
    cmp $0x12345678, %edx
    NEED e, 2
    cmpl $0x10001, counts
    NEED e, 3
    ret

    .code32
count_32:
    incw counts
    iret
    .code16
count_16:
    incw counts + 2
    iret

# The timer where the BIOS left it, at vector 8, which is also an exception's.
interrupts_in_protected_mode:
    call build_idt
    mov $8 * 8, %di
    mov $timer_32, %ax
    call put_gate
    movw $0, counts
    in $0x21, %al
    push %ax
    mov $0xFE, %al
    out %al, $0x21
    ENTER_PROTECTED
    sti
1:  hlt
    cmpw $3, counts
    jb 1b
    cli
    LEAVE_PROTECTED
    pop %ax
    out %al, $0x21
    sti
    ret

    .code32
timer_32:
    push %eax
    incw counts
    mov $0x20, %al
    out %al, $0x20
    pop %eax
    iret
    .code16

# --- the way back by reset ---

    .equ GO_ON_BY_JUMP, 0x0A
    .equ GO_ON_BY_JUMP_AFTER_EOI, 0x05
    .equ GO_ON_BY_IRET, 0x0B

reset_by_8042_and_jump:
    mov $GO_ON_BY_JUMP_AFTER_EOI, %bl
    mov $reset_8042, %di
    call reset
    ret

reset_by_port_92_and_jump:
    mov $GO_ON_BY_JUMP, %bl
    mov $reset_92, %di
    call reset
    ret

reset_by_triple_fault_and_jump:
    mov $GO_ON_BY_JUMP, %bl
    mov $reset_triple, %di
    call reset
    ret

reset_and_return_from_interrupt:
    mov $GO_ON_BY_IRET, %bl
    mov $reset_8042, %di
    call reset
    ret

# The processor begins above 1 MiB all the same.
reset_with_a20_closed:
    call port_92_off
    mov $GO_ON_BY_JUMP, %bl
    mov $reset_8042, %di
    call reset
    jmp port_92_on

reset:
    mov %sp, reset_sp
    movw $after_reset, 0x467
    movw $0, 0x469
    cmp $GO_ON_BY_IRET, %bl
    jne 1f
    pushf
    push %cs
    push $after_reset
    mov %sp, 0x467
1:  mov $0x8F, %al
    call write_cmos
    push %di
    call build_idt
    pop %di
    ENTER_PROTECTED
    movzwl %di, %edi
    jmp *%edi

reset_8042:
    mov $0xFE, %al
    out %al, $0x64
1:  hlt
    jmp 1b
reset_92:
    in $0x92, %al
    or $1, %al
    out %al, $0x92
1:  hlt
    jmp 1b
reset_triple:
    lidt no_idt_pointer
    int3
    .code16

after_reset:
    cli
    xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    movzwl reset_sp, %esp
    mov $0x8F, %al                  # a reset from here on is an ordinary one
    mov $0, %bl
    call write_cmos
    mov $0x0D, %al
    call read_cmos
    smsw %ax
    test $1, %al
    NEED z, 1
    sti
    mov 0x46C, %eax                 # the interrupt controllers are as they were: time goes on
    mov $20000000, %ecx
2:  cmp 0x46C, %eax
    jne 3f
    addr32 loop 2b
3:  cmp 0x46C, %eax
    NEED ne, 2
    ret

reset_sp: .word 0
