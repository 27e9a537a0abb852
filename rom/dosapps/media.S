# Floppy disks of several sizes in drive B, one after the other: each word of the command line is a
# disk to be put in after "insert". A disk has a file DISK.TXT that begins with its name; it gets a
# COPY.TXT with the same and much behind it, which is read back.
#
# DOS and firmware know of no change line here: DOS believes a disk to be another one if it was not
# looked at for two seconds and its boot sector says so.

    .include "dos.S"

    .equ BIOS_TICKS, 0x46C
    .equ PATIENCE, 18 * 3           # ticks
    .equ TAIL, 0x80                 # the command line: length, text
    .equ COPY_BYTES, 0xA000

main:
    movzbw TAIL, %bx
    movb $0, TAIL + 1(%bx)
    mov $TAIL + 1, %si
1:  lodsb                           # the next word, of which SI is the beginning
    test %al, %al
    jz finish
    cmp $' ', %al
    je 1b
    dec %si
    mov %si, disk
2:  lodsb
    test %al, %al
    jz 3f
    cmp $' ', %al
    jne 2b
    movb $0, -1(%si)
    inc %si
3:  dec %si
    push %si
    mov $disk, %si
    call run_test
    pop %si
    jmp 1b

disk: .word 0, reads_and_writes     # name and code, as harness.S has it

reads_and_writes:
    mov $insert_word, %si
    call print
    mov disk, %si
    call print
    mov $line_end, %si
    call print
    call wait
    mov $0x3D00, %ax                # open
    mov $source, %dx
    int $0x21
    NEED nc, 1
    mov %ax, %bx
    mov $0x3F, %ah                  # read
    mov $16, %cx
    mov $buffer, %dx
    int $0x21
    NEED nc, 2
    call close
    mov disk, %si
    mov $buffer, %di
    mov $4, %cx
4:  lodsb
    cmp $1, %al                     # the name may be shorter
    jb 5f
    scasb
    NEED e, 3
    loop 4b
5:  mov $buffer + 16, %di           # the rest tells where it is
    mov $(COPY_BYTES - 16) / 2, %cx
6:  mov %di, %ax
    stosw
    loop 6b
    mov $0x3C, %ah                  # create
    xor %cx, %cx
    mov $target, %dx
    int $0x21
    NEED nc, 4
    mov %ax, %bx
    mov $0x40, %ah                  # write
    mov $COPY_BYTES, %cx
    mov $buffer, %dx
    int $0x21
    NEED nc, 5
    cmp $COPY_BYTES, %ax
    NEED e, 6
    call close
    call wait                       # so that DOS looks anew
    mov $buffer, %di
    mov $COPY_BYTES / 2, %cx
    xor %ax, %ax
    rep stosw
    mov $0x3D00, %ax
    mov $target, %dx
    int $0x21
    NEED nc, 7
    mov %ax, %bx
    mov $0x3F, %ah
    mov $COPY_BYTES, %cx
    mov $buffer, %dx
    int $0x21
    NEED nc, 8
    call close
    mov $buffer + 16, %di
    mov $(COPY_BYTES - 16) / 2, %cx
7:  mov %di, %ax
    scasw
    NEED e, 9
    loop 7b
    ret

close:                              # BX
    mov $0x3E, %ah
    int $0x21
    NEED nc, 0x10
    ret

wait:
    push %es
    push $0
    pop %es
    mov %es:BIOS_TICKS, %eax
    add $PATIENCE, %eax
1:  hlt
    cmp %eax, %es:BIOS_TICKS
    jb 1b
    pop %es
    ret

insert_word: .asciz "insert "
line_end: .asciz "\r\n"
source: .asciz "B:\\DISK.TXT"
target: .asciz "B:\\COPY.TXT"

    .text 2                         # memory behind the program
    .balign 16
    .equ buffer, .
