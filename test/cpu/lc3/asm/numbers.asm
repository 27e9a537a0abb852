; Numbers that do not fit, and words that are none.
        .ORIG x3000
        ADD R0, R0, #16
        ADD R0, R0, x1F
        ADD R0, R0, xFFFF
        AND R0, R0, #-17
        AND R0, R0, b11111
        LDR R0, R1, #32
        STR R0, R1, x3F
        TRAP x100
        TRAP #-1
        ADD R0, R0, #x5
        ADD R0, R0, #
        ADD R0, R0, 5h
        ADD R0, R0, 12AB
        ADD R0, R0, $5
        ADD R0, R0, 0x5
        .FILL 65536
        .FILL -32769
        .FILL xFFFFF
        .FILL 99999999999999999999
        .FILL "A"
        .FILL R1
        LD R0, x3050
        BR #300
        JSR x-401
        HALT
        .END

; expect 3:21 error E004: #16 does not fit ADD's imm5 of 5 bits, which goes from -16 to 15
;   hint: put it into memory, N .FILL #16, load it with LD R1, N, and use R1
; expect 4:21 error E004: x1F does not fit ADD's imm5 of 5 bits, which goes from -16 to 15
;   hint: x1F is 31; for these bits write the signed number #-1
; expect 5:21 error E004: xFFFF does not fit ADD's imm5 of 5 bits, which goes from -16 to 15
;   hint: write the signed number: #-1
; expect 6:21 error E004: #-17 does not fit AND's imm5 of 5 bits, which goes from -16 to 15
;   hint: put it into memory, N .FILL #-17, load it with LD R1, N, and use R1
; expect 7:21 error E004: b11111 does not fit AND's imm5 of 5 bits, which goes from -16 to 15
;   hint: b11111 is 31; for these bits write the signed number #-1
; expect 8:21 error E004: #32 does not fit LDR's offset6 of 6 bits, which goes from -32 to 31
;   hint: add it to the register first, and use the offset #0
; expect 9:21 error E004: x3F does not fit STR's offset6 of 6 bits, which goes from -32 to 31
;   hint: x3F is 63; for these bits write the signed number #-1
; expect 10:14 error E004: x100 does not fit TRAP's trapvect8 of 8 bits, which goes from 0 to 255
;   hint: trap vectors go from x00 to xFF: HALT is x25
; expect 11:14 error E004: #-1 does not fit TRAP's trapvect8 of 8 bits, which goes from 0 to 255
;   hint: trap vectors go from x00 to xFF: HALT is x25
; expect 12:21 error E011: #x5 is no number
;   hint: # is for decimal numbers: write x5
; expect 13:21 error E011: # is no number
;   hint: numbers are written #10, #-10, x1F or b101
; expect 14:21 error E011: 5h is no number
;   hint: hexadecimal numbers begin with x: x3000, not 3000h
; expect 15:21 error E011: 12AB is no number
;   hint: hexadecimal numbers begin with x: x12AB
; expect 16:21 error E011: $5 is no number
;   hint: hexadecimal numbers begin with x: x5
; expect 17:21 note N202: 0x5 is written without the 0 in LC-3 assembly
;   hint: write x5; some assemblers refuse the 0
; expect 18:15 error E019: 65536 does not fit a word
;   hint: a word has 16 bits: -32768 to 65535, or x0000 to xFFFF
; expect 19:15 error E019: -32769 does not fit a word
;   hint: a word has 16 bits: -32768 to 65535, or x0000 to xFFFF
; expect 20:15 error E019: xFFFFF does not fit a word
;   hint: a word has 16 bits: -32768 to 65535, or x0000 to xFFFF
; expect 21:15 error E019: 99999999999999999999 does not fit a word
;   hint: a word has 16 bits: -32768 to 65535, or x0000 to xFFFF
; expect 22:15 error E003: .FILL needs a number or a label, not "A"
;   hint: .STRINGZ is for strings
; expect 23:15 error E003: .FILL needs a number or a label, not R1
;   hint: R1 names something else
; expect 24:16 error E005: x3050 does not fit LD's PCoffset9 of 9 bits, which goes from -256 to 255
;   hint: a number here is a distance from the next instruction, not an address; | write a label, or put the address into a .FILL and use that
; expect 25:12 error E005: #300 does not fit BR's PCoffset9 of 9 bits, which goes from -256 to 255
;   hint: a number here is a distance from the next instruction, not an address; | write a label, or put the address into a .FILL and use that
; expect 26:13 error E005: x-401 does not fit JSR's PCoffset11 of 11 bits, which goes from -1024 to 1023
;   hint: a number here is a distance from the next instruction, not an address; | write a label, or put the address into a .FILL and use that
