export declare function startPC(): () => string;
