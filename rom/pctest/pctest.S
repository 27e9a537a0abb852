# A boot disk that tries the PC as DOS and what runs on it use it: the BIOS's services, A20 and the
# high memory area, unreal and protected mode, 8086 tasks under a monitor, timers. It prints a line
# for each test, on the screen and to port E9h ("PASS name", or "FAIL name CODE"), and then writes
# the number of failures to port F4h.
#
#     600h   SPOT            7C00h   this, boot sector and rest; the stack below
#    6000h   BUFFER         20000h   FAR_BUFFER
#   40000h   TSS            43000h   TSS of double faults     44000h   IDT
#   50000h   the monitor's page tables
#
# Built by build.sh. Sources: the BIOS's services as in Ralf Brown's interrupt list; [SDM] 3A, 3,
# 10, 21.
    .code16
    .text

    .equ BUFFER, 0x6000             # a sector or what a service returns
    .equ SPOT, 0x600                # two bytes that nobody uses, also at FFFF:0610 without A20
    .equ FAR_BUFFER, 0x2000         # a segment: 64 KiB
    .equ SECTORS, (end - _start + 511) / 512

    .include "boot.S"
    .include "harness.S"
    .include "screen.S"
    .include "memory.S"
    .include "services.S"
    .include "timers.S"
    .include "speed.S"
    .include "modes.S"
    .include "v86.S"
    .include "extender.S"
    .include "processor.S"

    .include "tests.S"

    .balign 2
tests:
    TEST video_services
    TEST video_graphics_modes
    TEST vesa_services
    TEST memory_map_e820
    TEST memory_sizes_e801_and_88
    TEST conventional_memory_and_equipment
    TEST block_move_to_extended_memory
    TEST a20_by_port_92
    TEST a20_by_keyboard_controller
    TEST a20_by_bios
    TEST high_memory_area
    TEST code_follows_a20
    TEST unreal_mode
    TEST limit_of_real_mode_segments
    TEST disk_services
    TEST disk_extensions
    TEST disk_errors
    TEST keyboard_services
    TEST mouse_services
    TEST clock_services
    TEST pci_services
    TEST system_services
    TEST timer_at_1000_hz
    TEST timer_at_100_hz
    TEST timer_gate_of_the_speaker
    TEST rtc_interrupt_at_1024_hz
    .ifdef SPEED                    # QEMU runs as fast as its host
    TEST pascal_delay_fits_in_a_word
    TEST loops_take_time
    TEST polls_take_time
    TEST port_80_is_a_microsecond
    .endif
    TEST protected_mode_by_cr0
    TEST interrupts_in_protected_mode
    .ifdef RESETS                   # QEMU makes these a cold start
    TEST reset_by_8042_and_jump
    TEST reset_by_port_92_and_jump
    TEST reset_by_triple_fault_and_jump
    TEST reset_and_return_from_interrupt
    TEST reset_with_a20_closed
    .endif
    TEST v86_monitor
    TEST v86_monitor_with_vme
    TEST extender
    TEST processor_by_its_flags
    TEST coprocessor
    .ifdef RESETS                   # QEMU 7.2 ends itself
    TEST coprocessor_error_by_irq_13
    .endif
    .word 0
    .text 1
    .balign 512
end:
