; What other assemblers refuse or read otherwise.
; options: -Wportable
        .ORIG x3000
START:  ADD R0, R0, 1
        LD R1, value
        NOP
        AND R2, R2, 'A'
        PUTC
A B     BRp start
        BRz A
        BRn B
        HALT
Value   .FILL #5
TEXT    .STRINGZ "\e[1m\x41\0\n"
        .END
        .ORIG x4000
        .FILL #1
        .END

; expect 4:1 warning W303: some assemblers take no colon behind a label
; expect 4:21 warning W301: some assemblers want # before a decimal number
;   hint: write #1
; expect 5:16 warning W302: value is spelt Value where it is defined
;   hint: some assemblers take capitals and small letters for different
; expect 6:9 warning W305: some assemblers take NOP for a label
; expect 7:21 warning W304: some assemblers take no character as a number
; expect 7:21 error E004: 'A' does not fit AND's imm5 of 5 bits, which goes from -16 to 15
;   hint: put it into memory, N .FILL 'A', load it with LD R1, N, and use R1
; expect 8:9 warning W305: some assemblers take PUTC for a label
; expect 9:3 warning W308: some assemblers take one label on a line only
; expect 9:13 warning W302: start is spelt START where it is defined
;   hint: some assemblers take capitals and small letters for different
; expect 14:19 warning W306: some assemblers do not know this escape
; expect 14:24 warning W306: some assemblers do not know this escape
; expect 14:28 warning W306: some assemblers do not know this escape
; expect 16:9 warning W307: some assemblers take the first .ORIG only
