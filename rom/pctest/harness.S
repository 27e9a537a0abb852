# Running the tests and telling how they went. A test is called with interrupts on, DS = ES = SS =
# CS, and returns if it passed; NEED leaves it, from whatever depth of its stack, with a code that
# tells where. Whoever includes this has print_character, and end_tests, which gets the number of
# failures in AL: screen.S for what runs without a system.

    .macro NEED condition, code
    j\condition .Lneed\@
    mov $\code, %ax
    jmp failed
.Lneed\@:
    .endm

# Runs the test at SI: its name and its code.
run_test:
    push %si
    mov %sp, saved_sp
    call *2(%si)
    mov $passed_word, %bx
    xor %ax, %ax
    jmp 1f
failed:
    mov $failed_word, %bx
1:  mov %cs, %cx
    mov %cx, %ds
    mov %cx, %es
    mov %cx, %ss
    movzwl saved_sp, %esp
    cld
    sti
    pop %si
    push %ax
    push %si
    mov %bx, %si
    call print
    pop %si
    push %si
    mov (%si), %si
    call print
    pop %si
    pop %ax
    test %ax, %ax
    jz 2f
    incb failures
    call print_word
2:  mov $13, %al
    call print_character
    mov $10, %al
    jmp print_character

finish:
    mov $finish_word, %si
    call print
    movzx failures, %ax
    call print_word
    mov failures, %al
    jmp end_tests

# Prints the string at SI.
print:
    lodsb
    test %al, %al
    jz 1f
    call print_character
    jmp print
1:  ret

# Prints AX behind a blank, in hexadecimal.
print_word:
    mov %ax, %dx
    mov $' ', %al
    call print_character
    mov $4, %cx
1:  rol $4, %dx
    mov %dl, %al
    and $15, %al
    cmp $10, %al
    sbb $0x69, %al
    das
    call print_character
    loop 1b
    ret

saved_sp: .word 0
failures: .byte 0
passed_word: .asciz "PASS "
failed_word: .asciz "FAIL "
finish_word: .asciz "finished, failures:"
finish_word_end:
