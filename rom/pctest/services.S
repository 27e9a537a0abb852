# The BIOS's services: INT 10h and VESA, 13h, 16h, 1Ah, 15h.

# --- INT 10h ---

video_services:
    mov $3, %ax
    int $0x10
    mov $0x0F, %ah
    int $0x10
    cmp $0x5003, %ax                # 80 columns, mode 3
    NEED e, 1
    cmp $0, %bh
    NEED e, 2
    mov $2, %ah                     # the cursor to row 10, column 20
    mov $0x0A14, %dx
    xor %bx, %bx
    int $0x10
    mov $0x0941, %ax                # 'A' in colour 1Eh, three times
    mov $0x1E, %bx
    mov $3, %cx
    int $0x10
    mov $8, %ah
    xor %bx, %bx
    int $0x10
    cmp $0x1E41, %ax
    NEED e, 3
    mov $0xB800, %ax
    mov %ax, %es
    cmpw $0x1E41, %es:(10 * 80 + 22) * 2
    NEED e, 4
    mov $3, %ah
    xor %bx, %bx
    int $0x10
    cmp $0x0A14, %dx
    NEED e, 5
    mov $0x0601, %ax                # scroll up by a row
    mov $0x07, %bh
    xor %cx, %cx
    mov $0x184F, %dx
    int $0x10
    cmpw $0x1E41, %es:(9 * 80 + 20) * 2
    NEED e, 6
    push %ds
    pop %es
    mov $0x1301, %ax                # a string, and the cursor behind it
    mov $0x2F, %bx
    mov $finish_word_end - finish_word, %cx
    mov $0x0500, %dx
    mov $finish_word, %bp
    int $0x10
    mov $3, %ah
    xor %bx, %bx
    int $0x10
    cmp $0x0500 + finish_word_end - finish_word, %dx
    NEED e, 7
    mov $0x1A00, %ax
    int $0x10
    cmp $0x1A, %al
    NEED e, 8
    cmp $8, %bl                     # a VGA with a colour screen
    NEED e, 9
    mov $0x1130, %ax                # the font of 8 x 16
    mov $6, %bh
    int $0x10
    cmp $16, %cx
    NEED e, 10
    cmp $24, %dl
    NEED e, 11
    mov $0x1112, %ax                # 50 rows, and back
    xor %bx, %bx
    int $0x10
    cmpb $49, 0x484
    NEED e, 12
    mov $3, %ax
    int $0x10
    cmpb $24, 0x484
    NEED e, 13
    ret

# In each mode a pixel written by the BIOS is read back; in 13h it is where it belongs.
video_graphics_modes:
    mov $graphics_modes, %si
1:  lodsb
    test %al, %al
    jz 2f
    mov $0, %ah
    int $0x10
    mov $0x0C01, %ax
    xor %bx, %bx
    mov $101, %cx
    mov $51, %dx
    int $0x10
    mov $0x0D00, %ax
    int $0x10
    cmp $1, %al
    NEED e, 1
    jmp 1b
2:  mov $0x13, %ax
    int $0x10
    mov $0x0C2A, %ax
    xor %bx, %bx
    mov $319, %cx
    mov $199, %dx
    int $0x10
    mov $0xA000, %ax
    mov %ax, %es
    cmpb $0x2A, %es:63999
    NEED e, 2
    mov $0x1015, %ax                # palette entry 4 is red
    mov $4, %bx
    int $0x10
    cmp $0, %cx
    NEED e, 3
    cmp $42, %dh
    NEED e, 4
    mov $3, %ax
    int $0x10
    ret

graphics_modes: .byte 0x04, 0x06, 0x0D, 0x0E, 0x10, 0x11, 0x12, 0x13, 0

vesa_services:
    push %ds
    pop %es
    movl $0x32454256, BUFFER        # "VBE2": we want all of it
    mov $0x4F00, %ax
    mov $BUFFER, %di
    int $0x10
    cmp $0x4F, %ax
    NEED e, 1
    cmpl $0x41534556, BUFFER        # "VESA"
    NEED e, 2
    cmpw $0x200, BUFFER + 4
    NEED ae, 3
    cmpw $16, BUFFER + 18           # 64 KiB each
    NEED ae, 4
    lfs BUFFER + 14, %si            # the modes, 0FFFFh at the end: 101h is among them
1:  mov %fs:(%si), %ax
    add $2, %si
    cmp $0xFFFF, %ax
    NEED ne, 5
    cmp $0x101, %ax
    jne 1b
    mov $0x4F01, %ax                # 640 x 480, 256 colours
    mov $0x101, %cx
    mov $BUFFER, %di
    int $0x10
    cmp $0x4F, %ax
    NEED e, 6
    cmpl $480 << 16 | 640, BUFFER + 18
    NEED e, 7
    cmpb $8, BUFFER + 25
    NEED e, 8
    cmpl $0x80000000, BUFFER + 40   # the linear frame buffer
    NEED ae, 9
    mov $0x4F02, %ax
    mov $0x101, %bx
    int $0x10
    cmp $0x4F, %ax
    NEED e, 10
    mov $0x4F03, %ax
    int $0x10
    and $0x3FFF, %bx
    cmp $0x101, %bx
    NEED e, 11
    mov $0xA000, %ax
    mov %ax, %fs
    mov $3, %dx                     # banks of 64 KiB keep what is written
