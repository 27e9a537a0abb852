// 16550A asynchronous receiver/transmitter. Key: [16550].
//
//   +0  DLAB=0  read   RBR receiver         write  THR transmitter
//       DLAB=1  rw     DLL divisor, low
//   +1  DLAB=0  rw     IER  D0 data, D1 transmitter empty, D2 line errors, D3 modem lines
//       DLAB=1  rw     DLM divisor, high
//   +2  read   IIR  D0 nothing pending, D3:1 which, D7:6 FIFOs on
//       write  FCR  D0 FIFOs on, D1 D2 clear receiver's, transmitter's, D7:6 trigger 1 4 8 14
//   +3  rw     LCR  D1:0 bits, D2 stop, D5:3 parity, D6 break, D7 DLAB
//   +4  rw     MCR  D0 DTR, D1 RTS, D2 OUT1, D3 OUT2 (lets the interrupt out, on a PC), D4 loop
//   +5  read   LSR  D0 data, D1 overrun, D5 transmitter empty, D6 all sent
//   +6  read   MSR  D3:0 changes, D7:4 DCD RI DSR CTS: all but RI on, somebody is always there
//   +7  rw     scratch
//
// A byte goes to the host when the guest writes it; the time until the transmitter is empty again
// is the line's, made UART_SPEEDUP times shorter. Input from the host waits in a queue and comes
// over the line at the same speed, but only when there is room for it, so none is lost.
//
// Not implemented: parity and framing errors (the host's end never makes any; a break is received
// in loop mode only), DMA modes, breaks sent to the host.
#include "dev/uart.h"

#include "base/check.h"
#include "core/fields.h"

#include <string.h>

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCRATCH };
enum {
    IER_DATA = 0x01,
    IER_EMPTY = 0x02,
    IER_LINE = 0x04,
    IER_MODEM = 0x08,
    IER_MASK = 0x0f,
    IIR_MODEM = 0x00,
    IIR_NONE = 0x01,
    IIR_EMPTY = 0x02,
    IIR_DATA = 0x04,
    IIR_LINE = 0x06,
    IIR_TIMEOUT = 0x0c,
    IIR_FIFOS = 0xc0,
    FCR_ON = 0x01,
    FCR_CLEAR_RX = 0x02,
    FCR_CLEAR_TX = 0x04,
    FCR_KEPT = 0xc9,
    LCR_BITS = 0x03,
    LCR_STOP = 0x04,
    LCR_PARITY = 0x08,
    LCR_BREAK = 0x40,
    LCR_DLAB = 0x80,
    MCR_DTR = 0x01,
    MCR_RTS = 0x02,
    MCR_OUT1 = 0x04,
    MCR_OUT2 = 0x08,
    MCR_LOOP = 0x10,
    MCR_MASK = 0x1f,
    LSR_DATA = 0x01,
    LSR_OVERRUN = 0x02,
    LSR_BREAK = 0x10,
    LSR_EMPTY = 0x20,
    LSR_ALL_SENT = 0x40,
    LSR_FIFO_ERROR = 0x80,
    MSR_CTS = 0x10,
    MSR_DSR = 0x20,
    MSR_RI = 0x40,
    MSR_DCD = 0x80,
    MSR_RI_CHANGE = 0x04,
};
enum { BASE_BAUD = 115200, TIMEOUT_CHARACTERS = 4 };

static const struct field uart_fields[] = {
    FIELD(struct uart_state, ier),           FIELD(struct uart_state, fcr),
    FIELD(struct uart_state, lcr),           FIELD(struct uart_state, mcr),
    FIELD(struct uart_state, lsr_errors),    FIELD(struct uart_state, msr_deltas),
    FIELD(struct uart_state, scratch),       FIELD(struct uart_state, divisor),
    FIELD_ARRAY(struct uart_state, rx_fifo), FIELD(struct uart_state, rx_head),
    FIELD(struct uart_state, rx_count),      FIELD(struct uart_state, is_rx_timeout),
    FIELD_ARRAY(struct uart_state, tx_fifo), FIELD(struct uart_state, tx_head),
    FIELD(struct uart_state, tx_count),      FIELD(struct uart_state, shifting),
    FIELD(struct uart_state, is_shifting),   FIELD(struct uart_state, is_thre_pending),
    FIELD_ARRAY(struct uart_state, input),   FIELD(struct uart_state, input_head),
    FIELD(struct uart_state, input_count),
};
static const struct field_table uart_tables[] = {
    FIELD_TABLE("uart0", 1, struct uart_state, uart_fields),
    FIELD_TABLE("uart1", 1, struct uart_state, uart_fields),
    FIELD_TABLE("uart2", 1, struct uart_state, uart_fields),
    FIELD_TABLE("uart3", 1, struct uart_state, uart_fields),
};
static const struct {
    const char *transmit, *receive, *timeout;
} event_names[COUNT_OF(uart_tables)] = {
    {"uart0.transmit", "uart0.receive", "uart0.timeout"},
    {"uart1.transmit", "uart1.receive", "uart1.timeout"},
    {"uart2.transmit", "uart2.receive", "uart2.timeout"},
    {"uart3.transmit", "uart3.receive", "uart3.timeout"},
};

