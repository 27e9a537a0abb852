; Directives.
        .ORIG
        HALT
        .END
        .ORIG x12345
        HALT
        .END
        .ORIG START
        HALT
        .END
        .ORIG 3000
        .FILL
        .FILL 1, 2
        .FIL 3
        .BLKW
        .BLKW 0
        .BLKW -5
        .BLKW ten
        .WORD 5
        .ASCIIZ "text"
        .SPACE 10
        .EXTERNAL printf
        .STOP
        .FOO
        .END

; expect 2:9 error E002: .ORIG needs an address
;   hint: programs of users begin at x3000: .ORIG x3000
; expect 5:15 error E021: x12345 is no address
;   hint: addresses go from x0000 to xFFFF; programs of users begin at x3000
; expect 8:15 error E003: .ORIG needs a number, not START
;   hint: numbers are written #10, #-10, x1F or b101
; expect 11:15 note N203: decimal 3000 is x0BB8, in the system's memory
;   hint: did you mean x3000?
; expect 12:9 error E002: .FILL needs a number or a label
;   hint: .FILL 0 puts a zero there
; expect 13:18 error E002: .FILL has one operand, and here are 2
;   hint: write a line for each
; expect 14:9 error E014: there is no directive .FIL
;   hint: did you mean .FILL?
; expect 15:9 error E002: .BLKW needs the number of words to reserve
;   hint: .BLKW 10 reserves ten
; expect 16:15 warning W106: a block of no words reserves nothing
;   hint: some assemblers refuse it
; expect 17:15 error E020: a block cannot have -5 words
; expect 18:15 error E003: .BLKW needs a number, not ten
;   hint: numbers are written #10, #-10, x1F or b101
; expect 19:9 error E014: there is no directive .WORD
;   hint: put a number into memory with LABEL .FILL 5
; expect 20:9 error E014: there is no directive .ASCIIZ
;   hint: put a string into memory with LABEL .STRINGZ "text"
; expect 21:9 error E014: there is no directive .SPACE
;   hint: reserve words with LABEL .BLKW 10
; expect 22:9 error E024: programs of several files are not linked
;   hint: put all of it into one source
; expect 23:9 error E014: there is no directive .STOP
;   hint: HALT stops the program; .END is the end of its source
; expect 24:9 error E014: there is no directive .FOO
;   hint: there are .ORIG, .FILL, .BLKW, .STRINGZ and .END
