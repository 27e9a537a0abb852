# A monitor like that of a DOS memory manager: it runs a task in virtual-8086 mode which calls the
# BIOS, so that the BIOS, its disk driver and its interrupt handlers run in that mode as well. IOPL
# is 0: the instructions that touch the interrupt flag trap, and the monitor keeps a flag for the
# task, or the processor does (CR4.VME). Ports are open by the bitmap. With paging on, the task is
# shown extended memory below 1 MiB, and a wrap at 1 MiB.

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

monitor_sp: .word 0
task_code: .word 0

# --- the monitor ---
    .include "monitor.S"

emulate_other:
not_emulated:
    push $13 - 128
    jmp fatal

take_int:
    cmp $MONITOR_CALL, %al
    jne reflect_int
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
