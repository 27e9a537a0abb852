; Sorts COUNT numbers from NUMBERS on, the smallest first, by exchanging neighbours until none are left
; to exchange.
        .ORIG x3000
PASS    LD R1, FIRST            ; R1 walks
        LD R2, COUNT            ; R2 pairs are left
        ADD R2, R2, #-1
        BRnz DONE
        AND R5, R5, #0          ; R5: has this pass exchanged anything?
PAIR    LDR R3, R1, #0
        LDR R4, R1, #1
        NOT R0, R4
        ADD R0, R0, #1
        ADD R0, R3, R0          ; R3 - R4
        BRnz NEXT
        STR R4, R1, #0
        STR R3, R1, #1
        ADD R5, R5, #1
NEXT    ADD R1, R1, #1
        ADD R2, R2, #-1
        BRp PAIR
        ADD R5, R5, #0
        BRp PASS
DONE    HALT
FIRST   .FILL NUMBERS
COUNT   .FILL #8
NUMBERS .FILL #31
        .FILL #-4
        .FILL #15
        .FILL #9
        .FILL #0
        .FILL #31
        .FILL #-100
        .FILL #2
        .END
