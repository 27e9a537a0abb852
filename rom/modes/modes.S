# A disk that shows every mode of a VGA and of its BIOS, one after the other; a key goes on.
#
# Each picture is a pattern that has every bit of every plane both ways. After the last one the
# screen says so, and nothing more happens. test/boot/modes_test.py looks at them. The order is that
# of `steps`, at the end.

    .code16
    .text
    .globl _start

    .set SECTORS, 16            # behind the boot sector; fit into one track of any disk
    .set INFO, 0x7000           # of a VBE mode, below the boot sector

_start:
    ljmp $0, $1f
1:  xor %ax, %ax
    mov %ax, %ds
    mov %ax, %es
    mov %ax, %ss
    mov $0x7000, %sp
    cld
    mov $0x0200 + SECTORS, %ax  # read: cylinder 0, head 0, sector 2; DL is the drive
    mov $0x0002, %cx
    xor %dh, %dh
    mov $0x7E00, %bx
    int $0x13
    jnc main
    hlt

    .org 0x1BE                  # one active partition, so that every BIOS takes it for a disk
    .byte 0x80, 0, 2, 0, 0x0C, 0, 17, 0
    .long 1, SECTORS
    .org 0x1FE
    .word 0xAA55

main:
    mov $steps, %si
1:  lodsw                       # handler, and its argument
    test %ax, %ax
    jz last
    mov %ax, %bx
    lodsw
    push %si
    mov %ax, %si
    call *%bx
    mov $'.', %al               # tells who listens that the picture is there
    out %al, $0xE9
    xor %ax, %ax
    mov %ax, %es
    xor %ah, %ah                # waits for a key
    int $0x16
    pop %si
    jmp 1b

last:
    mov $3, %ax
    int $0x10
    mov $text, %si
1:  lodsb
    test %al, %al
    jz 2f
    mov $0x0E, %ah
    mov $7, %bx
    int $0x10
    jmp 1b
2:  hlt
    jmp 2b
text:
    .asciz "That was the last mode."

# --- registers ---

crtc:                           # AL index, AH data
    mov $0x3D4, %dx
    out %ax, %dx
    ret
sequencer:
    mov $0x3C4, %dx
    out %ax, %dx
    ret
graphics:
    mov $0x3CE, %dx
    out %ax, %dx
    ret
attribute:                      # AL index, AH data; the screen stays on
    mov $0x3DA, %dx
    push %ax
    in %dx, %al
    pop %ax
    mov $0x3C0, %dx
    out %al, %dx
    mov %ah, %al
    out %al, %dx
    mov $0x20, %al
    out %al, %dx
    ret
unlock:                         # CRTC 0 to 7
    mov $0x0C11, %ax
    jmp crtc
pairs:                          # a list of index and data at SI, ended by FFh; DX is the port
    lodsw
    cmp $0xFF, %al
    je 1f
    out %ax, %dx
    jmp pairs
1:  ret

# --- patterns ---

hide:                           # the cursor
    mov $0x0100, %ax
    mov $0x2000, %cx
    int $0x10
    ret

fill_text:                      # 16 KiB at ES: every character, attributes without bit 7
    xor %di, %di
    mov $0x2000, %cx
1:  mov %di, %ax
    shr $1, %ax
    mov %ah, %bl
    mov %al, %ah
    shr $3, %ah
    add %bl, %ah
    and $0x7F, %ah
    stosw
    loop 1b
    ret

fill:                           # 64 KiB at ES with what offset and BX make
    xor %di, %di
    xor %cx, %cx
1:  mov %di, %ax
    shr $4, %ax
    add %di, %ax
    xor %bx, %ax
    xor %ah, %al
    stosb
    loop 1b
    ret

fill_planes:                    # all four of them
    mov $0xA000, %ax
    mov %ax, %es
    mov $0x0102, %ax
    mov $0x1234, %bx
1:  push %ax
    call sequencer
    call fill
    add $0x2B5D, %bx
    pop %ax
    shl $1, %ah
    cmp $0x10, %ah
    jne 1b
    mov $0x0F02, %ax
    jmp sequencer

# --- the BIOS's modes: SI is the mode ---

text_mode:
    mov %si, %ax
    int $0x10
    call hide
    mov $0xB800, %ax
    mov %ax, %es
    jmp fill_text
mono_mode:
    mov %si, %ax
    int $0x10
    call hide
    mov $0xB000, %ax
    mov %ax, %es
    jmp fill_text
cga_mode:
    mov %si, %ax
    int $0x10
    mov %si, %ax                # SeaBIOS needs it twice after mode 7: it programs the CRTC before
    int $0x10                   # the miscellaneous output that moves it
    mov $0xB800, %ax
    mov %ax, %es
    xor %bx, %bx
    xor %di, %di
    mov $0x4000, %cx
1:  mov %di, %ax
    xor %ah, %al
    stosb
    loop 1b
    ret
planar_mode:
    mov %si, %ax
    int $0x10
    jmp fill_planes
