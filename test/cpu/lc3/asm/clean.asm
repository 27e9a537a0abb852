; Everything that is right: every instruction, alias and directive; nothing is said.
        .ORIG x3000
START   ADD R0, R1, R2
        ADD R3, R4, #-16
        AND R5, R6, R7
        AND R0, R0, x0
        NOT R1, R2
        BR NEXT
NEXT    BRn NEXT
        BRz NEXT
        BRp NEXT
        BRnz NEXT
        BRnp NEXT
        BRzp NEXT
        BRnzp LATER
LATER   LD R0, VALUE
        LDI R1, POINTER
        LDR R2, R3, #-32
        LDR R2, R3, #31
        LEA R4, TEXT
        ST R5, VALUE
        STI R6, POINTER
        STR R7, R0, #0
        JSR WORK
        JSRR R2
        TRAP x21
        GETC
        OUT
        PUTC
        PUTS
        IN
        PUTSP
        NOP
        LD R0, #3
        HALT
WORK    JMP R6
        RET
        RTI
VALUE   .FILL #-1
POINTER .FILL VALUE
BINARY  .FILL b1010
NEGHEX  .FILL x-1
LETTER  .FILL 'A'
ROOM    .BLKW x10
TEXT    .STRINGZ "tab\tquote\"semicolon;backslash\\"
        .END
