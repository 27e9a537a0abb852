# How programs find out what they run on, and how the coprocessor tells of errors under DOS.
# [AP485] 3; [SDM1] 8, 18; the 387 infinity test and the flags of the 8086 and 286 as old programs
# have them.

processor_by_its_flags:
    pushf
    pop %cx
    mov %cx, %ax
    and $0x0FFF, %ax                # an 8086 sets bits 12 to 15
    push %ax
    popf
    pushf
    pop %ax
    and $0xF000, %ax
    cmp $0xF000, %ax
    NEED ne, 1
    or $0x7000, %cx                 # a 286 in real mode clears them
    push %cx
    popf
    pushf
    pop %ax
    push $0x202                     # NT would mislead the BIOS's IRET
    popf
    and $0x7000, %ax
    cmp $0x7000, %ax
    NEED e, 2
    pushfl                          # AC, which a 386 has not
    pop %eax
    mov %eax, %ecx
    xor $0x40000, %eax
    push %eax
    popfl
    pushfl
    pop %eax
    push %ecx
    popfl
    xor %ecx, %eax
    test $0x40000, %eax
    NEED nz, 3
    mov $0x1234, %ax                # undefined on the 8086, of which some have no SALC
    stc
    .byte 0xD6                      # SALC
    cmp $0x12FF, %ax
    NEED e, 4
    mov $0x63, %al
    .byte 0xD4, 7                   # AAM 7
    cmp $0x0E01, %ax
    NEED e, 5
    .byte 0xD5, 7                   # AAD 7
    cmp $0x0063, %ax
    NEED e, 6
    mov $1, %ax
    mov $33, %cl                    # an 8086 shifts as often as CL says
    shl %cl, %ax
    cmp $2, %ax
    NEED e, 7
    mov %sp, %bx
    push %sp                        # the value before the push, since the 286
    pop %ax
    cmp %ax, %bx
    NEED e, 8
    ret

coprocessor:
    movw $0x5A5A, SPOT
    fninit
    fnstsw SPOT
    cmpb $0, SPOT
    NEED e, 1
    fnstcw SPOT
    mov SPOT, %ax
    and $0x103F, %ax
    cmp $0x003F, %ax
    NEED e, 2
    fld1                            # a 287 takes both infinities for the same
    fldz
    fdivrp
    fld %st(0)
    fchs
    fcompp
    fnstsw %ax
    sahf
    NEED ne, 3
    smsw %ax
    test $4, %al                    # EM
    NEED z, 4
    ret

# The way of the AT: FERR# is IRQ 13, whose handler clears the latch and calls INT 2.
coprocessor_error_by_irq_13:
    mov %cr0, %eax
    push %eax
    and $~0x20, %al                 # NE
    mov %eax, %cr0
    pushl 2 * 4
    movw $on_error, 2 * 4
    movw $0, 2 * 4 + 2
    movw $0, errors
    fninit
    movw $0x37B, SPOT               # a division by zero is not masked
    fldcw SPOT
    fld1
    fldz
    fdivrp
    fwait
    nop
    fninit
    popl 2 * 4
    pop %eax
    mov %eax, %cr0
    cmpw $1, errors
    NEED e, 1
    testb $4, error_status
    NEED nz, 2
    ret

on_error:
    push %ax
    fnstsw %ax
    mov %ax, error_status
    fnclex
    incw errors
    pop %ax
    iret

errors: .word 0
error_status: .word 0
