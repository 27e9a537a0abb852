; Labels that are too far away, each with its own way out.
        .ORIG x3000
        BRz FAR
        LD R0, FAR
        LDI R0, FAR
        ST R0, FAR
        STI R0, FAR
        LEA R0, FAR
        JSR FARTHER
        BR EDGE         ; the last word that BR reaches: 255 words
        BR BEYOND
        HALT
        .BLKW 253
EDGE    .FILL 0
BEYOND  .FILL 0
FAR     .FILL 0
        .BLKW 800
FARTHER .FILL 0
        LD R0, FAR
        HALT
        .END

; expect 3:13 error E006: FAR is too far away: 264 words, and BR reaches -256 to +255
;   16:1 FAR is x3109, and the next instruction x3001
;   hint: put the address nearby and jump through a register: LD R1, NEAR / JMP R1, | with NEAR .FILL FAR close by; a condition is asked by branching around it
; expect 4:16 error E006: FAR is too far away: 263 words, and LD reaches -256 to +255
;   16:1 FAR is x3109, and the next instruction x3002
;   hint: go through an address close by: LDI R0, NEAR, with NEAR .FILL FAR
; expect 5:17 error E006: FAR is too far away: 262 words, and LDI reaches -256 to +255
;   16:1 FAR is x3109, and the next instruction x3003
;   hint: move FAR closer: data may stand behind any HALT, RET, JMP or BR
; expect 6:16 error E006: FAR is too far away: 261 words, and ST reaches -256 to +255
;   16:1 FAR is x3109, and the next instruction x3004
;   hint: go through an address close by: STI R0, NEAR, with NEAR .FILL FAR
; expect 7:17 error E006: FAR is too far away: 260 words, and STI reaches -256 to +255
;   16:1 FAR is x3109, and the next instruction x3005
;   hint: move FAR closer: data may stand behind any HALT, RET, JMP or BR
; expect 8:17 error E006: FAR is too far away: 259 words, and LEA reaches -256 to +255
;   16:1 FAR is x3109, and the next instruction x3006
;   hint: load the address instead: LD R0, NEAR, with NEAR .FILL FAR close by
; expect 9:13 error E006: FARTHER is too far away: 1059 words, and JSR reaches -1024 to +1023
;   18:1 FARTHER is x342A, and the next instruction x3007
;   hint: call through a register: LD R1, NEAR / JSRR R1, with NEAR .FILL FARTHER close by
; expect 19:16 error E006: FAR is too far away: -803 words, and LD reaches -256 to +255
;   16:1 FAR is x3109, and the next instruction x342C
;   hint: go through an address close by: LDI R0, NEAR, with NEAR .FILL FAR
