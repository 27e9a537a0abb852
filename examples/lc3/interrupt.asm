; The main program shows stars for ever; each key interrupts it and is shown between two of them,
; in brackets. The key q ends it.
;
; User programs must not touch device registers. So the program brings a trap routine of its own,
; x40, which runs in supervisor mode and switches the keyboard's interrupts on. Both it and the handler
; are found through vectors, which the loader puts into system space.
        .ORIG x0040
        .FILL ENABLE            ; TRAP x40
        .END

        .ORIG x0180
        .FILL KEY               ; interrupt x80: the keyboard
        .END

        .ORIG x3000
        LD R6, STACK
        TRAP x40
LOOP    LD R0, STAR
        OUT
        LD R1, PAUSE
WAIT    ADD R1, R1, #-1
        BRp WAIT
        BRnzp LOOP
STACK   .FILL xFE00
STAR    .FILL x2A
PAUSE   .FILL #100

ENABLE  ADD R6, R6, #-1
        STR R0, R6, #0
        LD R0, IRQ_ENABLE
        STI R0, KBSR
        LDR R0, R6, #0
        ADD R6, R6, #1
        RTI

; An interrupt can come anywhere: every register must be as it was. PSR and PC are on the stack already.
KEY     ADD R6, R6, #-2
        STR R0, R6, #0
        STR R1, R6, #1
        LD R0, OPEN
        OUT
        LDI R0, KBDR            ; reading the key takes the request back
        OUT
        LD R1, MINUS_Q
        ADD R1, R0, R1
        BRz QUIT
        LD R0, CLOSE
        OUT
        LDR R0, R6, #0
        LDR R1, R6, #1
        ADD R6, R6, #2
        RTI
QUIT    LD R0, CLOSE
        OUT
        HALT

KBSR    .FILL xFE00
KBDR    .FILL xFE02
IRQ_ENABLE .FILL x4000
OPEN    .FILL x5B
CLOSE   .FILL x5D
MINUS_Q .FILL #-113
        .END
