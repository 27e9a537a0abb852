; What is executed though it should not be.
        .ORIG x3000
        JSR SUB1
        LEA R0, TEXT
        PUTS
TEXT    .STRINGZ "runs into me"
SUB1    ADD R0, R0, #1
        RET
ONE     .FILL 1
SUB2    AND R0, R0, #0
        BRz SUB1
COUNT   .BLKW 1
SUB3    NOT R0, R0
        .FILL x1021     ; an instruction by hand, without a label
        BR SUB3
FOREVER BR FOREVER
LAST    ADD R0, R0, R0
END

; expect 5:9 warning W110: after this the data behind it is executed
;   6:9 this is no instruction
;   hint: end the program with HALT and a subroutine with RET; keep data behind them
; expect 11:9 warning W110: after this the data behind it is executed
;   12:9 this is no instruction
;   hint: end the program with HALT and a subroutine with RET; keep data behind them
; expect 17:9 warning W111: after this nothing is left to execute
;   hint: end the program with HALT and a subroutine with RET
; expect 18:1 note N201: there is no .END behind this
;   hint: some assemblers refuse a source without it
; expect 18:1 warning W114: END is taken for a label, and nothing refers to it
;   hint: did you mean .END?
