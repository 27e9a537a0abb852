; Reads a line of at most 40 characters and shows it backwards.
        .ORIG x3000
        LEA R0, ASK
        PUTS
        LEA R1, LINE            ; R1 walks through the line, R2 counts
        AND R2, R2, #0
READ    GETC
        LD R3, MINUS_ENTER
        ADD R3, R0, R3
        BRz TURN
        LD R3, MINUS_LONGEST
        ADD R3, R2, R3
        BRzp READ               ; no room: the key is dropped
        OUT
        STR R0, R1, #0
        ADD R1, R1, #1
        ADD R2, R2, #1
        BRnzp READ
TURN    LD R0, NEWLINE
        OUT
        ADD R2, R2, #0
SHOW    BRz DONE
        ADD R1, R1, #-1
        LDR R0, R1, #0
        OUT
        ADD R2, R2, #-1
        BRnzp SHOW
DONE    LD R0, NEWLINE
        OUT
        HALT
MINUS_ENTER .FILL #-10
MINUS_LONGEST .FILL #-40
NEWLINE .FILL x0A
ASK     .STRINGZ "A line: "
LINE    .BLKW 40
        .END
