# A monitor like that of a DOS memory manager: it runs a task in virtual-8086 mode which calls the
# BIOS, so that the BIOS, its disk driver and its interrupt handlers run in that mode as well. IOPL
# is 0: the instructions that touch the interrupt flag trap, and the monitor keeps a flag for the
# task, or the processor does (CR4.VME). Ports are open by the bitmap. With paging on, the task is
# shown extended memory below 1 MiB, and a wrap at 1 MiB.
#
# The monitor's frame, from EBP: 0 PUSHA, 32 error code or number of the IRQ, and what the processor
# pushed.

    .equ TSS, 0x40000
    .equ TSS_SEGMENT, TSS >> 4
    .equ TSS_ESP0, 4
    .equ TSS_SS0, 8
    .equ TSS_BITMAP, 102            # where the I/O bitmap is
    .equ REDIRECTION, 104           # the 32 bytes in front of it: which INTs trap under VME
    .equ IO_BITMAP, REDIRECTION + 32
    .equ TASK_BYTES, IO_BITMAP + 8192 + 1
    .equ MONITOR_STACK, 0x4F000
    .equ PAGE_DIRECTORY, 0x50000
    .equ PAGE_TABLE, 0x51000
    .equ PAGE_SEGMENT, PAGE_DIRECTORY >> 4
    .equ MONITOR_CALL, 0xF0         # INT F0h: AL = 0 end, 1 map page ECX at page EBX

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
    .equ PIC_FIRST, 0x50            # vectors of the interrupts while the monitor is there
    .equ PIC_SECOND, 0x58

v86_monitor:
    mov $0, %al
    jmp monitor

v86_monitor_with_vme:
    pushfl                          # without the ID flag there is no CPUID, and no VME
    pushfl
    xorl $0x200000, (%esp)
    popfl
    pushfl
    pop %eax
    xor (%esp), %eax
    popfl
    test $0x200000, %eax
    jz 1f
    mov $1, %eax
    cpuid
    test $2, %dl
    jz 1f
    mov $1, %al
    jmp monitor
1:  ret

# Runs v86_task with (AL) or without VME.
monitor:
    mov %al, has_vme
    movb $1, virtual_if
    movl $0, pending
    call build_idt
    mov $13 * 8, %di
    mov $protection_fault, %ax
    call put_gate
    mov $PIC_FIRST * 8, %di
    mov $irq_stubs, %ax
1:  call put_gate
    add $IRQ_STUB_BYTES, %ax
    cmp $(PIC_FIRST + 16) * 8, %di
    jb 1b
    call build_task_segment
    call build_pages
    cli
    mov $PIC_FIRST | PIC_SECOND << 8, %dx
    call program_vectors
    mov %sp, monitor_sp
    cmpb $0, has_vme
    je 2f
    mov %cr4, %eax
    or $1, %al
    mov %eax, %cr4
2:  ENTER_PROTECTED
    andb $~2, gdt + TASK + 5        # not busy
    mov $TASK, %eax
    ltr %ax
    mov $PAGE_DIRECTORY, %eax
    mov %eax, %cr3
    mov %cr0, %eax
    or $0x80000000, %eax
    mov %eax, %cr0
    jmp 3f
3:  mov %esp, %eax
    push $0                         # GS, FS, DS, ES
    push $0
    push $0
    push $0
    push $0                         # SS:ESP
    push %eax
    mov $VM | IF | 2, %eax
    cmpb $0, has_vme
    je 4f
    or $VIF, %eax
4:  push %eax
    push $0                         # CS:EIP
    push $v86_task
    iret

# The task has ended.
end_monitor:
    LEAVE_PROTECTED
    movzwl monitor_sp, %esp
    cmpb $0, has_vme
    je 1f
    mov %cr4, %eax
    and $~1, %al
    mov %eax, %cr4
1:  call program_bios_vectors
    sti
    mov task_code, %ax
    test %ax, %ax
    jnz failed
    ret

build_task_segment:
    mov $TSS_SEGMENT, %ax
    mov %ax, %es
    xor %di, %di
    xor %ax, %ax
    mov $TASK_BYTES / 2, %cx
    rep stosw
    movb $0xFF, %es:TASK_BYTES - 1
    movl $MONITOR_STACK, %es:TSS_ESP0
    movl $DATA32, %es:TSS_SS0
    movw $IO_BITMAP, %es:TSS_BITMAP
    movb $1 << (MONITOR_CALL & 7), %es:REDIRECTION + MONITOR_CALL / 8
    ret

# 4 MiB as they are, for the user.
build_pages:
    mov $PAGE_SEGMENT, %ax
    mov %ax, %es
    movl $PAGE_TABLE | 7, %es:0
    mov $0x1000, %di
    mov $7, %eax