// --- the line ---

static bool has_fifos(const struct uart *u)
{
    return u->s.fcr & FCR_ON;
}

static bool is_loop(const struct uart *u)
{
    return u->s.mcr & MCR_LOOP;
}

// How long a character takes, start and stop bits included.
static u64 character_ns(const struct uart *u)
{
    u64 bits = 1u + 5u + (u->s.lcr & LCR_BITS) + (u->s.lcr & LCR_PARITY ? 1 : 0) +
               (u->s.lcr & LCR_STOP ? 2 : 1);
    u64 divisor = u->s.divisor != 0 ? u->s.divisor : 1;
    return bits * divisor * NS_PER_SECOND / BASE_BAUD / UART_SPEEDUP;
}

static void arm_in(struct uart *u, struct event *e, u64 delay_ns)
{
    clock_arm(u->clock, e, clock_now_ns(u->clock) + delay_ns);
}

// --- interrupts ---

static unsigned trigger_level(const struct uart *u)
{
    static const u8 levels[4] = {1, 4, 8, 14};
    return has_fifos(u) ? levels[u->s.fcr >> 6] : 1;
}

// The pending source of highest priority, as IIR names it.
static u8 pending(const struct uart *u)
{
    const struct uart_state *s = &u->s;
    if ((s->ier & IER_LINE) && s->lsr_errors != 0) {
        return IIR_LINE;
    }
    if ((s->ier & IER_DATA) && s->rx_count >= trigger_level(u)) {
        return IIR_DATA;
    }
    if ((s->ier & IER_DATA) && s->is_rx_timeout) {
        return IIR_TIMEOUT;
    }
    if ((s->ier & IER_EMPTY) && s->is_thre_pending) {
        return IIR_EMPTY;
    }
    if ((s->ier & IER_MODEM) && s->msr_deltas != 0) {
        return IIR_MODEM;
    }
    return IIR_NONE;
}

// On a PC OUT2 drives the gate between the chip's INTRPT pin and the bus; in loop mode the pin is
// inactive, whatever MCR says ([16550]).
static void drive_irq(struct uart *u)
{
    bool is_gate_open = (u->s.mcr & MCR_OUT2) && !is_loop(u);
    line_set(&u->irq, is_gate_open && pending(u) != IIR_NONE);
}

// --- receiver ---

static bool has_rx_room(const struct uart *u)
{
    return u->s.rx_count < (has_fifos(u) ? UART_FIFO_BYTES : 1);
}

static void arm_timeout(struct uart *u)
{
    u->s.is_rx_timeout = false;
    if (has_fifos(u) && u->s.rx_count != 0) {
        arm_in(u, &u->timeout, TIMEOUT_CHARACTERS * character_ns(u));
    } else {
        clock_disarm(u->clock, &u->timeout);
    }
}

static void receive_byte(struct uart *u, u8 byte)
{
    struct uart_state *s = &u->s;
    if (!has_rx_room(u)) { // only in loop mode
        s->lsr_errors |= LSR_OVERRUN;
        if (!has_fifos(u)) {
            s->rx_fifo[s->rx_head] = byte; // overwrites; a full FIFO keeps what it has
        }
        return;
    }
    s->rx_fifo[(s->rx_head + s->rx_count) % UART_FIFO_BYTES] = byte;
    s->rx_count++;
    arm_timeout(u);
}

// Starts the line for the next byte of input, if there is one and room for it.
static void pull_input(struct uart *u)
{
    bool may_come = u->s.input_count != 0 && has_rx_room(u) && !is_loop(u);
    if (may_come && !event_is_armed(&u->receive)) {
        arm_in(u, &u->receive, character_ns(u));
    }
}

static void receive_due(void *owner)
{
    struct uart *u = owner;
    struct uart_state *s = &u->s;
    if (s->input_count == 0 || !has_rx_room(u) || is_loop(u)) {
        return;
    }
    u8 byte = s->input[s->input_head % UART_INPUT_BYTES];
    s->input_head = (u16)((s->input_head + 1) % UART_INPUT_BYTES);
    s->input_count--;
    receive_byte(u, byte);
    pull_input(u);
    drive_irq(u);
}

