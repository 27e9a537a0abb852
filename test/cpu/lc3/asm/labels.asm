; Labels that cannot be, are not there, or are there twice.
        .ORIG x3000
LOOP    ADD R0, R0, #1
        BRp LOPO
        LD R0, VALEU
        LD R1, NOWHERE
        LD R1, VALUE+1
        LEA R0, HIDDEN
loop    HALT
VALUE   .FILL 3
VALUE   .FILL 4
R3      .FILL 5
R9      .FILL R9
xADD    .FILL 6
b1      .FILL b1
ADD     .FILL 7
IN      LD R0, VALUE
HALT:   .FILL 8
12      .FILL 9
MY-LABEL .FILL 10
        .END
HIDDEN  .FILL 11

; expect 4:13 error E007: there is no label LOPO
;   3:1 LOOP is defined here
;   hint: did you mean LOOP?
; expect 5:16 error E007: there is no label VALEU
;   10:1 VALUE is defined here
;   hint: did you mean VALUE?
; expect 6:16 error E007: there is no label NOWHERE
;   hint: a label is defined by writing it at the beginning of a line
; expect 7:16 error E007: there is no label VALUE+1
;   hint: the assembler does no arithmetic; give the address a label of its own
; expect 8:17 error E007: there is no label HIDDEN
;   22:1 it stands here, behind .END, where nothing counts
;   hint: move .END to the end of the source
; expect 9:1 error E008: the label loop is defined twice
;   3:1 first defined here
;   hint: capitals and small letters make no difference in labels
; expect 11:1 error E008: the label VALUE is defined twice
;   10:1 first defined here
;   hint: capitals and small letters make no difference in labels
; expect 12:1 error E009: R3 is a register and cannot be a label
;   hint: give the label a longer name
; expect 13:1 warning W104: the label R9 looks like a register
;   hint: the registers are R0 to R7
; expect 14:1 error E010: xADD looks like a hexadecimal number
;   hint: a label must not be x and nothing but digits and A to F: L_xADD
; expect 15:1 warning W105: the label b1 looks like a binary number
;   hint: here b1 now means the label; other assemblers differ
; expect 16:1 error E009: ADD is an instruction and cannot be a label
;   hint: call it ADD1, for instance
; expect 17:1 error E009: IN is an instruction and cannot be a label
;   hint: call it IN1, for instance
; expect 17:9 warning W110: after this the data behind it is executed
;   18:9 this is no instruction
;   hint: end the program with HALT and a subroutine with RET; keep data behind them
; expect 18:1 error E009: HALT is an instruction and cannot be a label
;   hint: call it HALT1, for instance
; expect 19:1 error E010: 12 is a number, not a label
;   hint: a line begins with a label or an instruction; labels begin with a letter
; expect 20:1 warning W103: the label MY-LABEL is refused by other assemblers
;   hint: use letters, digits behind the first letter, and _ in labels
; expect 22:1 warning W109: what stands behind .END is ignored
;   hint: .END is the end of the source; HALT stops the program