1:  mov %eax, %es:(%di)
    add $0x1000, %eax
    add $4, %di
    cmp $0x2000, %di
    jb 1b
    ret

program_bios_vectors:
    mov $0x7008, %dx
# The interrupt controllers' first vectors are DL and DH; masks stay.
program_vectors:
    in $0x21, %al
    mov %al, %bl
    in $0xA1, %al
    mov %al, %bh
    mov $0x11, %al
    out %al, $0x20
    out %al, $0xA0
    mov %dl, %al
    out %al, $0x21
    mov %dh, %al
    out %al, $0xA1
    mov $4, %al
    out %al, $0x21
    mov $2, %al
    out %al, $0xA1
    mov $1, %al
    out %al, $0x21
    out %al, $0xA1
    mov %bl, %al
    out %al, $0x21
    mov %bh, %al
    out %al, $0xA1
    ret

has_vme: .byte 0
virtual_if: .byte 0
pending: .long 0                    # a bit for each IRQ
monitor_sp: .word 0
task_code: .word 0

# --- the monitor ---
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
    jne not_emulated
    call fetch
    cmp $0x9C, %al
    je emulate_pushfd
    cmp $0x9D, %al
    je emulate_popfd
not_emulated:
    push $13 - 128
    jmp fatal

emulate_int:
    call fetch
    cmp $MONITOR_CALL, %al
    je serve
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

serve:
    mov 28(%ebp), %eax              # the task's EAX
    cmp $0, %al
    je end_monitor_32
    mov 16(%ebp), %ebx              # its EBX, ECX
    mov 24(%ebp), %ecx
    shl $12, %ecx
    or $7, %ecx
    mov %ecx, PAGE_TABLE(,%ebx,4)
    shl $12, %ebx
    invlpg (%ebx)
    jmp to_task

end_monitor_32:
    jmp end_monitor

# --- the task ---
    .code16

    .macro TASK_NEED condition, code
    j\condition .Ltask\@
    mov $\code, %ax
    jmp end_task
.Ltask\@:
    .endm

v86_task:
    mov $'.', %al                   # the screen
    call print_character
    xor %si, %si                    # a sector of the disk
    mov $BUFFER, %bx
    call read_sector
    TASK_NEED nc, 1
    cmpw $0xAA55, BUFFER + 510
    TASK_NEED e, 2
    mov $0, %ah                     # time goes on
    int $0x1A
    mov %dx, %bx
1:  hlt
    mov $0, %ah
    int $0x1A
    sub %bx, %dx
    cmp $3, %dx
    jb 1b
    mov $5, %ah                     # the keyboard
    mov $0x1E61, %cx
    int $0x16
    mov $0, %ah
    int $0x16
    cmp $0x1E61, %ax
    TASK_NEED e, 3
    mov $0xD2, %al                  # ... and its interrupt
    call command_8042
    mov $0x1C, %al
    out %al, $0x60
    mov $0, %ah
    int $0x16
    cmp $0x1C0D, %ax
    TASK_NEED e, 4
    cli                             # the task's interrupt flag
    pushf
    pop %ax
    test $IF, %ax
    TASK_NEED z, 5
    sti
    pushf
    pop %ax
    test $IF, %ax
    TASK_NEED nz, 6
    pushfl
    pop %eax
    test $IF, %ax
    TASK_NEED nz, 7
    cli
    mov 0x46C, %bx                  # nothing comes while it is clear
    mov $0x40000, %ecx
2:  in $0x61, %al
    addr32 loop 2b
    cmp 0x46C, %bx
    TASK_NEED e, 8
    sti
    nop
    call task_memory
    xor %ax, %ax
end_task:
    mov %ax, task_code
    mov $0, %al
    int $MONITOR_CALL
    hlt

# Two pages of extended memory through one window, then a wrap at 1 MiB without A20.
task_memory:
    mov $0xD000, %ax
    mov %ax, %es
    mov $0x300, %ecx
    call map_window
    movl $0x11111111, %es:0
    mov $0x301, %ecx
    call map_window
    movl $0x22222222, %es:0
    mov $0x300, %ecx
    call map_window
    cmpl $0x11111111, %es:0
    TASK_NEED e, 9
    mov $0x301, %ecx
    call map_window
    cmpl $0x22222222, %es:0
    TASK_NEED e, 10
    call test_a20
    TASK_NEED e, 11
    mov $0x100, %ebx
    mov $0, %ecx
    mov $1, %al
    int $MONITOR_CALL
    call test_a20
    TASK_NEED ne, 12
    mov $0x100, %ebx
    mov %ebx, %ecx
    mov $1, %al
    int $MONITOR_CALL
    call test_a20
    TASK_NEED e, 13
    ret

map_window:
    mov $0xD0, %ebx
    mov $1, %al
    int $MONITOR_CALL
    ret