mode_13:
    mov $0x13, %ax
    int $0x10
    mov $0xA000, %ax
    mov %ax, %es
    xor %bx, %bx
    jmp fill

# --- 256 colours without chain-4; SI: pairs for the CRTC ---

unchained:
    mov $0x13, %ax
    int $0x10
    mov $0x0604, %ax
    call sequencer
    mov $0x0014, %ax
    call crtc
    mov $0xE317, %ax
    call crtc
    call unlock
    mov $0x3D4, %dx
    call pairs
    jmp fill_planes
mode_x:
    call unchained
    mov $0xE3, %al              # 480 lines
    jmp set_misc
mode_360:
    call unchained
    mov $0xE7, %al              # 480 lines, the faster clock
set_misc:
    mov $0x3C2, %dx
    out %al, %dx
    ret
crtc_400:
    .byte 0x09, 0x40, 0xFF, 0xFF
crtc_240:
    .byte 0x06, 0x0D, 0x07, 0x3E, 0x09, 0x41, 0x10, 0xEA, 0x11, 0x2C
    .byte 0x12, 0xDF, 0x15, 0xE7, 0x16, 0x06, 0xFF, 0xFF
crtc_360:
    .byte 0x00, 0x6B, 0x01, 0x59, 0x02, 0x5A, 0x03, 0x8E, 0x04, 0x5E, 0x05, 0x8A
    .byte 0x06, 0x0D, 0x07, 0x3E, 0x09, 0x40, 0x10, 0xEA, 0x11, 0x2C, 0x12, 0xDF
    .byte 0x13, 0x2D, 0x15, 0xE7, 0x16, 0x06, 0xFF, 0xFF

# A page behind the first, copied by the latches, forwards and backwards; the first is changed then,
# and its beginning comes again from line 400 on.
flipped:
    mov $crtc_240, %si
    call mode_x
    mov $0xA000, %ax
    mov %ax, %ds
    mov $0x4105, %ax            # write mode 1
    call graphics
    xor %si, %si
    mov $19200, %di
    mov $9600, %cx
    rep movsb
    mov $19199, %si
    mov $2 * 19200 - 1, %di
    mov $9600, %cx
    std
    rep movsb
    cld
    mov $0x4005, %ax
    call graphics
    xor %ax, %ax
    mov %ax, %ds
    mov $80 * 20, %di
    mov $80 * 20, %cx
    mov $0x2C, %al
    rep stosb
    mov $0x8F18, %ax            # line compare
    call crtc
    mov $0x0109, %ax
    call crtc
    mov $19200 >> 8 << 8 | 0x0C, %ax
    call crtc
    mov $(19200 & 0xFF) << 8 | 0x0D, %ax
    jmp crtc

# --- panning and splitting, in mode 12h ---

panned:                         # by 5 dots, 10 lines and a byte
    mov $0x12, %si
    call planar_mode
    mov $0x030C, %ax
    call crtc
    mov $0x210D, %ax
    call crtc
    mov $0x0513, %ax
    jmp attribute
split:                          # below line 150; SI: attribute 10h
    push %si
    call panned
    call unlock
    mov $0x9618, %ax            # line compare, with bits 8 and 9 clear
    call crtc
    mov $0x2E07, %ax
    call crtc
    mov $0x0009, %ax
    call crtc
    pop %ax
    jmp attribute
selected:                       # 16 of 256 colours, by colour select
    mov $0x12, %si
    call planar_mode
    mov $0x8110, %ax
    call attribute
    mov $0x0114, %ax
    call attribute
    mov $0x0712, %ax            # three planes
    jmp attribute
wide:                           # mode 0Dh on a picture twice as wide, from its second byte on
    mov $0x0D, %si
    call planar_mode
    mov $0x2813, %ax
    call crtc
    mov $0x010D, %ax
    jmp crtc

# --- text ---

rows_50:
    mov $3, %ax
    int $0x10
    mov $0x1112, %ax
    xor %bx, %bx
    int $0x10
    call hide
    mov $0xB800, %ax
    mov %ax, %es
    jmp fill_text
two_fonts:                      # the 8 x 8 one for characters with attribute bit 3
    mov $3, %si
    call text_mode
    mov $0x1102, %ax
    mov $1, %bx
    int $0x10
    mov $0x1103, %ax
    mov $0x04, %bx
    int $0x10
    mov $0x3D4, %dx
    mov $0x4F09, %ax            # loading has changed the height
    out %ax, %dx
    jmp hide
bright:                         # SI 0: bit 7 is a bright ground; 1: it blinks
    push %si
    mov $3, %si
    call text_mode
    pop %bx
    mov $0x1003, %ax
    int $0x10
    xor %di, %di
    mov $2000, %cx
1:  mov %di, %ax
    and $0xFF, %ax
    mov %al, %ah
    mov $0x41, %al
    stosw
    loop 1b
    ret
cursor:                         # SI: its lines
    push %si
    mov $3, %si
    call text_mode
    pop %cx
    mov $0x0100, %ax
    int $0x10
    mov $0x0200, %ax
    xor %bx, %bx
    mov $0x0508, %dx
    int $0x10
    ret
