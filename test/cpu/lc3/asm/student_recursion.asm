; factorial with a stack, R6 = stack pointer
            .ORIG   x3000
MAIN        LD      R6, STACK
            LD      R0, NUMBER
            JSR     FACT
            ST      R1, ANSWER
            HALT

NUMBER      .FILL   #5
ANSWER      .BLKW   #1
STACK       .FILL   xFDFF

;------------------------------------------------------------
; FACT: R0 = n -> R1 = n!
;------------------------------------------------------------
FACT        ADD     R6, R6, #-1
            STR     R7, R6, #0
            ADD     R6, R6, #-1
            STR     R0, R6, #0
            ADD     R1, R0, #-1
            BRp     RECURSE
            AND     R1, R1, #0
            ADD     R1, R1, #1
            BR      FACTEND
RECURSE     ADD     R0, R0, #-1
            JSR     FACT
            LDR     R0, R6, #0
            ; multiply R1 = R0 * R1
            ADD     R2, R1, #0
            AND     R1, R1, #0
MULT        ADD     R1, R1, R2
            ADD     R0, R0, #-1
            BRp     MULT
FACTEND     LDR     R0, R6, #0
            ADD     R6, R6, #1
            LDR     R7, R6, #0
            ADD     R6, R6, #1
            RET
            .END
