# A DOS extender: a host in ring 0 and its 32-bit program in ring 3, whose segments stand in an LDT
# and do not begin at zero. The program calls the BIOS through the host, which goes to real mode and
# back for that, as it does for each interrupt. Faults of the program are given to the program, call
# gates of both sizes lead to the host, and a double fault is a task of its own. TR and LDTR are
# never loaded again: real mode keeps them.
#
# The host's frame, from EBP: 0 PUSHA, 32 ES, 36 DS, 40 error code or number of the IRQ, and what
# the processor pushed. [SDM] 3A, 5.8, 6.12 to 6.15, 7.2.

    .equ LOCAL, 0x30                # selectors
    .equ DOUBLE_FAULT_TASK, 0x38
    .equ GATE_32, 0x40 + 3
    .equ GATE_16, 0x48 + 3
    .equ PROGRAM_CODE, 0x00 + 7     # of the LDT
    .equ PROGRAM_DATA, 0x08 + 7
    .equ PROGRAM_BASE, 0x1000
    .equ PROGRAM_STACK, 0x4000

    .equ DOUBLE_FAULT_TSS, 0x43000
    .equ DOUBLE_FAULT_STACK, 0x4E000
    .equ TSS_EIP, 32

    .equ HOST_CALL, 0x31            # AH: 0 end, 1 the BIOS's interrupt AL, 2 lose the gate of #GP
    .equ H_EAX, 28
    .equ H_ERROR, 40
    .equ H_EIP, 44
    .equ H_CS, 48
    .equ H_ESP, 56
    .equ GUARDED_PORT, 0x80

    .balign 8
ldt:
    .word 0xFFFF, PROGRAM_BASE      # 1 MiB from there
    .byte 0, 0xFB, 0x4F, 0
    .word 0xFFFF, PROGRAM_BASE
    .byte 0, 0xF3, 0x4F, 0
ldt_end:

extender:
    call build_idt
    mov $13 * 8, %di
    mov $host_fault, %ax
    call put_gate
    mov $HOST_CALL * 8, %di
    mov $host_service, %ax
    call put_gate
    movb $0xEE, %es:HOST_CALL * 8 + 5
    mov $PIC_FIRST * 8, %di
    mov $host_irq_stubs, %ax
1:  call put_gate
    add $IRQ_STUB_BYTES, %ax
    cmp $(PIC_FIRST + 16) * 8, %di
    jb 1b
    movw $DOUBLE_FAULT_TASK, %es:8 * 8 + 2
    movw $0x8500, %es:8 * 8 + 4     # a task gate
    call build_task_segment
    orb $1 << (GUARDED_PORT & 7), %es:IO_BITMAP + GUARDED_PORT / 8
    call build_double_fault_task
    xor %ax, %ax                    # the BIOS may let interrupts in, too
    mov %ax, %es
    cld
    mov $8 * 4, %si
    mov $PIC_FIRST * 4, %di
    mov $8 * 2, %cx
    rep movsw
    mov $0x70 * 4, %si
    mov $PIC_SECOND * 4, %di
    mov $8 * 2, %cx
    rep movsw
    movl $0, host_irqs
    movl $0, faults
    movw $0xFFFF, program_code
    cli
    mov $PIC_FIRST | PIC_SECOND << 8, %dx
    call program_vectors
    mov %sp, host_sp
    ENTER_PROTECTED
    andb $~2, gdt + TASK + 5        # not busy
    mov $TASK, %eax
    ltr %ax
    mov $LOCAL, %eax
    lldt %ax
    push $PROGRAM_DATA
    push $PROGRAM_STACK - PROGRAM_BASE
    push $IF | 2
    push $PROGRAM_CODE
    push $program - PROGRAM_BASE
    iret

end_extender:
    LEAVE_PROTECTED
    movzwl host_sp, %esp
    pushw $2                        # the task switch set NT and TS
    popfw
    clts
    call program_bios_vectors
    sti
    mov program_code, %ax
    test %ax, %ax
    jnz failed
    ret

build_double_fault_task:
    mov $DOUBLE_FAULT_TSS >> 4, %ax
    mov %ax, %es
    xor %di, %di
    xor %ax, %ax
    mov $0x68 / 2, %cx
    rep stosw
    movl $double_fault, %es:TSS_EIP
    movl $2, %es:36                 # EFLAGS
    movl $DOUBLE_FAULT_STACK, %es:56
    movl $DATA32, %es:72            # ES
    movl $CODE32, %es:76
    movl $DATA32, %es:80
    movl $DATA32, %es:84
    movw $0x68, %es:102             # no I/O bitmap
    ret

host_sp: .word 0
host_esp: .long 0
host_irqs: .long 0
faults: .long 0
fault_error: .long 0
program_code: .word 0
real_eax: .long 0                   # the BIOS's registers
real_edx: .long 0

# --- the host ---
    .code32

    .macro HOST_ENTRY
    push %ds
    push %es
    cld
    pusha
    mov %esp, %ebp
    mov $DATA32, %eax
    mov %eax, %ds
    mov %eax, %es
    .endm

host_leave:
    popa
    pop %es
    pop %ds
    add $4, %esp
    iret

host_irq_stubs:
    .set irq, 0
    .rept 16
9:  push $irq
    jmp host_irq
    .fill IRQ_STUB_BYTES - (. - 9b), 1, 0x90
    .set irq, irq + 1
    .endr

host_irq:
    HOST_ENTRY
    incl host_irqs
    mov H_ERROR(%ebp), %eax
    cmp $8, %eax
    jb 1f
    add $0x70 - 8 - 8, %eax