2:  call set_bank
    mov %dl, %fs:1234
    dec %dx
    jns 2b
    mov $3, %dx
3:  call set_bank
    cmp %fs:1234, %dl
    NEED e, 12
    dec %dx
    jns 3b
    mov $3, %ax
    int $0x10
    ret

set_bank:
    push %dx
    mov $0x4F05, %ax
    xor %bx, %bx
    int $0x10
    pop %dx
    ret

# --- INT 13h ---

disk_services:
    mov $1, %si                     # the second sector is our own
    mov $BUFFER, %bx
    call read_sector
    NEED nc, 1
    mov $BUFFER, %si
    mov $_start + 512, %di
    mov $64, %cx                    # what comes later are variables
    repe cmpsw
    NEED e, 2
    mov $0x15, %ah                  # a disk
    mov drive, %dl
    int $0x13
    NEED nc, 3
    mov $3, %bl
    cmpb $0x80, drive
    jae 1f
    mov $2, %bl                     # or a floppy disk with change line
1:  cmp %bl, %ah
    NEED e, 4
    mov $0, %ah
    mov drive, %dl
    int $0x13
    NEED nc, 5
    mov $0x0401, %ax                # verify
    mov $2, %cx
    mov $0, %dh
    mov drive, %dl
    int $0x13
    NEED nc, 6
    mov $1, %ah                     # the last status
    mov drive, %dl
    int $0x13
    cmp $0, %ah
    NEED e, 7
    ret

disk_extensions:
    mov $0x41, %ah
    mov $0x55AA, %bx
    mov drive, %dl
    int $0x13
    NEED nc, 1
    cmp $0xAA55, %bx
    NEED e, 2
    test $1, %cl
    NEED nz, 3
    movw $30, BUFFER
    mov $0x48, %ah
    mov drive, %dl
    mov $BUFFER, %si
    int $0x13
    NEED nc, 4
    cmpw $512, BUFFER + 24
    NEED e, 5
    cmpl $4096, BUFFER + 16
    NEED e, 6
    movl $4095, packet_sector       # the last sector
    mov $_start, %ax
    mov $0x4300, %bx
    call transfer
    NEED nc, 7
    mov $BUFFER, %ax
    mov $0x4200, %bx
    call transfer
    NEED nc, 8
    mov $_start, %si
    mov $BUFFER, %di
    mov $256, %cx
    repe cmpsw
    NEED e, 9
    movw $100, packet_count         # 50 KiB in one go
    movw $FAR_BUFFER, packet_buffer + 2
    movl $0, packet_sector
    mov $0, %ax
    mov $0x4200, %bx
    call transfer
    NEED nc, 10
    mov $FAR_BUFFER, %ax
    mov %ax, %es
    cmpw $0xAA55, %es:510
    NEED e, 11
    ret

disk_errors:
    movw $1, packet_count
    movw $0, packet_buffer + 2
    movl $4096, packet_sector       # behind the end
    mov $BUFFER, %ax
    mov $0x4200, %bx
    call transfer
    NEED c, 1
    mov $0x0201, %ax                # there is no sector 0
    mov $0, %cx
    mov $0, %dh
    mov drive, %dl
    mov $BUFFER, %bx
    int $0x13
    NEED c, 2
    cmp $1, %ah
    NEED e, 3
    mov $0x41, %ah                  # no such drive
    mov $0x55AA, %bx
    mov $0x8F, %dl
    int $0x13
    NEED c, 4
    ret

# Service BX for the packet's sectors and the buffer's offset AX.
transfer:
    mov %ax, packet_buffer
    mov %bx, %ax
    mov drive, %dl
    mov $packet, %si
    int $0x13
    ret

    .balign 4
packet:
    .word 16
packet_count: .word 1
packet_buffer: .word 0, 0
packet_sector: .long 0, 0

# --- INT 16h ---

keyboard_services:
    mov $1, %ah                     # nobody has typed
    int $0x16
    NEED z, 1
    mov $5, %ah
    mov $0x1E61, %cx                # 'a'
    int $0x16
    cmp $0, %al
    NEED e, 2
    mov $1, %ah
    int $0x16
    NEED nz, 3
    cmp $0x1E61, %ax
    NEED e, 4
    mov $0x10, %ah
    int $0x16
    cmp $0x1E61, %ax
    NEED e, 5
    mov $0x11, %ah
    int $0x16
    NEED z, 6
    mov $2, %ah                     # Shift, Ctrl, Alt
    int $0x16
    test $0x0F, %al
    NEED z, 7
    mov $0xD2, %al                  # the controller puts a scan code in as if typed: Enter
    call command_8042
    mov $0x1C, %al
    out %al, $0x60
    mov $0, %ah
    int $0x16
    cmp $0x1C0D, %ax
    NEED e, 8
    ret

