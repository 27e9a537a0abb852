// A 16550A serial port.
#pragma once

#include "base/types.h"
#include "core/clock.h"
#include "core/dev.h"
#include "core/line.h"
#include "core/ports.h"
#include "vitrine/host.h"

enum {
    UART_FIFO_BYTES = 16,
    UART_INPUT_BYTES = 4096,
    // The line is this much faster than the divisor says: nobody at the other end minds, and a
    // guest that waits for each character loses no time with it.
    UART_SPEEDUP = 64,
};

struct uart_state {
    u8 ier, fcr, lcr, mcr, lsr_errors, msr_deltas, scratch;
    u16 divisor;

    u8 rx_fifo[UART_FIFO_BYTES];
    u8 rx_head, rx_count;
    bool is_rx_timeout; // the FIFO has waited too long below its trigger level
    u8 tx_fifo[UART_FIFO_BYTES];
    u8 tx_head, tx_count;
    u8 shifting; // the byte in the transmitter's shift register
    bool is_shifting;
    bool is_thre_pending; // the interrupt "transmitter holding register empty" is due

    u8 input[UART_INPUT_BYTES]; // from the host, not yet on the line
    u16 input_head, input_count;
};

struct uart {
    struct dev dev;
    struct uart_state s;
    struct clock *clock;
    struct line irq;
    const struct vt_host *host;
    unsigned number;
    struct event transmit, receive, timeout;
};

// Ports base to base + 7. `number` (0 to 3) tells the host whose bytes they are.
void uart_init(struct uart *u, struct clock *clock, struct ports *ports, u16 base, struct line irq,
               const struct vt_host *host, unsigned number);

// Bytes from the host for the receiver. Returns how many it took.
size_t uart_receive(struct uart *u, const u8 *bytes, size_t count);
