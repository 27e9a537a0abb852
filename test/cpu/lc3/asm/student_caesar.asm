; caesar cipher,   ECE 198 mp2
; reads letters until enter, prints them shifted by three
	.ORIG	x3000
	LEA	R0, PROMPT
	PUTS

again
	GETC
	ADD	R1, R0, #-10	; enter?
	BRz	finished
	; only capital letters
	LD	R2, NEGA
	ADD	R3, R0, R2
	BRn	again
	LD	R2, NEGZ
	ADD	R3, R0, R2
	BRp	again
	ADD	R0, R0, #3
	LD	R2, NEGZ
	ADD	R3, R0, R2
	BRnz	show
	LD	R2, MINUS26
	ADD	R0, R0, R2
show	OUT
	BRnzp	again

finished
	HALT

PROMPT	.STRINGZ	"Text (capitals; enter ends): "
NEGA	.FILL	x-41
NEGZ	.FILL	xFFA6	; -'Z'
MINUS26	.FILL	#-26

; expect 33:9 note N201: there is no .END behind this
;   hint: some assemblers refuse a source without it