static void timeout_due(void *owner)
{
    struct uart *u = owner;
    u->s.is_rx_timeout = u->s.rx_count != 0;
    drive_irq(u);
}

static u8 read_rbr(struct uart *u)
{
    struct uart_state *s = &u->s;
    u8 byte = s->rx_fifo[s->rx_head]; // something old if there is nothing new
    if (s->rx_count != 0) {
        s->rx_head = (u8)((s->rx_head + 1) % UART_FIFO_BYTES);
        s->rx_count--;
    }
    arm_timeout(u);
    pull_input(u);
    drive_irq(u);
    return byte;
}

size_t uart_receive(struct uart *u, const u8 *bytes, size_t count)
{
    struct uart_state *s = &u->s;
    size_t taken = 0;
    while (taken < count && s->input_count < UART_INPUT_BYTES) {
        s->input[(s->input_head + s->input_count) % UART_INPUT_BYTES] = bytes[taken++];
        s->input_count++;
    }
    pull_input(u);
    return taken;
}

// --- transmitter ---

// Moves the next byte from the holding register or FIFO into the shift register.
static void shift_next(struct uart *u)
{
    struct uart_state *s = &u->s;
    s->shifting = s->tx_fifo[s->tx_head];
    s->tx_head = (u8)((s->tx_head + 1) % UART_FIFO_BYTES);
    s->tx_count--;
    s->is_shifting = true;
    s->is_thre_pending = s->tx_count == 0;
    arm_in(u, &u->transmit, character_ns(u));
}

static void transmit_due(void *owner)
{
    struct uart *u = owner;
    u->s.is_shifting = false;
    if (is_loop(u)) {
        receive_byte(u, u->s.shifting);
    }
    if (u->s.tx_count != 0) {
        shift_next(u);
    }
    drive_irq(u);
}

static void write_thr(struct uart *u, u8 byte)
{
    struct uart_state *s = &u->s;
    if (!is_loop(u) && u->host->serial_write) {
        u->host->serial_write(u->host->owner, u->number, byte);
    }
    unsigned room = has_fifos(u) ? UART_FIFO_BYTES : 1;
    if (s->tx_count >= room) { // the guest did not wait: the holding register is overwritten
        s->tx_fifo[(s->tx_head + s->tx_count - 1) % UART_FIFO_BYTES] = byte;
    } else {
        s->tx_fifo[(s->tx_head + s->tx_count) % UART_FIFO_BYTES] = byte;
        s->tx_count++;
    }
    s->is_thre_pending = false;
    if (!s->is_shifting) {
        shift_next(u);
    }
    drive_irq(u);
}

// --- registers ---

static u8 modem_lines(const struct uart *u)
{
    if (!is_loop(u)) {
        return MSR_DCD | MSR_DSR | MSR_CTS;
    }
    unsigned m = u->s.mcr; // looped back: [16550]
    return (u8)((m & MCR_DTR ? MSR_DSR : 0) | (m & MCR_RTS ? MSR_CTS : 0) |
                (m & MCR_OUT1 ? MSR_RI : 0) | (m & MCR_OUT2 ? MSR_DCD : 0));
}

static void write_mcr(struct uart *u, u8 v)
{
    u8 before = modem_lines(u);
    u->s.mcr = v & MCR_MASK;
    u8 after = modem_lines(u), changed = before ^ after;
    if (after & MSR_RI) {
        changed &= (u8)~MSR_RI; // only RI's end is reported
    }
    u->s.msr_deltas |= changed >> 4;
    pull_input(u);
    drive_irq(u);
}

static u8 read_msr(struct uart *u)
{
    u8 v = modem_lines(u) | u->s.msr_deltas;
    u->s.msr_deltas = 0;
    drive_irq(u);
    return v;
}

static u8 read_lsr(struct uart *u)
{
    const struct uart_state *s = &u->s;
    bool is_empty = s->tx_count == 0;
    u8 v = (u8)(s->lsr_errors | (s->rx_count != 0 ? LSR_DATA : 0) | (is_empty ? LSR_EMPTY : 0) |
                (is_empty && !s->is_shifting ? LSR_ALL_SENT : 0) |
                (has_fifos(u) && (s->lsr_errors & LSR_BREAK) ? LSR_FIFO_ERROR : 0));
    u->s.lsr_errors = 0;
    drive_irq(u);
    return v;
}

static void clear_rx(struct uart *u)
{
    u->s.rx_head = 0;
    u->s.rx_count = 0;
    arm_timeout(u);
}

static void clear_tx(struct uart *u)
{
    u->s.is_thre_pending |= u->s.tx_count != 0;
    u->s.tx_head = 0;
    u->s.tx_count = 0;
}

