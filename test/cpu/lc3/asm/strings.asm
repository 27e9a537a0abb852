; Strings.
        .ORIG x3000
        LEA R0, OPEN
        PUTS
        LD R0, GOOD
        PUTS
        HALT
OPEN    .STRINGZ "no end
LINES   .STRINGZ "first line
        second line
        third line"
BARE    .STRINGZ Hello
SINGLE  .STRINGZ 'Hello'
NOTHING .STRINGZ
ODD     .STRINGZ "100\% sure"
UMLAUT  .STRINGZ "Grüße"
GOOD    .STRINGZ "a \"quoted\" word; and \\ \n"
        "no directive"
        .END

; expect 5:9 warning W119: LD loads the string's first character, and PUTS takes it for an address
;   hint: LEA R0, GOOD puts the string's address into R0
; expect 8:18 error E013: the closing quote of this string is missing
;   hint: a string ends on the line on which it begins; \n in it is a new line
; expect 9:18 error E013: the closing quote of this string is missing
;   hint: a string ends on the line on which it begins; \n in it is a new line
; expect 12:18 error E003: .STRINGZ needs a string in double quotes
;   hint: .STRINGZ "text"
; expect 13:18 error E003: .STRINGZ needs a string in double quotes
;   hint: .STRINGZ "text"
; expect 14:9 error E002: .STRINGZ needs a string in double quotes
;   hint: .STRINGZ "text"
; expect 15:22 warning W107: this escape is unknown, and stays as it is written
;   hint: a backslash itself is written \\; known are \n \t \r \" \0 \e \x41
; expect 16:21 warning W108: this character becomes several words, its UTF-8 bytes
;   hint: other assemblers make other words of it
; expect 18:9 error E023: a string stands here without .STRINGZ
;   hint: write LABEL .STRINGZ "text"
