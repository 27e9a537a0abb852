; Shows each key that is typed, until Enter.
        .ORIG x3000
NEXT    GETC                    ; waits for a key, puts it into R0
        OUT
        LD R1, MINUS_ENTER
        ADD R1, R0, R1          ; zero if it was Enter
        BRnp NEXT
        HALT
MINUS_ENTER .FILL #-10
        .END