smooth:                         # text scrolled by 5 lines and 3 dots
    mov $3, %si
    call text_mode
    mov $0x0508, %ax
    call crtc
    mov $0x0313, %ax
    jmp attribute
eight_dots:                     # 640 dots of text
    mov $3, %si
    call text_mode
    mov $0x0101, %ax
    call sequencer
    mov $0x0013, %ax
    jmp attribute
underlined:                     # at line 12
    mov $3, %si
    call text_mode
    mov $0x0C14, %ax
    jmp crtc

dots_160:                       # 160 x 100 in 16 colours: the halves of a character four lines high
    mov $3, %si
    call text_mode
    mov $0x4309, %ax
    call crtc
    mov $0x0410, %ax
    call attribute
    xor %di, %di
    mov $8000, %cx
1:  mov %di, %ax
    shr $4, %ax
    add %di, %ax
    mov %al, %ah
    mov $0xDE, %al
    stosw
    loop 1b
    ret
rows_60:                        # 480 lines
    call rows_50
    call unlock
    mov $crtc_480, %si
    mov $0x3D4, %dx
    call pairs
    mov $0xE7, %al
    jmp set_misc
columns_132:
    mov $3, %si
    call text_mode
    mov $0x0101, %ax            # 8 dots
    call sequencer
    mov $0x0013, %ax
    call attribute
    call unlock
    mov $crtc_132, %si
    mov $0x3D4, %dx
    jmp pairs
crtc_480:
    .byte 0x06, 0x0B, 0x07, 0x3E, 0x10, 0xEA, 0x11, 0x8C, 0x12, 0xDF, 0x15, 0xE7, 0x16, 0x04
    .byte 0xFF, 0xFF
crtc_132:
    .byte 0x00, 0x9F, 0x01, 0x83, 0x02, 0x84, 0x03, 0x82, 0x04, 0x8A, 0x05, 0x9E, 0x13, 0x42
    .byte 0xFF, 0xFF

# --- VBE: SI is the mode ---

vbe_set:
    mov $0x4F01, %ax
    mov %si, %cx
    mov $INFO, %di
    int $0x10
    mov $0x4F02, %ax
    mov %si, %bx
    int $0x10
    ret
vbe_banks:                      # CX of them are filled
    mov $0xA000, %ax
    mov %ax, %es
    xor %dx, %dx
1:  push %cx
    push %dx
    mov $0x4F05, %ax
    xor %bx, %bx
    int $0x10
    mov %dx, %bx
    imul $0x3713, %bx, %bx
    call fill
    pop %dx
    pop %cx
    inc %dx
    loop 1b
    ret
vbe:
    call vbe_set
    mov INFO + 16, %ax          # bytes a line, lines
    mulw INFO + 20
    mov %dx, %cx
    inc %cx
    jmp vbe_banks
vbe_planar:
    call vbe_set
    xor %dx, %dx
1:  push %dx
    mov $0x4F05, %ax
    xor %bx, %bx
    int $0x10
    call fill_planes
    pop %dx
    inc %dx
    cmp $2, %dx
    jne 1b
    ret
vbe_virtual:                    # a part of a larger screen
    mov $0x101, %si
    call vbe_set
    mov $0x4F06, %ax
    xor %bx, %bx
    mov $1024, %cx
    int $0x10
    mov $12, %cx
    call vbe_banks
    mov $0x4F07, %ax
    xor %bx, %bx
    mov $104, %cx
    mov $77, %dx
    int $0x10
    ret

# --- all ---

steps:
    .word text_mode, 0x00, text_mode, 0x01, text_mode, 0x02, text_mode, 0x03, mono_mode, 0x07
    .word cga_mode, 0x04, cga_mode, 0x05, cga_mode, 0x06
    .word planar_mode, 0x0D, planar_mode, 0x0E, planar_mode, 0x0F, planar_mode, 0x10
    .word planar_mode, 0x11, planar_mode, 0x12, mode_13, 0x13
    .word unchained, crtc_400, mode_x, crtc_240, mode_360, crtc_360
    .word flipped, 0
    .word panned, 0, split, 0x0110, split, 0x2110, selected, 0, wide, 0
    .word rows_50, 0, two_fonts, 0, bright, 0, bright, 1, cursor, 0x0D0E, cursor, 0x0004
    .word smooth, 0, eight_dots, 0, underlined, 0
    .word dots_160, 0, rows_60, 0, columns_132, 0
    .word vbe_planar, 0x102, vbe_planar, 0x104
    .word vbe, 0x100, vbe, 0x101, vbe, 0x103, vbe, 0x105, vbe, 0x107
    .word vbe, 0x10D, vbe, 0x110, vbe, 0x113, vbe, 0x111, vbe, 0x114, vbe, 0x11A
    .word vbe, 0x112, vbe, 0x115, vbe, 0x118, vbe, 0x140, vbe, 0x142, vbe, 0x144
    .word vbe_virtual, 0
    .word 0
    .org (SECTORS + 1) * 512
