; Instructions that are misspelt, or of other machines.
        .ORIG x3000
        HATL
        PUST
        GTEC
        AD R0, R0, #1
        ADDD R0, R0, #1
        LAE R0, TEXT
        BRnzq MORE
        BRpn MORE
        JMUP MORE
        STOP
        SUB R0, R1, R2
        MOV R0, R1
        MUL R0, R1, R2
        INC R0
        CALL MORE
        PUSH R0
        CMP R0, #5
        XYZZY R0
        ORIG x3000
MORE    RETURN
        CALL PUTS
DONE    HALTT
        BR DONE
        R0, R1, R2
        #5
        , ADD R0, R0, R0
TEXT    .STRINGZ "x"
        .END

; expect 3:9 error E022: HATL would be taken for a label, not for HALT
;   hint: did you mean HALT? If HATL is a label, nothing refers to it
; expect 4:9 error E022: PUST would be taken for a label, not for PUTS
;   hint: did you mean PUTS? If PUST is a label, nothing refers to it
; expect 5:9 error E022: GTEC would be taken for a label, not for GETC
;   hint: did you mean GETC? If GTEC is a label, nothing refers to it
; expect 6:9 error E001: AD is no instruction of the LC-3
;   hint: did you mean ADD?
; expect 7:9 error E001: ADDD is no instruction of the LC-3
;   hint: did you mean ADD?
; expect 8:9 error E001: LAE is no instruction of the LC-3
;   hint: did you mean LEA?
; expect 9:9 error E001: BRnzq is no instruction of the LC-3
;   hint: did you mean BRnz?
; expect 10:9 warning W116: other assemblers do not know BRpn
;   hint: write the letters in the order n, z, p
; expect 11:9 error E001: JMUP is no instruction of the LC-3
;   hint: did you mean JMP?
; expect 12:9 warning W114: STOP is taken for a label, and nothing refers to it
;   hint: it is no instruction of the LC-3: stop the program with HALT
; expect 13:9 error E001: SUB is no instruction of the LC-3
;   hint: the LC-3 subtracts by adding the negative: NOT R2, R2 / ADD R2, R2, #1 / ADD R0, R1, R2
; expect 14:9 error E001: MOV is no instruction of the LC-3
;   hint: copy a register with ADD R0, R1, #0
; expect 15:9 error E001: MUL is no instruction of the LC-3
;   hint: the LC-3 has neither multiplication nor division: add or subtract in a loop
; expect 16:9 error E001: INC is no instruction of the LC-3
;   hint: add one with ADD R0, R0, #1
; expect 17:9 error E001: CALL is no instruction of the LC-3
;   hint: call a subroutine with JSR LABEL; it returns with RET
; expect 18:9 error E001: PUSH is no instruction of the LC-3
;   hint: push with ADD R6, R6, #-1 and STR R0, R6, #0
; expect 19:9 error E001: CMP is no instruction of the LC-3
;   hint: subtract, and branch on the result's sign: BRn, BRz, BRp
; expect 20:9 error E001: XYZZY is no instruction of the LC-3
; expect 21:9 error E001: ORIG is no instruction of the LC-3
;   hint: did you mean .ORIG?
; expect 22:9 warning W114: RETURN is taken for a label, and nothing refers to it
;   hint: it is no instruction of the LC-3: return with RET
; expect 23:9 warning W114: CALL is taken for a label, and nothing refers to it
;   hint: it is no instruction of the LC-3: call a subroutine with JSR LABEL; it returns with RET
; expect 24:9 error E022: HALTT would be taken for a label, not for HALT
;   hint: did you mean HALT? If HALTT is a label, nothing refers to it
; expect 26:9 error E023: an instruction is missing before R0
; expect 27:9 error E023: an instruction is missing before #5
; expect 28:11 warning W102: a comma before the instruction
; expect 28:11 warning W110: after this the data behind it is executed
;   29:9 this is no instruction
;   hint: end the program with HALT and a subroutine with RET; keep data behind them
