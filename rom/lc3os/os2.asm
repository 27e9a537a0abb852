; The operating system of an LC-3 of the 2nd edition. Assembled by `make` into
; src/machine/lc3os.gen.c.
;
; TRAP puts the return address into R7 and changes nothing else: service routines run in the program's
; mode, keep its registers in memory, and end in RET. So R7 is lost, and N, Z, P are what a routine
; left. Interrupts and exceptions push PSR and PC, as in the 3rd edition. Vectors that are not given
; here are filled with the last of their table.

        .ORIG x0020
        .FILL T_GETC            ; x20 GETC   a key into R0, without echo
        .FILL T_OUT             ; x21 OUT    writes the character in R0
        .FILL T_PUTS            ; x22 PUTS   writes words from R0 on, up to x0000
        .FILL T_IN              ; x23 IN     prompts, a key into R0, with echo
        .FILL T_PUTSP           ; x24 PUTSP  writes words of two characters, low byte first
        .FILL T_HALT            ; x25 HALT
        .END

        .ORIG x00FF
        .FILL BAD_TRAP
        .END

        .ORIG x0100
        .FILL EX_PRIVILEGE      ; RTI in user mode
        .FILL EX_ILLEGAL        ; no instruction
        .END

        .ORIG x01FF
        .FILL BAD_INTERRUPT
        .END

; --- power-on: a user program at x3000 is started ---

        .ORIG x0200
RESET   LD R6, STACK
        LD R0, USER_PSR
        ADD R6, R6, #-1
        STR R0, R6, #0
        LD R0, USER_PC
        ADD R6, R6, #-1
        STR R0, R6, #0
        RTI
STACK   .FILL x3000
USER_PSR .FILL x8002            ; user mode, Z
USER_PC .FILL x3000

; --- keyboard and display ---

T_GETC  LDI R0, KBSR
        BRzp T_GETC
        LDI R0, KBDR
        RET

T_OUT   ST R7, KEPT_R7
        JSR WRITE
        LD R7, KEPT_R7
        RET

T_PUTS  ST R0, KEPT_R0
        ST R7, KEPT_R7
        JSR PRINT
        LD R0, KEPT_R0
        LD R7, KEPT_R7
        RET

T_IN    ST R7, KEPT_R7
        LEA R0, PROMPT
        JSR PRINT
IN_WAIT LDI R0, KBSR
        BRzp IN_WAIT
        LDI R0, KBDR
        ST R0, KEPT_R0
        JSR WRITE
        LD R0, NEWLINE
        JSR WRITE
        LD R0, KEPT_R0
        LD R7, KEPT_R7
        RET

; A byte of x00 ends the string, wherever in a word it is.
T_PUTSP ST R0, KEPT_R0
        ST R1, KEPT_R1
        ST R2, KEPT_R2
        ST R3, KEPT_R3
        ST R7, KEPT_R7
        ADD R1, R0, #0
SP_WORD LDR R2, R1, #0
        LD R0, LOW_BYTE
        AND R0, R0, R2
        BRz SP_END
        JSR WRITE
        AND R0, R0, #0          ; the high byte goes into R0 bit by bit
        AND R3, R3, #0
        ADD R3, R3, #8
SP_BIT  ADD R0, R0, R0
        ADD R2, R2, #0
        BRzp SP_ZERO
        ADD R0, R0, #1
SP_ZERO ADD R2, R2, R2
        ADD R3, R3, #-1
        BRp SP_BIT
        ADD R0, R0, #0
        BRz SP_END
        JSR WRITE
        ADD R1, R1, #1
        BRnzp SP_WORD
SP_END  LD R0, KEPT_R0
        LD R1, KEPT_R1
        LD R2, KEPT_R2
        LD R3, KEPT_R3
        LD R7, KEPT_R7
        RET

; Writes the character in R0; changes R7 only, as its caller's JSR does.
WRITE   ST R1, WRITE_R1
WAIT    LDI R1, DSR
        BRzp WAIT
        STI R0, DDR
        LD R1, WRITE_R1
        RET

; Writes the string at R0; changes R0 and R7.
PRINT   ST R1, PRINT_R1
        ST R7, PRINT_R7
        ADD R1, R0, #0
NEXT    LDR R0, R1, #0
        BRz ENDED
        JSR WRITE
        ADD R1, R1, #1
        BRnzp NEXT
ENDED   LD R1, PRINT_R1
        LD R7, PRINT_R7
        RET

KBSR    .FILL xFE00
KBDR    .FILL xFE02
DSR     .FILL xFE04
DDR     .FILL xFE06
MCR     .FILL xFFFE
STOPPED .FILL x7FFF
LOW_BYTE .FILL x00FF
NEWLINE .FILL x000A
KEPT_R0 .FILL #0
KEPT_R1 .FILL #0
KEPT_R2 .FILL #0
KEPT_R3 .FILL #0
KEPT_R7 .FILL #0
WRITE_R1 .FILL #0
PRINT_R1 .FILL #0
PRINT_R7 .FILL #0

; --- the end ---

T_HALT  LEA R0, HALTING
STOP    JSR PRINT
HALTED  LDI R0, MCR             ; bit 15 of MCR is the clock
        LD R1, STOPPED
        AND R0, R0, R1
        STI R0, MCR
        BRnzp HALTED            ; somebody has started the clock again

BAD_TRAP LEA R0, NO_TRAP
        BRnzp STOP
BAD_INTERRUPT LEA R0, NO_INTERRUPT
        BRnzp STOP
EX_PRIVILEGE LEA R0, PRIVILEGE
        BRnzp STOP
EX_ILLEGAL LEA R0, ILLEGAL
        BRnzp STOP

PROMPT  .STRINGZ "\nInput a character> "
HALTING .STRINGZ "\n\n--- Halting the LC-3 ---\n\n"
NO_TRAP .STRINGZ "\n\n--- There is no routine for this trap ---\n\n"
NO_INTERRUPT .STRINGZ "\n\n--- Nobody handles this interrupt ---\n\n"
PRIVILEGE .STRINGZ "\n\n--- RTI in user mode ---\n\n"
ILLEGAL .STRINGZ "\n\n--- This is no instruction ---\n\n"
        .END
