# A floppy disk that tries its own drive: through the BIOS, and past it by DMA and by PIO. It writes
# and formats tracks 60 to 66 of itself. As in ../pctest, whose boot sector and harness it uses, it
# prints a line for each test to screen and port E9h, and the number of failures to port F4h.
#
#     6000h   BUFFER, two sectors     6400h   OTHER, likewise     7C00h   this; the stack below
#
# Built by build.sh. Sources: [82077AA]; the BIOS's services as in Ralf Brown's interrupt list.
    .code16
    .text

    .equ BUFFER, 0x6000
    .equ OTHER, 0x6400
    .equ BYTES, 1024
    .equ TICKS, 0x46C               # of the BIOS, 18.2 a second

    .equ DOR, 0x3F2
    .equ MSR, 0x3F4
    .equ DATA, 0x3F5
    .equ CCR, 0x3F7

    .equ SECTORS, (end - _start + 511) / 512

    .include "boot.S"
    .include "harness.S"
    .include "screen.S"

# --- what the tests share ---

# BUFFER: C H R N of each sector of track AL, for formatting. Changes CX, DI.
put_ids:
    mov $BUFFER, %di
    mov $1, %cx
1:  mov %al, (%di)
    movb $0, 1(%di)
    mov %cl, 2(%di)
    movb $2, 3(%di)
    add $4, %di
    inc %cx
    cmp $18, %cx
    jbe 1b
    ret

# Fills BUFFER with a pattern that begins with AL.
fill:
    push %cx
    push %di
    mov $BUFFER, %di
    mov $BYTES, %cx
1:  stosb
    add $7, %al
    loop 1b
    pop %di
    pop %cx
    ret

clear_other:
    mov $OTHER, %di
    mov $BYTES / 2, %cx
    xor %ax, %ax
    rep stosw
    ret

# ZF: both buffers are the same.
compare:
    mov $BUFFER, %si
    mov $OTHER, %di
    mov $BYTES / 2, %cx
    repe cmpsw
    ret

# INT 13h service AX (AL sectors) at BX, CH cylinder, CL sector, DH head of drive A.
bios:
    xor %dl, %dl
    int $0x13
    ret

# --- through the BIOS ---

bios_knows_the_drive:
    mov $8, %ah
    push %es                        # the service returns a pointer in it
    call bios
    pop %es
    NEED nc, 1
    cmp $4, %bl                     # 1.44 MB
    NEED e, 2
    cmp $0x4F12, %cx                # 80 cylinders, 18 sectors
    NEED e, 3
    cmp $1, %dh
    NEED e, 4
    mov $0x15, %ah
    call bios
    NEED nc, 5
    cmp $3, %ah                     # a floppy drive, with or without change line
    NEED b, 6
    cmp $0, %ah
    NEED ne, 7
    ret

bios_writes_and_reads:
    mov $0x31, %al
    call fill
    mov $0x0302, %ax
    mov $BUFFER, %bx
    mov $60 << 8 | 17, %cx
    mov $1, %dh
    call bios
    NEED nc, 1
    call clear_other
    mov $0x0202, %ax
    mov $OTHER, %bx
    mov $60 << 8 | 17, %cx
    mov $1, %dh
    call bios
    NEED nc, 2
    call compare
    NEED e, 3
    mov $0x0412, %ax                # verify the track
    mov $60 << 8 | 1, %cx
    mov $1, %dh
    call bios
    NEED nc, 4
    ret

bios_formats:
    mov $61, %al
    call put_ids
    mov $0x0512, %ax
    mov $BUFFER, %bx
    mov $61 << 8 | 1, %cx
    mov $0, %dh
    call bios
    NEED nc, 1
    mov $0x0202, %ax
    mov $OTHER, %bx
    mov $61 << 8 | 17, %cx
    mov $0, %dh
    call bios
    NEED nc, 2
    mov $OTHER, %di
    mov $BYTES, %cx
    mov $0xF6, %al
    repe scasb
    NEED e, 3
    ret

bios_refuses_what_is_not_there:
    mov $0x0201, %ax
    mov $OTHER, %bx
    mov $60 << 8 | 19, %cx
    mov $0, %dh
    call bios
    NEED c, 1
    cmp $0, %ah
    NEED ne, 2
    ret

# --- past the BIOS ---

# Our interrupt 0Eh: moves the bytes of a PIO transfer at DI, else sets the flag.
interrupt:
    push %ax
    push %dx
    mov $MSR, %dx
1:  in %dx, %al
    mov %al, %ah
    and $0xA0, %ah                  # RQM, and the execution of PIO
    cmp $0xA0, %ah
    jne 3f
    test $0x40, %al
    mov $DATA, %dx
    jz 2f
    in %dx, %al
    mov %al, %cs:(%di)
    jmp 4f
2:  mov %cs:(%di), %al
    out %al, %dx
4:  inc %di
    incw %cs:byte_interrupts
    jmp 5f                          # one interrupt, one byte
