; Says hello.
        .ORIG x3000
        LEA R0, HELLO           ; R0 holds where the text begins
        PUTS
        HALT
HELLO   .STRINGZ "Hello, world!\n"
        .END
