		;; bubble sort, array of 5 at x4000
.ORIG x3000
	LD R6 N
OUTER	LD R5, ARR
	ADD R4, R6, #-1
	BRnz FIN
	ADD R3, R4, #0
INNER	LDR R0,R5,#0
	LDR R1,R5,#1
	NOT R2,R1
	ADD R2,R2,#1
	ADD R2,R0,R2		; R0 - R1
	BRnz NOSWAP
	STR R1,R5,#0
	STR R0,R5,#1
NOSWAP
	ADD R5,R5,#1
	ADD R3,R3,#-1
	BRp INNER
	ADD R6,R6,#-1
	BRnzp OUTER
FIN	TRAP x25
N	.FILL 5
ARR	.FILL x4000
.END
.ORIG x4000
	.FILL 9
	.FILL -3
	.FILL 0x7F
	.FILL #0
	.FILL x2
.END

; expect 3:8 warning W101: a comma is missing before N
;   hint: some assemblers refuse operands without commas between them
; expect 29:8 note N202: 0x7F is written without the 0 in LC-3 assembly
;   hint: write x7F; some assemblers refuse the 0