3:  movb $1, %cs:has_interrupt
5:  mov $0x20, %al
    out %al, $0x20
    pop %dx
    pop %ax
    iret

has_interrupt: .byte 0
byte_interrupts: .word 0
old_vector: .long 0

take_interrupt:
    cli
    mov 0x38, %eax
    mov %eax, old_vector
    movl $interrupt, 0x38
    movb $0, has_interrupt
    in $0x21, %al
    and $0xBF, %al
    out %al, $0x21
    sti
    ret

give_back:
    cli
    mov old_vector, %eax
    mov %eax, 0x38
    sti
    xor %ah, %ah                    # the BIOS resets the controller
    jmp bios

# CF: no interrupt within two seconds.
wait_interrupt:
    mov TICKS, %bp
1:  cmpb $0, has_interrupt
    jne 2f
    mov TICKS, %ax
    sub %bp, %ax
    cmp $37, %ax
    jb 1b
    stc
    ret
2:  movb $0, has_interrupt
    clc
    ret

# AL goes to the controller; CF: it takes nothing.
send:
    push %cx
    push %dx
    push %ax
    mov $MSR, %dx
    xor %cx, %cx
1:  in %dx, %al
    and $0xC0, %al
    cmp $0x80, %al
    loopne 1b
    pop %ax
    stc
    jne 2f
    mov $DATA, %dx
    out %al, %dx
    clc
2:  pop %dx
    pop %cx
    ret

# A byte of the result in AL; CF: there is none.
receive:
    push %cx
    push %dx
    mov $MSR, %dx
    xor %cx, %cx
1:  in %dx, %al
    and $0xC0, %al
    cmp $0xC0, %al
    loopne 1b
    stc
    jne 2f
    mov $DATA, %dx
    in %dx, %al
    clc
2:  pop %dx
    pop %cx
    ret

# The command at SI: its length, and its bytes.
command:
    movzbw (%si), %cx
1:  inc %si
    mov (%si), %al
    call send
    jc 2f
    loop 1b
2:  ret

# SENSE INTERRUPT STATUS: ST0 in AL, the cylinder in AH.
sense:
    mov $0x08, %al
    call send
    call receive
    jc 1f
    mov %al, %bl
    call receive
    mov %al, %ah
    mov %bl, %al
1:  ret

# Seven bytes of result to `result`.
results:
    push %di
    mov $result, %di
    mov $7, %cx
1:  call receive
    jc 2f
    stosb
    loop 1b
2:  pop %di
    ret

result: .space 7

# Waits for the end of a transfer; the first two bytes of its result must be AX.
finish_transfer:
    push %ax
    call wait_interrupt
    pop %ax
    jc 1f
    push %ax
    call results
    pop %ax
    jc 1f
    cmp %ax, result
    je 1f
    stc
1:  ret

# Channel 2 for CX bytes at BX with mode AL.
set_dma:
    push %ax
    mov $6, %al
    out %al, $0x0A
    out %al, $0x0C
    pop %ax
    out %al, $0x0B
    mov %bl, %al
    out %al, $0x04
    mov %bh, %al
    out %al, $0x04
    dec %cx
    mov %cl, %al
    out %al, $0x05
    mov %ch, %al
    out %al, $0x05
    xor %al, %al
    out %al, $0x81
    mov $2, %al
    out %al, $0x0A
    ret

# Resets the controller, and brings drive A to cylinder 62.
    .macro GET_READY specify
    call take_interrupt
    mov $DOR, %dx
    mov $0x10, %al
    out %al, %dx
    mov $0x1C, %al
    out %al, %dx
    call wait_interrupt
    NEED nc, 0x10
    call sense
    cmp $0xC0, %al
    NEED e, 0x11
    call sense
    cmp $0xC1, %al
    NEED e, 0x12
    call sense
    cmp $0xC2, %al
    NEED e, 0x13
    call sense
    cmp $0xC3, %al
    NEED e, 0x14
    mov $CCR, %dx
    xor %al, %al
    out %al, %dx
    mov $\specify, %si
    call command
    mov $recalibrate, %si
    call command
    call wait_interrupt
    NEED nc, 0x15
    call sense
    cmp $0x0020, %ax
    NEED e, 0x16
    mov $seek, %si
    call command
    call wait_interrupt
    NEED nc, 0x17
    call sense
    cmp $62 << 8 | 0x20, %ax
    NEED e, 0x18
    .endm

