; Several parts, and where they may not be.
        .ORIG x0180
        .FILL ISR
        .END
        .ORIG x3000
MAIN    HALT
        .BLKW 10
        .ORIG x3005
        .FILL 1
        .END
        .ORIG x1000
ISR     RTI
        .END
        .ORIG xFDFF
        .FILL 1
        .FILL 2
        .END
        .ORIG xFE00
KBSR    .FILL 0
        .END
        .ORIG xF000
        .BLKW xFFF
        .BLKW 2
        .END
LATE    .ORIG x5000
        HALT
        .END

; expect 8:9 warning W113: the last .ORIG has no .END yet
;   5:9 it begins here
;   hint: end each part with .END before the next .ORIG
; expect 9:9 error E016: x3005 is taken already
;   5:1 by the part that begins here
;   hint: give this part another .ORIG: the other one has x3000 to x300A
; expect 12:9 note N203: x1000 is in the system's memory, below x3000
; expect 16:9 error E018: the addresses from xFE00 on are the devices' registers
;   hint: code and data of users have x3000 to xFDFF
; expect 18:15 error E018: the addresses from xFE00 on are the devices' registers
;   hint: code and data of users have x3000 to xFDFF
; expect 22:9 error E018: the addresses from xFE00 on are the devices' registers
;   hint: code and data of users have x3000 to xFDFF
; expect 22:9 error E016: xFDFF is taken already
;   14:1 by the part that begins here
;   hint: give this part another .ORIG: the other one has xFDFF to xFDFF
; expect 25:1 warning W118: a label before .ORIG means the first address behind it
