; Counts from 9 down to 0 and shows each number.
        .ORIG x3000
        LD R1, NINE
LOOP    LD R2, ZERO_CHARACTER
        ADD R0, R1, R2          ; the digit's character: '0' + R1
        OUT
        ADD R1, R1, #-1
        BRzp LOOP               ; N, Z and P are those of the ADD
        LD R0, NEWLINE
        OUT
        HALT
NINE    .FILL #9
ZERO_CHARACTER .FILL x30
NEWLINE .FILL x0A
        .END