specify_dma: .byte 3, 0x03, 0xDF, 0x02
specify_pio: .byte 3, 0x03, 0xDF, 0x03
recalibrate: .byte 2, 0x07, 0x00
seek: .byte 3, 0x0F, 0x00, 62
write_dma: .byte 9, 0x45, 0x00, 62, 0, 4, 2, 18, 0x1B, 0xFF
read_dma: .byte 9, 0x46, 0x00, 62, 0, 4, 2, 18, 0x1B, 0xFF
read_id: .byte 2, 0x4A, 0x00
write_pio: .byte 9, 0x45, 0x00, 62, 0, 8, 2, 9, 0x1B, 0xFF
read_pio: .byte 9, 0x46, 0x00, 62, 0, 8, 2, 9, 0x1B, 0xFF
format: .byte 6, 0x4D, 0x00, 2, 18, 0x6C, 0xD7
verify: .byte 9, 0xD6, 0x00, 62, 0, 1, 2, 18, 0x1B, 0xFF
read_wrong: .byte 9, 0x46, 0x00, 61, 0, 1, 2, 18, 0x1B, 0xFF
read_missing: .byte 9, 0x46, 0x00, 62, 0, 19, 2, 19, 0x1B, 0xFF

controller_moves_by_dma:
    GET_READY specify_dma
    mov $0x52, %al
    call fill
    mov $0x4A, %al                  # memory to device
    mov $BUFFER, %bx
    mov $BYTES, %cx
    call set_dma
    mov $write_dma, %si
    call command
    mov $0x0000, %ax
    call finish_transfer
    NEED nc, 1
    cmpb $6, result + 5             # R: two sectors further
    NEED e, 2
    call clear_other
    mov $0x46, %al                  # device to memory
    mov $OTHER, %bx
    mov $BYTES, %cx
    call set_dma
    mov $read_dma, %si
    call command
    mov $0x0000, %ax
    call finish_transfer
    NEED nc, 3
    call compare
    NEED e, 4
    in $0x08, %al
    test $0x04, %al                 # TC of channel 2
    NEED nz, 5
    mov $read_id, %si
    call command
    mov $0x0000, %ax
    call finish_transfer
    NEED nc, 6
    cmpb $62, result + 3
    NEED e, 7
    call give_back
    NEED nc, 8
    call clear_other                # and the BIOS sees the same
    mov $0x0202, %ax
    mov $OTHER, %bx
    mov $62 << 8 | 4, %cx
    mov $0, %dh
    call bios
    NEED nc, 9
    call compare
    NEED e, 10
    ret

controller_moves_by_pio:
    GET_READY specify_pio
    mov $0x73, %al
    call fill
    movw $0, byte_interrupts
    mov $BUFFER, %di
    mov $write_pio, %si
    call command
    mov $0x8040, %ax                # there is no TC: the end of the cylinder
    call finish_transfer
    NEED nc, 1
    cmp $BUFFER + BYTES, %di
    NEED e, 2
    call clear_other
    mov $OTHER, %di
    mov $read_pio, %si
    call command
    mov $0x8040, %ax
    call finish_transfer
    NEED nc, 3
    cmp $OTHER + BYTES, %di
    NEED e, 4
    cmpw $2 * BYTES, byte_interrupts
    NEED e, 5
    call compare
    NEED e, 6
    call give_back
    NEED nc, 7
    ret

controller_formats_and_verifies:
    GET_READY specify_dma
    mov $62, %al
    call put_ids
    mov $0x4A, %al
    mov $BUFFER, %bx
    mov $72, %cx
    call set_dma
    mov $format, %si
    call command
    mov $0x0000, %ax
    call finish_transfer
    NEED nc, 1
    mov $verify, %si
    call command
    call wait_interrupt
    NEED nc, 2
    call results
    NEED nc, 3
    testb $0xC0, result
    NEED z, 4
    mov $0x46, %al
    mov $OTHER, %bx
    mov $BYTES, %cx
    call set_dma
    mov $read_dma, %si
    call command
    mov $0x0000, %ax
    call finish_transfer
    NEED nc, 5
    mov $OTHER, %di
    mov $BYTES, %cx
    mov $0xD7, %al
    repe scasb
    NEED e, 6
    call give_back
    NEED nc, 7
    ret

controller_says_what_is_wrong:
    GET_READY specify_dma
    mov $0x46, %al
    mov $OTHER, %bx
    mov $BYTES, %cx
    call set_dma
    mov $read_wrong, %si
    call command
    mov $0x0440, %ax                # no data
    call finish_transfer
    NEED nc, 1
    testb $0x10, result + 2         # the cylinder is another
    NEED nz, 2
    mov $read_missing, %si
    call command
    mov $0x0440, %ax
    call finish_transfer
    NEED nc, 3
    mov $0x1F, %al                  # no command
    call send
    NEED nc, 4
    call receive
    NEED nc, 5
    cmp $0x80, %al
    NEED e, 6
    call give_back
    NEED nc, 7
    ret

    .include "tests.S"

    .balign 2
tests:
    TEST bios_knows_the_drive
    TEST bios_writes_and_reads
    TEST bios_formats
    TEST bios_refuses_what_is_not_there
    TEST controller_moves_by_dma
    TEST controller_moves_by_pio
    TEST controller_formats_and_verifies
    TEST controller_says_what_is_wrong
    .word 0
    .text 1
    .balign 512
end:
