; name: ____   lab 2   "it says error and I dont know why"
	ORIG x3000
	LEA R0 hello
	PUTS
	LD R1, #COUNT
LOOP	ADD R1, R1, 1-
	BRp LOOP:
	MOV R2, R1
	ADD R2, R2, 100
	JMP END
	GETC;
	out
	LD R3, hello(R1)
	IF R1 = 0
	HLAT
hello	.STRINGZ “Hello world”
COUNT	.FILL #10
END	halt
	END

; expect 2:2 error E001: ORIG is no instruction of the LC-3
;   hint: did you mean .ORIG?
; expect 3:9 warning W101: a comma is missing before hello
;   hint: some assemblers refuse operands without commas between them
; expect 5:9 error E011: #COUNT is no number
;   hint: # is for numbers: write the label alone, COUNT
; expect 6:18 error E011: 1- is no number
;   hint: numbers are written #10, #-10, x1F or b101
; expect 8:2 error E001: MOV is no instruction of the LC-3
;   hint: copy a register with ADD R0, R1, #0
; expect 9:14 error E004: 100 does not fit ADD's imm5 of 5 bits, which goes from -16 to 15
;   hint: put it into memory, N .FILL 100, load it with LD R1, N, and use R1
; expect 10:6 error E003: JMP wants a register (R0 to R7) as BaseR, not a label
;   hint: BR END jumps to a label; JMP to the address in a register
; expect 13:9 error E007: there is no label hello(R1)
;   hint: the assembler does no arithmetic; give the address a label of its own
; expect 14:2 error E001: IF is no instruction of the LC-3
; expect 15:2 error E022: HLAT would be taken for a label, not for HALT
;   hint: did you mean HALT? If HLAT is a label, nothing refers to it
; expect 16:16 error E003: .STRINGZ needs a string in double quotes
;   hint: the quotes must be plain ones: .STRINGZ "text"
; expect 19:2 error E022: END would be taken for a label, not for .END
;   hint: did you mean .END? If END is a label, nothing refers to it
; expect 19:2 note N201: there is no .END behind this
;   hint: some assemblers refuse a source without it
