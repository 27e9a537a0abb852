;*****************************************************
;  Lab 4 - multiply two numbers    (works!! dont touch)
;*****************************************************
.orig x3000
	AND R0,R0,#0 ;clear
	and r1 r1 #0
	AND	R2,R2,#0,
; load the two numbers
	LD R1, firstNum
	ld R2 secondnum
Loop:	ADD R0,R0,R1      ; add again
	ADD R2 , R2 , -1
	BRp loop          ;keep going
	ST r0, RESULT
	halt

firstNum .fill #6
SecondNum .FILL 7
RESULT	.BLKW 1
.end

; expect 6:9 warning W101: a comma is missing before r1
;   hint: some assemblers refuse operands without commas between them
; expect 7:14 warning W102: a comma with nothing behind it
; expect 10:8 warning W101: a comma is missing before secondnum
;   hint: some assemblers refuse operands without commas between them
