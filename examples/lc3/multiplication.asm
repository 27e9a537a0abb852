; PRODUCT = A * B, by adding A to itself. B may be negative: then both change their signs.
        .ORIG x3000
        LD R1, A
        LD R2, B
        BRzp START
        NOT R1, R1              ; R1 = -R1
        ADD R1, R1, #1
        NOT R2, R2              ; R2 = -R2
        ADD R2, R2, #1
START   AND R0, R0, #0
        ADD R2, R2, #0          ; so that Z tells of R2
LOOP    BRz DONE
        ADD R0, R0, R1
        ADD R2, R2, #-1
        BRnzp LOOP
DONE    ST R0, PRODUCT
        HALT
A       .FILL #6
B       .FILL #7
PRODUCT .BLKW 1
        .END
