; Catch three stars. w a s d move you (@) on a field of 16 x 8, q gives up.
;
; The field is drawn with escape sequences, which terminals understand: ESC [2J clears the screen,
; ESC [row;columnH puts the cursor somewhere.
        .ORIG x3000
        LD R6, STACK
        LEA R0, CLEAR
        PUTS
        JSR NEW_STAR
        BRnzp DRAW

; --- one turn: R4 and R5 are where you are, column and row from 0 ---

TURN    GETC
        LD R1, MINUS_Q
        ADD R1, R0, R1
        BRz GIVE_UP
        LD R2, YOU_X            ; where you were is blank now
        LD R3, YOU_Y
        ADD R4, R2, #0
        ADD R5, R3, #0
        LD R1, MINUS_A
        ADD R1, R0, R1
        BRnp NOT_A
        ADD R4, R4, #-1
NOT_A   LD R1, MINUS_D
        ADD R1, R0, R1
        BRnp NOT_D
        ADD R4, R4, #1
NOT_D   LD R1, MINUS_W
        ADD R1, R0, R1
        BRnp NOT_W
        ADD R5, R5, #-1
NOT_W   LD R1, MINUS_S
        ADD R1, R0, R1
        BRnp NOT_S
        ADD R5, R5, #1
NOT_S   AND R4, R4, #15         ; out on one side is in on the other
        AND R5, R5, #7
        LD R0, BLANK
        JSR PUT_AT
        ST R4, YOU_X
        ST R5, YOU_Y
        LD R1, STAR_X
        NOT R1, R1
        ADD R1, R1, #1
        ADD R1, R1, R4
        BRnp DRAW
        LD R1, STAR_Y
        NOT R1, R1
        ADD R1, R1, #1
        ADD R1, R1, R5
        BRnp DRAW
        LD R1, CAUGHT
        ADD R1, R1, #1
        ST R1, CAUGHT
        ADD R1, R1, #-3
        BRz WON
        JSR NEW_STAR
DRAW    LD R0, STAR
        LD R2, STAR_X
        LD R3, STAR_Y
        JSR PUT_AT
        LD R0, YOU
        LD R2, YOU_X
        LD R3, YOU_Y
        JSR PUT_AT
        BRnzp TURN

WON     LEA R0, WON_TEXT
        PUTS
        HALT
GIVE_UP LEA R0, LOST_TEXT
        PUTS
        HALT

YOU_X   .FILL #8
YOU_Y   .FILL #4
STAR_X  .FILL #0
STAR_Y  .FILL #0
CAUGHT  .FILL #0
STACK   .FILL xFE00
YOU     .FILL x40
STAR    .FILL x2A
BLANK   .FILL x20
MINUS_Q .FILL #-113
MINUS_A .FILL #-97
MINUS_D .FILL #-100
MINUS_W .FILL #-119
MINUS_S .FILL #-115

; --- subroutines ---

; A star somewhere else: the seed goes through seed * 5 + 7, whose middle bits look random.
NEW_STAR LD R1, SEED
        ADD R2, R1, R1
        ADD R2, R2, R2
        ADD R1, R1, R2
        ADD R1, R1, #7
        ST R1, SEED
        AND R2, R1, #15
        ST R2, STAR_X
        AND R2, R2, #0          ; the row is bits 11:9, turned out on the left into R2
        ADD R1, R1, R1
        ADD R1, R1, R1
        ADD R1, R1, R1
        ADD R1, R1, R1
        AND R3, R3, #0
        ADD R3, R3, #3
ROW_BIT ADD R2, R2, R2
        ADD R1, R1, #0
        BRzp ROW_ZERO
        ADD R2, R2, #1
ROW_ZERO ADD R1, R1, R1
        ADD R3, R3, #-1
        BRp ROW_BIT
        ST R2, STAR_Y
        RET
SEED    .FILL #2005

; Puts the character in R0 at column R2 and row R3.
PUT_AT  ADD R6, R6, #-2
        STR R7, R6, #0
        STR R0, R6, #1
        LEA R0, ESCAPE
        PUTS
        ADD R1, R3, #1
        JSR PRINT_2
        LD R0, SEMICOLON
        OUT
        ADD R1, R2, #1
        JSR PRINT_2
        LD R0, LETTER_H
        OUT
        LDR R0, R6, #1
        OUT
        LDR R7, R6, #0
        ADD R6, R6, #2
        RET

; Two digits of R1, which is below 100. Changes R0 and R1.
PRINT_2 ADD R6, R6, #-1
        STR R7, R6, #0
        LD R0, ZERO             ; counts the tens
TENS    ADD R1, R1, #-10
        BRn UNITS
        ADD R0, R0, #1
        BRnzp TENS
UNITS   OUT
        LD R0, ZERO
        ADD R0, R0, #10
        ADD R0, R0, R1
        OUT
        LDR R7, R6, #0
        ADD R6, R6, #1
        RET
SEMICOLON .FILL x3B
LETTER_H .FILL x48
ZERO    .FILL x30

ESCAPE  .STRINGZ "\e["
CLEAR   .STRINGZ "\e[2J"
WON_TEXT .STRINGZ "\e[10;1HYou caught them all.\n"
LOST_TEXT .STRINGZ "\e[10;1HPerhaps next time.\n"
        .END