1:  add $8, %eax
    call real_interrupt
    jmp host_leave

# The program goes on in its handler, as if it had called that.
host_fault:
    HOST_ENTRY
    testb $3, H_CS(%ebp)
    jnz 1f
    push $13 - 128
    jmp fatal
1:  incl faults
    mov H_ERROR(%ebp), %eax
    mov %eax, fault_error
    subl $4, H_ESP(%ebp)
    mov H_ESP(%ebp), %edi
    mov H_EIP(%ebp), %eax
    mov %eax, PROGRAM_BASE(%edi)
    movl $program_handler - PROGRAM_BASE, H_EIP(%ebp)
    jmp host_leave

host_service:
    push $0
    HOST_ENTRY
    mov H_EAX(%ebp), %eax
    cmp $1, %ah
    jb end_extender_32
    ja 1f
    call real_interrupt
    jmp host_leave
1:  andb $0x7F, IDT + 13 * 8 + 5
    jmp host_leave
end_extender_32:
    jmp end_extender

# The BIOS's interrupt AL with real_eax and real_edx.
real_interrupt:
    mov %esp, host_esp
    mov %al, real_number
    LEAVE_PROTECTED
    movzwl host_sp, %esp
    mov real_eax, %eax
    mov real_edx, %edx
    .byte 0xCD
real_number: .byte 0
    cli
    mov %eax, real_eax
    mov %edx, real_edx
    ENTER_PROTECTED
    mov host_esp, %esp
    ret

gate_32:
    mov 8(%esp), %eax
    add 12(%esp), %eax
    lret $8
    .code16
gate_16:
    mov 4(%esp), %ax
    add 6(%esp), %ax
    lret $4
    .code32

# #GP whose gate is lost is #NP, and two such make a double fault: with error code 0, in a task that
# finds the other one as it stood.
double_fault:
    mov (%esp), %eax
    test %eax, %eax
    jnz 1f
    movzwl DOUBLE_FAULT_TSS, %eax   # the link back
    cmp $TASK, %eax
    jne 1f
    cmpl $program_end - PROGRAM_BASE, TSS + TSS_EIP
    jne 1f
    movw $0, program_code
    jmp end_extender
1:  movw $0x20, program_code
    jmp end_extender

# --- the program ---

    .macro PROGRAM_NEED condition, code
    j\condition .Lprogram\@
    mov $\code, %eax
    jmp program_failed
.Lprogram\@:
    .endm

    .macro FAULTS bytes             # the instruction behind it, of so many bytes
    mov $\bytes, %edi
    movl $-1, fault_error - PROGRAM_BASE
    .endm

    .macro NEED_FAULT error, code
    cmpl $\error, fault_error - PROGRAM_BASE
    PROGRAM_NEED e, \code
    .endm

program:
    mov $PROGRAM_DATA, %eax
    mov %eax, %ds
    mov %eax, %es
    mov $1000, %esi                 # the BIOS, a thousand times
1:  movl $0, real_eax - PROGRAM_BASE
    mov $0x011A, %eax
    int $HOST_CALL
    dec %esi
    jnz 1b
    cmp $PROGRAM_STACK - PROGRAM_BASE, %esp
    PROGRAM_NEED e, 1
    mov real_edx - PROGRAM_BASE, %ebx
    mov host_irqs - PROGRAM_BASE, %esi
    add $3, %esi
2:  cmp host_irqs - PROGRAM_BASE, %esi # interrupts of a program that does nothing
    ja 2b
    movl $0, real_eax - PROGRAM_BASE
    mov $0x011A, %eax
    int $HOST_CALL
    mov real_edx - PROGRAM_BASE, %eax
    sub %bx, %ax
    cmp $2, %ax
    PROGRAM_NEED ae, 2
    FAULTS 2
    mov $0x1000, %eax               # beyond the GDT
    mov %eax, %fs
    NEED_FAULT 0x1000, 3
    FAULTS 1
    cli
    NEED_FAULT 0, 4
    FAULTS 1
    hlt
    NEED_FAULT 0, 5
    FAULTS 2
    out %al, $GUARDED_PORT
    NEED_FAULT 0, 6
    FAULTS 3
    mov %cr0, %eax
    NEED_FAULT 0, 7
    FAULTS 2
    int $0x21                       # a gate of ring 0
    NEED_FAULT 0x10A, 8 # 21h * 8 + 2: in the IDT
    cmpl $6, faults - PROGRAM_BASE
    PROGRAM_NEED e, 9
    in $0x61, %al                   # an open port
    push $0x11111111
    push $0x22222222
    lcall $GATE_32, $0
    cmp $0x33333333, %eax
    PROGRAM_NEED e, 10
    pushw $0x1234
    pushw $0x4321
    lcall $GATE_16, $0
    cmp $0x5555, %ax
    PROGRAM_NEED e, 11
    cmp $PROGRAM_STACK - PROGRAM_BASE, %esp
    PROGRAM_NEED e, 12
    mov %cs, %eax
    cmp $PROGRAM_CODE, %ax
    PROGRAM_NEED e, 13
    mov $0x0200, %eax
    int $HOST_CALL
program_end:
    cli
    mov $14, %eax
program_failed:
    mov %ax, program_code - PROGRAM_BASE
    mov $0, %eax
    int $HOST_CALL

# Past the instruction that failed: EDI bytes.
program_handler:
    add %edi, (%esp)
    ret
    .code16
