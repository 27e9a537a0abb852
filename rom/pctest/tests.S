# The end of a program that uses harness.S: included before the list `tests`.

# Runs all tests.
main:
    movb $0, failures
    mov $tests, %si
1:  cmpw $0, (%si)
    je finish
    call run_test
    add $4, %si
    jmp 1b

# A row of `tests`, which ends with a zero. Assemblers take it for the instruction TEST as well, so
# that no code may follow.
    .macro TEST name
    .word 9f, \name
    .pushsection .text, 1
9:  .asciz "\name"
    .popsection
    .endm
