# What old programs make a processor do in real mode to know it, to hide from debuggers, or by
# tradition: exceptions as interrupts 0 to 6, single steps, instructions without a name, code that
# changes itself, the coprocessor's state in its 16-bit form.
#
# Sources: [SDM2]; [SDM3] 6, 17.3, 20, 22; [SDM1] 8.1.10.

    .include "dos.S"

old_vector: .long 0
hits: .word 0
hit_at: .word 0

# Runs the code at SI with interrupt AL caught: the handler goes on at DI, with AX = how often it
# came and BX = the address that was pushed.
    .macro CATCH number, code, on
    mov $\number, %al
    mov $\code, %si
    mov $\on, %di
    call catch
    .endm
catch:
    mov %al, caught
    movw $0, hits
    mov %di, go_on_at
    mov $old_vector, %bx
    mov $catcher, %dx
    call take_vector
    mov %sp, kept_sp
    jmp *%si
catcher:                            # the stack is where it was, whatever the code did
    cli
    mov %cs, %ax
    mov %ax, %ds
    mov %ax, %es
    pop hit_at
    mov %ax, %ss
    mov kept_sp, %sp
    sti
    incw hits
end_catch:
    mov caught, %al
    mov $old_vector, %bx
    call give_vector
    mov hits, %ax
    mov hit_at, %bx
    add $2, %sp                     # the call of `catch`
    jmp *go_on_at
kept_sp: .word 0
go_on_at: .word 0
caught: .byte 0

# The instruction must make interrupt `number`, which pushes its own address.
    .macro FAULTS name, number, bytes:vararg
\name:
    CATCH \number, 7f, 8f
7:  .byte \bytes
    jmp end_catch
8:  cmp $1, %ax
    NEED e, 1
    cmp $7b, %bx
    NEED e, 2
    ret
    .endm

    FAULTS loadall_of_the_286_is_gone, 6, 0x0F, 0x04
    FAULTS ud2, 6, 0x0F, 0x0B
    FAULTS lldt_is_not_for_real_mode, 6, 0x0F, 0x00, 0xD0
    FAULTS arpl_is_not_for_real_mode, 6, 0x63, 0xC0
    FAULTS lock_in_front_of_nop, 6, 0xF0, 0x90
    FAULTS mov_to_cs, 6, 0x8E, 0xC8
    FAULTS word_at_the_segments_end, 13, 0xA1, 0xFF, 0xFF

bound_is_interrupt_5:
    CATCH 5, 7f, 8f
7:  mov $5, %ax
    bound %ax, limits
    mov $11, %ax
9:  bound %ax, limits
    jmp end_catch
8:  cmp $1, %ax
    NEED e, 1
    cmp $9b, %bx
    NEED e, 2
    ret
limits: .word 1, 10

into_is_interrupt_4:
    CATCH 4, 7f, 8f
7:  xor %ax, %ax
    into
    mov $0x7F, %al
    inc %al
    into
9:  jmp end_catch
8:  cmp $1, %ax
    NEED e, 1
    cmp $9b, %bx                    # behind it
    NEED e, 2
    ret

icebp_is_interrupt_1:
    CATCH 1, 7f, 8f
7:  .byte 0xF1
9:  jmp end_catch
8:  cmp $1, %ax
    NEED e, 1
    cmp $9b, %bx
    NEED e, 2
    ret

# AAM is a division. Behind the failed one is where only the 8086 goes on.
    FAULTS aam_by_zero, 0, 0xD4, 0

# Single steps: none behind a load of SS, and none of an INT, whose handler runs at full speed.
single_steps:
    mov $1, %al
    mov $old_vector, %bx
    mov $count_step, %dx
    call take_vector
    movw $0, hits
    pushf
    pop %ax
    or $0x100, %ax
    push %ax
    popf
    nop                             # 1
    nop                             # 2
    mov %ss, %ax                    # 3
    mov %ax, %ss                    # none
    mov %sp, %sp                    # 4
    xor %cx, %cx                    # 5
    mov $3, %cl                     # 6
    mov $hits, %si                  # 7
    rep lodsb                       # 8, 9, 10
    int $0x28                       # DOS's: none
    pushf                           # 11
    pop %ax                         # 12
    and $0xFEFF, %ax                # 13
    push %ax                        # 14
    popf                            # 15, as it began with TF
    nop
    mov $1, %al
    mov $old_vector, %bx
    call give_vector
    cmpw $15, hits
    NEED e, 1
    ret
count_step:
    incw %cs:hits
    iret

# Code that changes the next instruction. An 8086 to 486 has that in its queue already and executes
# what it was (anti-debugging tricks of old programs look for it); processors since the Pentium
# notice, and so do we on each model.
next_instruction_changes:
    movb $0x42, changed + 1
changed:
    mov $0, %al
    cmp $0x42, %al
    movb $0, changed + 1
    NEED e, 1
    ret

# A loop in front of data that it writes to, on the same page, as decompressors have it.
code_is_written_then_run:
    mov $100, %cx
    xor %bx, %bx
1:  mov %cl, written + 1
    jmp written
written:
    mov $0, %al
    xor %ah, %ah
    add %ax, %bx
    loop 1b
    cmp $5050, %bx
    NEED e, 1
    ret

# FSAVE of real mode: 94 bytes; the address of the last instruction is linear, 20 bits, with the
# opcode in between.
coprocessor_state_has_94_bytes:
    fninit
    fldpi
    fld1
9:  fadds one
    mov $state, %di
    mov $128, %cx
    mov $0xCC, %al
    rep stosb
    fnsave state
    cmpb $0xCC, state + 94
    NEED e, 1
    cmpb $0xCC, state + 93
    NEED ne, 2
    xor %eax, %eax
    mov %cs, %ax
    shl $4, %eax
    add $9b, %eax
    cmp %ax, state + 6
    NEED e, 3
    shr $16, %eax
    mov state + 8, %bx
    shr $12, %bx
    cmp %ax, %bx
    NEED e, 4
    mov state + 8, %bx
    and $0x7FF, %bx
    cmp $0x006, %bx                 # D8 06: FADD of a single at an address
    NEED e, 5
    xor %eax, %eax
    mov %cs, %ax
    shl $4, %eax
    add $one, %eax
    cmp %ax, state + 10
    NEED e, 6
    fnstsw %ax                      # as after FNINIT
    test %ax, %ax
    NEED z, 7
    frstor state
    fistps hits
    cmpw $2, hits
    NEED e, 8
    fldpi
    fcompp
    fnstsw %ax
    sahf
    NEED e, 9
    ret
one: .float 1.0

# An error that is not masked comes with the next instruction that waits, by IRQ 13 and the BIOS's
# or DOS's interrupt 75h, which ends as interrupt 2.
coprocessor_errors_are_interrupt_2:
    mov %cr0, %eax
    push %eax
    and $~0x20, %al                 # NE
    mov %eax, %cr0
    mov $2, %al
    mov $old_vector, %bx
    mov $on_error, %dx
    call take_vector
    movw $0, hits
    fninit
    fldcw unmasked
    fldz
    fld1
    fdivp                           # 0 / 1, or 1 / 0
    fldz
    fld1
    fdivrp
    fwait
    nop
    fninit
    mov $2, %al
    mov $old_vector, %bx
    call give_vector
    pop %eax
    mov %eax, %cr0
    cmpw $1, hits
    NEED e, 1
    ret
on_error:
    fnclex
    incw %cs:hits
    iret
unmasked: .word 0x37B

# Shifts count by five bits; rotates through carry by what that leaves.
shifts_beyond_31:
    mov $0x8001, %ax
    mov $0x30, %cl                  # 16
    ror %cl, %ax
    cmp $0x8001, %ax
    NEED e, 1
    mov $1, %al
    mov $0x29, %cl                  # 9: through carry once around
    clc
    rcl %cl, %al
    cmp $1, %al
    NEED e, 2
    mov $1, %eax
    mov $0x3F, %cl
    shl %cl, %eax
    cmp $0x80000000, %eax
    NEED e, 3
    mov $0xFFFF, %ax
    mov $0x20, %cl
    stc
    shr %cl, %ax
    NEED c, 4
    cmp $0xFFFF, %ax
    NEED e, 5
    ret

    .include "tests.S"

    .balign 2
tests:
    TEST loadall_of_the_286_is_gone
    TEST ud2
    TEST lldt_is_not_for_real_mode
    TEST arpl_is_not_for_real_mode
    TEST lock_in_front_of_nop
    TEST mov_to_cs
    TEST word_at_the_segments_end
    TEST bound_is_interrupt_5
    TEST into_is_interrupt_4
    TEST icebp_is_interrupt_1
    TEST aam_by_zero
    TEST single_steps
    TEST next_instruction_changes
    TEST code_is_written_then_run
    TEST coprocessor_state_has_94_bytes
    TEST coprocessor_errors_are_interrupt_2
    TEST shifts_beyond_31
    .word 0

    .text 2                         # memory behind the program
    .equ state, .
