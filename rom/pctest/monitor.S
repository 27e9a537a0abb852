# The part of a monitor that gives a task in virtual-8086 mode its interrupts: IRQs and INTs by the
# task's own vectors, and the interrupt flag, which the task has in name only. DATA32 is flat, and so
# are the addresses here. Whoever includes this has `fatal`, and decides what is not the same for all:
#
#     take_int         an INT of number AL; reflect_int is the usual answer
#     emulate_other    an instruction that trapped, AL its opcode
#     not_emulated     one that must not
#
# The monitor's frame, from EBP: 0 PUSHA, 32 error code or number of the IRQ, and what the processor
# pushed.

    .equ F_EIP, 36
    .equ F_CS, 40
    .equ F_EFLAGS, 44
    .equ F_ESP, 48
    .equ F_SS, 52
    .equ F_ES, 56
    .equ F_DS, 60

    .equ IF, 0x200
    .equ VM, 0x20000
    .equ VIF, 0x80000
    .equ VIP, 0x100000

has_vme: .byte 0
virtual_if: .byte 1
pending: .long 0                    # a bit for each IRQ

    .code32
    .equ IRQ_STUB_BYTES, 8
irq_stubs:
    .set irq, 0
    .rept 16
9:  push $irq
    jmp take_irq
    .fill IRQ_STUB_BYTES - (. - 9b), 1, 0x90
    .set irq, irq + 1
    .endr

    .macro MONITOR_ENTRY
    cld
    pusha
    mov %esp, %ebp
    mov $DATA32, %eax
    mov %eax, %ds
    mov %eax, %es
    .endm

take_irq:
    MONITOR_ENTRY
    mov 32(%ebp), %eax
    bts %eax, pending
    testl $VM, F_EFLAGS(%ebp)
    jz leave_monitor                # it woke the monitor, which looks itself
to_task:
    call deliver
leave_monitor:
    popa
    add $4, %esp
    iret

# Reflects one pending interrupt if the task lets it.
deliver:
    cmpl $0, pending
    je 2f
    cmpb $0, has_vme
    je 1f
    orl $VIP, F_EFLAGS(%ebp)        # so that the task's next STI traps
    testl $VIF, F_EFLAGS(%ebp)
    jz 3f
    jmp 4f
1:  cmpb $0, virtual_if
    je 3f
4:  bsf pending, %eax
    btr %eax, pending
    cmpl $0, pending
    jne 5f
    andl $~VIP, F_EFLAGS(%ebp)
5:  cmp $8, %eax
    jb 6f
    add $0x70 - 8 - 8, %eax
6:  add $8, %eax
    jmp reflect
2:  andl $~VIP, F_EFLAGS(%ebp)
3:  ret

# The task's interrupt EAX.
reflect:
    push %eax
    call task_flags
    call push_word
    mov F_CS(%ebp), %eax
    call push_word
    mov F_EIP(%ebp), %eax
    call push_word
    pop %eax
    movzwl (,%eax,4), %ecx
    mov %ecx, F_EIP(%ebp)
    movzwl 2(,%eax,4), %ecx
    mov %ecx, F_CS(%ebp)
    xor %eax, %eax
    jmp set_task_if

# The flags as the task knows them.
task_flags:
    mov F_EFLAGS(%ebp), %eax
    or $0x3000, %eax                # IOPL 3, as in real mode's eyes
    or $IF, %eax
    cmpb $0, has_vme
    je 1f
    testl $VIF, F_EFLAGS(%ebp)
    jmp 2f
1:  testb $1, virtual_if
2:  jnz 3f
    and $~IF, %eax
3:  ret

# Takes over the flags EAX that the task loads: low word, without IOPL.
set_task_flags:
    mov %eax, %ecx
    and $0x4DD5, %ecx
    andl $~0x4DD5, F_EFLAGS(%ebp)
    or %ecx, F_EFLAGS(%ebp)
    and $IF, %eax
set_task_if:                        # to whether EAX is not zero
    cmpb $0, has_vme
    je 2f
    andl $~VIF, F_EFLAGS(%ebp)
    test %eax, %eax
    jz 1f
    orl $VIF, F_EFLAGS(%ebp)
1:  ret
2:  test %eax, %eax
    setnz virtual_if
    ret

# The task's stack.
push_word:
    subw $2, F_ESP(%ebp)
    call stack_top
    mov %ax, (%edi)
    ret
pop_word:
    call stack_top
    movzwl (%edi), %eax
    addw $2, F_ESP(%ebp)
    ret
stack_top:
    movzwl F_ESP(%ebp), %edi
    movzwl F_SS(%ebp), %ecx
    shl $4, %ecx
    add %ecx, %edi
    ret

# The byte at the task's CS:EIP into AL, and on.
fetch:
    movzwl F_CS(%ebp), %esi
    shl $4, %esi
    add F_EIP(%ebp), %esi
    incw F_EIP(%ebp)
    movzbl (%esi), %eax
    ret

protection_fault:
    MONITOR_ENTRY
    testl $VM, F_EFLAGS(%ebp)
    jz not_emulated
    call fetch
    cmp $0xCD, %al
    je emulate_int
    cmp $0xFA, %al
    je emulate_cli
    cmp $0xFB, %al
    je emulate_sti
    cmp $0x9C, %al
    je emulate_pushf
    cmp $0x9D, %al
    je emulate_popf
    cmp $0xCF, %al
    je emulate_iret
    cmp $0xF4, %al
    je emulate_hlt
    cmp $0x66, %al
    jne emulate_other
    call fetch
    cmp $0x9C, %al
    je emulate_pushfd
    cmp $0x9D, %al
    je emulate_popfd
    jmp not_emulated

emulate_int:
    call fetch
    jmp take_int
reflect_int:
    call reflect
    jmp to_task

emulate_cli:
    xor %eax, %eax
    call set_task_if
    jmp to_task

emulate_sti:
    mov $1, %eax
    call set_task_if
    jmp to_task

emulate_pushfd:
    mov F_EFLAGS(%ebp), %eax
    shr $16, %eax
    and $~(VM | VIF | VIP) >> 16, %eax
    call push_word
emulate_pushf:
    call task_flags
    call push_word
    jmp to_task

emulate_popfd:
    call pop_word
    call set_task_flags
    call pop_word
    jmp to_task

emulate_popf:
    call pop_word
    call set_task_flags
    jmp to_task

emulate_iret:
    call pop_word
    mov %eax, F_EIP(%ebp)
    call pop_word
    mov %eax, F_CS(%ebp)
    call pop_word
    call set_task_flags
    jmp to_task

emulate_hlt:
    cmpl $0, pending
    jne to_task
    sti
    hlt
    cli
    jmp emulate_hlt
