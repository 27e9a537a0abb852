export declare const scancodes: Record<string, number>;
export declare const RELEASE = 2147483648;