# Ralf Brown's list, INT 15h AX=C2xx: the pointing device. Command D3h of the 8042 stands in for its
# movement, a byte at a time, each with IRQ 12.
mouse_services:
    mov $0xC205, %ax                # packets of 3 bytes
    mov $3, %bh
    int $0x15
    NEED nc, 1
    mov $0xC201, %ax                # reset: self test passed, ID 0
    int $0x15
    NEED nc, 2
    cmp $0x00AA, %bx
    NEED e, 3
    mov $0xC202, %ax                # 60 a second
    mov $3, %bh
    int $0x15
    NEED nc, 4
    mov $0xC203, %ax                # 8 counts a millimetre
    mov $3, %bh
    int $0x15
    NEED nc, 5
    mov $0xC206, %ax                # status, resolution, rate
    mov $0, %bh
    int $0x15
    NEED nc, 6
    cmp $3, %cl
    NEED e, 7
    cmp $60, %dl
    NEED e, 8
    mov $0xC207, %ax
    mov $mouse_handler, %bx
    int $0x15
    NEED nc, 9
    mov $0xC200, %ax
    mov $1, %bh
    int $0x15
    NEED nc, 10
    movb $0, mouse_calls
    mov $mouse_packet, %si
1:  mov $0xD3, %al
    call command_8042
    lodsb
    out %al, $0x60
    call wait_8042
2:  in $0x64, %al                   # until the BIOS has read it
    test $1, %al
    jnz 2b
    cmp $mouse_packet_end, %si
    jb 1b
    mov $0xC200, %ax
    mov $0, %bh
    int $0x15
    NEED nc, 11
    cmpb $2, mouse_calls
    NEED e, 12
    cmpw $0x18, mouse_seen          # X is negative
    NEED e, 13
    cmpw $0xFB, mouse_seen + 2
    NEED e, 14
    cmpw $5, mouse_seen + 4
    NEED e, 15
    ret

# Called far with four words on the stack: 0, Y, X, status.
mouse_handler:
    push %bp
    mov %sp, %bp
    push %ax
    incb %cs:mouse_calls
    mov 12(%bp), %ax
    mov %ax, %cs:mouse_seen
    mov 10(%bp), %ax
    mov %ax, %cs:mouse_seen + 2
    mov 8(%bp), %ax
    mov %ax, %cs:mouse_seen + 4
    pop %ax
    pop %bp
    lret

mouse_packet: .byte 0x09, 1, 2, 0x18, 0xFB, 5
mouse_packet_end:
mouse_calls: .byte 0
mouse_seen: .word 0, 0, 0

# --- INT 1Ah ---

clock_services:
    mov $0, %ah
    int $0x1A
    mov %dx, %bx
1:  hlt
    mov $0, %ah
    int $0x1A
    cmp %dx, %bx
    je 1b
    mov $2, %ah                     # the time: BCD
    int $0x1A
    NEED nc, 1
    cmp $0x23, %ch
    NEED be, 2
    cmp $0x59, %cl
    NEED be, 3
    cmp $0x59, %dh
    NEED be, 4
    mov $4, %ah                     # the date
    int $0x1A
    NEED nc, 5
    cmp $0x20, %ch
    NEED e, 6
    pushl 0x1C * 4                  # the BIOS calls INT 1Ch at each tick
    movw $count_tick, 0x1C * 4
    movw $0, 0x1C * 4 + 2
    movw $0, ticks
2:  hlt
    cmpw $2, ticks
    jb 2b
    popl 0x1C * 4
    ret

count_tick:
    incw %cs:ticks
    iret

ticks: .word 0

pci_services:
    mov $0xB101, %ax
    xor %edi, %edi
    int $0x1A
    NEED nc, 1
    cmp $0x20494350, %edx           # "PCI "
    NEED e, 2
    mov $0xB109, %ax                # a word of the configuration space: whose host bridge it is
    xor %bx, %bx
    xor %di, %di
    int $0x1A
    NEED nc, 3
    cmp $0x8086, %cx
    NEED e, 4
    mov $0xB103, %ax                # the first display adapter
    mov $0x030000, %ecx
    xor %si, %si
    int $0x1A
    NEED nc, 5
    mov $0xB102, %ax                # nobody has this
    mov $0x1234, %cx
    mov $0x8086, %dx
    xor %si, %si
    int $0x1A
    NEED c, 6
    ret

# --- INT 15h, the rest ---

system_services:
    mov $0xC0, %ah                  # the table of the machine: an AT
    int $0x15
    NEED nc, 1
    cmpb $0xFC, %es:2(%bx)
    NEED e, 2
    push %ds
    pop %es
    mov $0xC1, %ah                  # where the extended data area is
    int $0x15
    NEED nc, 3
    mov %es, %ax
    cmp 0x40E, %ax
    NEED e, 4
    mov $0x86, %ah                  # wait for 20 ms
    xor %cx, %cx
    mov $20000, %dx
    int $0x15
    NEED nc, 5
    mov $0x7F, %ah                  # no such service
    int $0x15
    NEED c, 6
    ret
