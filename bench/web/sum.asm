; Sums x1000 words from x4000 on and writes each sum back, for ever: loads, stores, additions, branches.
        .ORIG x3000
START   LD R1, ADDRESS
        LD R2, COUNT
        AND R0, R0, #0
LOOP    LDR R3, R1, #0
        ADD R0, R0, R3
        STR R0, R1, #0
        ADD R1, R1, #1
        ADD R2, R2, #-1
        BRp LOOP
        BRnzp START
ADDRESS .FILL x4000
COUNT   .FILL x1000
        .END