static void write_fcr(struct uart *u, u8 v)
{
    bool is_switched = (v ^ u->s.fcr) & FCR_ON; // which clears both
    if (!(v & FCR_ON)) {
        v = 0; // the other bits are written only together with this one
    }
    if (is_switched || (v & FCR_CLEAR_RX)) {
        clear_rx(u);
    }
    if (is_switched || (v & FCR_CLEAR_TX)) {
        clear_tx(u);
    }
    u->s.fcr = v & FCR_KEPT;
    pull_input(u);
    drive_irq(u);
}

static u8 read_iir(struct uart *u)
{
    u8 v = pending(u);
    if (v == IIR_EMPTY) {
        u->s.is_thre_pending = false;
        drive_irq(u);
    }
    return v | (u8)(has_fifos(u) ? IIR_FIFOS : 0);
}

// Enabling the interrupt of an empty transmitter raises it at once: drivers start that way.
static void write_ier(struct uart *u, u8 v)
{
    bool is_enabled_now = (v & IER_EMPTY) && !(u->s.ier & IER_EMPTY);
    u->s.ier = v & IER_MASK;
    if (is_enabled_now && u->s.tx_count == 0) {
        u->s.is_thre_pending = true;
    }
    drive_irq(u);
}

// A break on the looped line comes in as a zero with the break flag; to the host none is sent.
static void write_lcr(struct uart *u, u8 v)
{
    bool begins_break = (v & LCR_BREAK) && !(u->s.lcr & LCR_BREAK);
    u->s.lcr = v;
    if (begins_break && is_loop(u)) {
        receive_byte(u, 0);
        u->s.lsr_errors |= LSR_BREAK;
        drive_irq(u);
    }
}

static u32 port_read(void *owner, unsigned offset, unsigned size_bytes UNUSED)
{
    struct uart *u = owner;
    bool is_dlab = u->s.lcr & LCR_DLAB;
    switch (offset) {
    case RBR_THR: return is_dlab ? u->s.divisor & 0xff : read_rbr(u);
    case IER: return is_dlab ? u->s.divisor >> 8 : u->s.ier;
    case IIR_FCR: return read_iir(u);
    case LCR: return u->s.lcr;
    case MCR: return u->s.mcr;
    case LSR: return read_lsr(u);
    case MSR: return read_msr(u);
    default: return u->s.scratch;
    }
}

static void port_write(void *owner, unsigned offset, u32 value, unsigned size_bytes UNUSED)
{
    struct uart *u = owner;
    u8 v = (u8)value;
    bool is_dlab = u->s.lcr & LCR_DLAB;
    switch (offset) {
    case RBR_THR:
        if (is_dlab) {
            u->s.divisor = (u16)((u->s.divisor & 0xff00) | v);
        } else {
            write_thr(u, v);
        }
        break;
    case IER:
        if (is_dlab) {
            u->s.divisor = (u16)((u->s.divisor & 0xff) | v << 8);
        } else {
            write_ier(u, v);
        }
        break;
    case IIR_FCR: write_fcr(u, v); break;
    case LCR: write_lcr(u, v); break;
    case MCR: write_mcr(u, v); break;
    case SCRATCH: u->s.scratch = v; break;
    default: break; // LSR and MSR are read only
    }
}

// --- lifetime ---

// MR, the reset pin ([16550]). Divisor and scratch are undefined after it; what the host
// has typed is not the chip's, and stays.
static void reset(void *owner)
{
    struct uart *u = owner;
    struct uart_state *s = &u->s;
    s->ier = 0;
    s->fcr = 0;
    s->lcr = 0;
    s->mcr = 0;
    s->lsr_errors = 0;
    s->msr_deltas = 0;
    s->divisor = 12; // 9600 baud
    s->is_shifting = false;
    clear_rx(u);
    clear_tx(u);
    s->is_thre_pending = false;
    clock_disarm(u->clock, &u->transmit);
    pull_input(u);
    drive_irq(u);
}

static void restored(void *owner)
{
    drive_irq(owner);
}

void uart_init(struct uart *u, struct clock *clock, struct ports *ports, u16 base, struct line irq,
               const struct vt_host *host, unsigned number)
{
    CHECK(number < COUNT_OF(uart_tables));
    *u = (struct uart){.clock = clock, .irq = irq, .host = host, .number = number};
    const struct field_table *table = &uart_tables[number];
    dev_init(&u->dev, table->name, table, &u->s, u, reset, restored);
    clock_add_event(clock, &u->transmit, event_names[number].transmit, transmit_due, u);
    clock_add_event(clock, &u->receive, event_names[number].receive, receive_due, u);
    clock_add_event(clock, &u->timeout, event_names[number].timeout, timeout_due, u);
    ports_map(ports, base, 8, 1, port_read, port_write, u, table->name);
    reset(u);
}
