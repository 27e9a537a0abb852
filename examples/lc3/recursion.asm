; FACTORIAL of N by a subroutine that calls itself: n! = n * (n - 1)!
;
; A frame on the stack, which grows down from R6:  R6+1  n
;                                                  R6+0  where to return to (R7)
        .ORIG x3000
        LD R6, STACK
        LD R0, N
        JSR FACT
        ST R0, FACTORIAL
        HALT

; R0 = R0!; changes R1 and R2.
FACT    ADD R6, R6, #-2
        STR R0, R6, #1
        STR R7, R6, #0          ; the inner call puts its own address into R7
        ADD R1, R0, #-1
        BRnz ONE                ; 0! = 1! = 1
        ADD R0, R1, #0
        JSR FACT                ; R0 = (n - 1)!
        LDR R1, R6, #1          ; n
        ADD R2, R0, #0          ; R0 = R0 * n, by adding
        AND R0, R0, #0
TIMES   ADD R0, R0, R2
        ADD R1, R1, #-1
        BRp TIMES
        BRnzp BACK
ONE     AND R0, R0, #0
        ADD R0, R0, #1
BACK    LDR R7, R6, #0
        ADD R6, R6, #2
        RET

N       .FILL #7
FACTORIAL .BLKW 1
STACK   .FILL xFE00             ; the first PUSH writes below
        .END
