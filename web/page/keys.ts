// Keys by their place on the keyboard (KeyboardEvent.code) as scancodes of set 1: E0-prefixed ones 100h more.

const rows: [first: number, codes: string][] = [
  [0x01, "Escape Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal Backspace Tab"],
  [0x10, "KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight Enter ControlLeft"],
  [0x1e, "KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backquote ShiftLeft Backslash"],
  [0x2c, "KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash ShiftRight NumpadMultiply AltLeft Space CapsLock"],
  [0x3b, "F1 F2 F3 F4 F5 F6 F7 F8 F9 F10 NumLock ScrollLock"],
  [0x47, "Numpad7 Numpad8 Numpad9 NumpadSubtract Numpad4 Numpad5 Numpad6 NumpadAdd Numpad1 Numpad2 Numpad3 Numpad0 NumpadDecimal"],
  [0x56, "IntlBackslash F11 F12"],
  [0x147, "Home ArrowUp PageUp"],
  [0x14f, "End ArrowDown PageDown Insert Delete"],
];

export const scancodes: Record<string, number> = {
  NumpadEnter: 0x11c, ControlRight: 0x11d, NumpadDivide: 0x135, PrintScreen: 0x137, AltRight: 0x138, ArrowLeft: 0x14b,
  ArrowRight: 0x14d, MetaLeft: 0x15b, MetaRight: 0x15c, ContextMenu: 0x15d, Pause: 0x200, IntlRo: 0x73, IntlYen: 0x7d,
};
for (const [first, codes] of rows) codes.split(" ").forEach((code, n) => { scancodes[code] = first + n; });

export const RELEASE = 0x80000000;
