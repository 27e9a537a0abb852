; Operands that are missing, too many, or of the wrong kind.
        .ORIG x3000
START   ADD R0, R0
        ADD R0, #5
        ADD R0, R1, VALUE
        ADD R0, #1, R1
        ADD R8, R0, R0
        ADD R0, R1, R2, R3
        NOT R0
        NOT R0, #5
        LD R0, R1
        LD R0
        LD START, R0
        LDR R0, R1
        LDR R0, VALUE
        LDR R0, VALUE, #0
        LDR R0, R1, VALUE
        ST R0, R1
        STI R0, R1
        LEA R0, "text"
        LEA R0, R1
        JMP START
        JSRR START
        JSR R2
        BR R3
        BR
        TRAP
        TRAP HALT
        TRAP VALUE
        HALT now
        RET R7
        PUTS VALUE
        PUTS "Hello"
        OUT R0
        GETC R0
        GETC OUT
        ADD R0, R0, #1 // one more
        BR HALT
        HALT
VALUE   .FILL 3
        .END

; expect 3:9 error E002: ADD has three operands, and here are 2
;   hint: the destination comes first: ADD R0, R0, R0
; expect 4:9 error E002: ADD has three operands, and here are 2
;   hint: the destination comes first: ADD R0, R0, #5
; expect 5:21 error E003: ADD wants a register or a number as its last operand, not a label
;   hint: load it into a register first: LD R1, VALUE
; expect 6:17 error E003: ADD wants a register (R0 to R7) as SR1, not a number
;   hint: the number comes last: ADD DR, SR1, SR2 or ADD DR, SR1, imm5
; expect 7:13 error E012: there is no register R8
;   hint: the LC-3 has eight registers, R0 to R7
; expect 8:25 error E002: ADD has three operands, and here are 4
;   hint: it is written ADD DR, SR1, SR2 or ADD DR, SR1, imm5
; expect 9:9 error E002: NOT has two operands, and here is 1
;   hint: the destination comes first: NOT R0, R0
; expect 10:17 error E003: NOT wants a register (R0 to R7) as SR, not a number
;   hint: it is written NOT DR, SR
; expect 11:16 error E003: LD wants a label or an offset as PCoffset9, not a register
;   hint: LDR R0, R1, #0 loads from the address in a register
; expect 12:9 error E002: LD has two operands, and here is 1
;   hint: it is written LD DR, LABEL
; expect 13:12 error E003: LD wants a register (R0 to R7) as DR, not a label
;   hint: it is written LD DR, LABEL
; expect 13:19 error E003: LD wants a label or an offset as PCoffset9, not a register
;   hint: LDR R0, R0, #0 loads from the address in a register
; expect 14:9 error E002: LDR has three operands, and here are 2
;   hint: the offset must be there, if only as #0: LDR R0, R1, #0
; expect 15:9 error E002: LDR has three operands, and here are 2
;   hint: LD reaches a label: LD R0, VALUE
; expect 16:17 error E003: LDR wants a register (R0 to R7) as BaseR, not a label
;   hint: LD reaches a label: LD R0, VALUE
; expect 17:21 error E003: LDR wants a number as offset6, not a label
;   hint: the offset is a number: LDR R0, R1, #0
; expect 18:16 error E003: ST wants a label or an offset as PCoffset9, not a register
;   hint: STR R0, R1, #0 stores to the address in a register
; expect 19:17 error E003: STI wants a label or an offset as PCoffset9, not a register
;   hint: STR R0, R1, #0 stores to the address in a register
; expect 20:17 error E003: LEA wants a label or an offset as PCoffset9, not a string
;   hint: give the string a label: TEXT .STRINGZ "text", and write LEA R0, TEXT
; expect 21:17 error E003: LEA wants a label or an offset as PCoffset9, not a register
;   hint: ADD R0, R1, #0 copies a register
; expect 22:13 error E003: JMP wants a register (R0 to R7) as BaseR, not a label
;   hint: BR START jumps to a label; JMP to the address in a register
; expect 23:14 error E003: JSRR wants a register (R0 to R7) as BaseR, not a label
;   hint: JSR START calls a label; JSRR the address in a register
; expect 24:13 error E003: JSR wants a label or an offset as PCoffset11, not a register
;   hint: JSRR R2 calls the address in a register
; expect 25:12 error E003: BR wants a label or an offset as PCoffset9, not a register
;   hint: JMP R3 jumps to the address in a register
; expect 26:9 error E002: BR has one operand, and here are 0
;   hint: it is written BR LABEL
; expect 27:9 error E002: TRAP has one operand, and here are 0
;   hint: it is written TRAP trapvect8
; expect 28:14 error E003: TRAP wants a trap vector (x00 to xFF) as trapvect8, not an instruction's name
;   hint: HALT stands alone, without TRAP
; expect 29:14 error E003: TRAP wants a trap vector (x00 to xFF) as trapvect8, not a label
;   hint: it is written TRAP trapvect8
; expect 30:14 error E002: HALT has no operands, and here is 1
;   hint: HALT stands alone: it stops the machine
; expect 31:13 error E002: RET has no operands, and here is 1
;   hint: RET stands alone: it returns from a subroutine: JMP R7
; expect 32:14 error E002: PUTS has no operands, and here is 1
;   hint: PUTS writes the string at the address in R0: LEA R0, VALUE before it
; expect 33:14 error E002: PUTS has no operands, and here is 1
;   hint: PUTS writes the string at the address in R0: LEA R0, TEXT before it
; expect 34:13 error E002: OUT has no operands, and here is 1
;   hint: OUT writes the character in R0
; expect 35:14 error E002: GETC has no operands, and here is 1
;   hint: GETC puts the character into R0
; expect 36:14 error E002: GETC has no operands, and here is 1
;   hint: each instruction stands on a line of its own
; expect 37:24 error E023: a comment begins with a semicolon here
;   hint: write ; instead of //
; expect 38:12 error E003: BR wants a label or an offset as PCoffset9, not an instruction's name
;   hint: HALT cannot be a label
