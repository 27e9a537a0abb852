# The part of emm.S that is an expanded memory manager, as of EMS 3.2 and a little more: 16 KiB pages
# that are shown in four places from D0000h on. Pages that show nothing are all the same one.
#
# Sources: LIM EMS 4.0 as in Ralf Brown's interrupt list (INT 67h, AH = 40h to 4Ch).

    .equ FRAME, 0xD0000
    .equ EXPANDED, 0x310000         # 32 pages, and the one that is nothing
    .equ EXPANDED_PAGES, 32
    .equ NOTHING, EXPANDED_PAGES
    .equ HANDLES, 16

    .equ NO_SUCH_HANDLE, 0x83
    .equ NO_SUCH_FUNCTION, 0x84
    .equ ALL_HANDLES_USED, 0x85
    .equ TOO_MANY_PAGES, 0x87
    .equ PAGES_NOT_FREE, 0x88
    .equ ZERO_PAGES, 0x89
    .equ NO_SUCH_PAGE, 0x8A
    .equ NO_SUCH_PLACE, 0x8B
    .equ MAP_IS_SAVED, 0x86
    .equ SAVED_ALREADY, 0x8D
    .equ NOT_SAVED, 0x8E

expanded_functions:
    .long frame_status, frame_segment, page_counts, allocate, map, release, version
    .long save_map, restore_map, no_function, no_function, handle_count, handle_pages
    .equ EXPANDED_FUNCTIONS, (. - expanded_functions) / 4

# AH = 40h and more. Each function returns in AL what AH is to be.
expanded:
    movzbl F_EAX + 1(%ebp), %eax
    sub $0x40, %eax
    call *expanded_functions(,%eax,4)
    mov %al, F_EAX + 1(%ebp)
    jmp to_task

no_function:
    mov $NO_SUCH_FUNCTION, %al
    ret

frame_status:
    mov $0, %al
    ret

version:
    movb $0x40, F_EAX(%ebp)
    mov $0, %al
    ret

frame_segment:
    movw $FRAME >> 4, F_EBX(%ebp)
    mov $0, %al
    ret

page_counts:
    xor %ebx, %ebx                  # those of nobody
    call count_owned
    mov %cx, F_EBX(%ebp)
    movw $EXPANDED_PAGES, F_EDX(%ebp)
    mov $0, %al
    ret

# How many pages, ECX, the handle BL has.
count_owned:
    xor %ecx, %ecx
    xor %edx, %edx
1:  cmp %bl, owner(%edx)
    jne 2f
    inc %ecx
2:  inc %edx
    cmp $EXPANDED_PAGES, %edx
    jb 1b
    ret

allocate:
    movzwl F_EBX(%ebp), %edi
    mov $ZERO_PAGES, %al
    test %edi, %edi
    jz 4f
    mov $TOO_MANY_PAGES, %al
    cmp $EXPANDED_PAGES, %edi
    ja 4f
    xor %ebx, %ebx
    call count_owned
    mov $PAGES_NOT_FREE, %al
    cmp %ecx, %edi
    ja 4f
    mov $ALL_HANDLES_USED, %al
1:  inc %ebx                        # a handle without pages
    cmp $HANDLES, %ebx
    jae 4f
    call count_owned
    test %ecx, %ecx
    jnz 1b
    mov %bx, F_EDX(%ebp)
    xor %edx, %edx
2:  cmpb $0, owner(%edx)
    jne 3f
    mov %bl, owner(%edx)
    dec %edi
    jz 5f
3:  inc %edx
    jmp 2b
5:  mov $0, %al
4:  ret

# The handle in DX, as BL; ZF: there is none.
take_handle:
    movzwl F_EDX(%ebp), %ebx
    cmp $HANDLES, %ebx
    jae 1f
    test %ebx, %ebx
    jz 1f
    call count_owned
    test %ecx, %ecx
    ret
1:  cmp %eax, %eax
    ret

# Page BX of the handle DX into place AL; BX = FFFFh: nothing.
map:
    call take_handle
    mov $NO_SUCH_HANDLE, %al
    jz 4f
    mov $NO_SUCH_PLACE, %al
    cmpb $4, F_EAX(%ebp)
    jae 4f
    movzwl F_EBX(%ebp), %ecx
    mov $NOTHING, %edx
    cmp $0xFFFF, %ecx
    je 3f
    xor %edx, %edx
1:  cmp %bl, owner(%edx)
    jne 2f
    sub $1, %ecx
    jb 3f
2:  inc %edx
    cmp $EXPANDED_PAGES, %edx
    jb 1b
    mov $NO_SUCH_PAGE, %al
4:  ret
3:  movzbl F_EAX(%ebp), %ecx
    call show
    mov $0, %al
    ret

# Shows page EDX in place ECX.
show:
    pusha
    mov %dl, shown(%ecx)
    shl $14, %edx
    add $EXPANDED + 7, %edx
    shl $14, %ecx
    add $FRAME, %ecx
    mov $4, %ebx
1:  mov %ecx, %edi
    shr $12, %edi
    mov %edx, PAGE_TABLE(,%edi,4)
    invlpg (%ecx)
    add $0x1000, %ecx
    add $0x1000, %edx
    dec %ebx
    jnz 1b
    popa
    ret

show_nothing:
    pusha
    mov $3, %ecx
    mov $NOTHING, %edx
1:  call show
    dec %ecx
    jns 1b
    popa
    ret

release:
    call take_handle
    mov $NO_SUCH_HANDLE, %al
    jz 3f
    mov $MAP_IS_SAVED, %al
    cmpb $0, is_saved(%ebx)
    jne 3f
    xor %edx, %edx
1:  cmp %bl, owner(%edx)
    jne 2f
    movb $0, owner(%edx)
2:  inc %edx
    cmp $EXPANDED_PAGES, %edx
    jb 1b
    mov $0, %al
3:  ret

save_map:
    call take_handle
    mov $NO_SUCH_HANDLE, %al
    jz 1f
    mov $SAVED_ALREADY, %al
    cmpb $0, is_saved(%ebx)
    jne 1f
    movb $1, is_saved(%ebx)
    mov shown, %edx
    mov %edx, saved(,%ebx,4)
    mov $0, %al
1:  ret

restore_map:
    call take_handle
    mov $NO_SUCH_HANDLE, %al
    jz 2f
    mov $NOT_SAVED, %al
    cmpb $0, is_saved(%ebx)
    je 2f
    movb $0, is_saved(%ebx)
    xor %ecx, %ecx
1:  movzbl saved(%ecx,%ebx,4), %edx
    call show
    inc %ecx
    cmp $4, %ecx
    jb 1b
    mov $0, %al
2:  ret

handle_count:
    xor %edi, %edi
    mov $1, %ebx
1:  call count_owned
    cmp $1, %ecx
    sbb $-1, %edi
    inc %ebx
    cmp $HANDLES, %ebx
    jb 1b
    mov %di, F_EBX(%ebp)
    mov $0, %al
    ret

handle_pages:
    call take_handle
    mov $NO_SUCH_HANDLE, %al
    jz 1f
    mov %cx, F_EBX(%ebp)
    mov $0, %al
1:  ret

owner: .space EXPANDED_PAGES        # the handle of each page; 0: free
is_saved: .space HANDLES
    .balign 4
shown: .space 4                     # the page in each place
saved: .space 4 * HANDLES
