// Lessons: what to read, a program to begin with, and what has to be true for the lesson to be done. The conditions
// are those of the grader's tests (doc/grading.md): registers and output.

export interface Lesson {
  title: string;
  text: string[];
  task: string;
  program: string;
  registers?: Record<string, number>;
  output?: string;
  /** Column, row, and the least red of a point that must be red. */
  redDot?: [number, number];
}

export const lessons: Record<"toy" | "lc3", Lesson[]> = {
  toy: [
    {
      title: "A program is a list",
      text: ["The processor reads one instruction after the other and does what it says. MOV puts a number into a register, ADD adds to it.",
             "Press Step and watch AX. Then go back: nothing is lost."],
      task: "Let the program end with 18 in AX and 10 in BX.",
      program: "; One line is missing: which?\n\nMOV AX, 5\nADD AX, 3\nMOV BX, 10\n\nHALT\n",
      registers: { AX: 18, BX: 10 },
    },
    {
      title: "A red dot",
      text: ["The screen has 32 columns and 24 rows. COLOR chooses, PIXEL draws: its first word is the column, its second the row."],
      task: "Draw a red dot in column 16, row 12.",
      program: "; The dot has the wrong colour, and is in a corner.\n\nCOLOR BLUE\nMOV AX, 0\nPIXEL AX, 0\nHALT\n",
      redDot: [16, 12],
    },
    {
      title: "Again and again",
      text: ["A label such as again: names a place. JNE jumps to it as long as the last result was not zero, so a few lines do much work."],
      task: "Count down: print 5, 4, 3, 2, 1, each on its line.",
      program: "        MOV CX, 3\nagain:  OUT CX\n        SUB CX, 1\n        JNE again\n        HALT\n",
      output: "5\n4\n3\n2\n1\n",
    },
  ],
  lc3: [
    {
      title: "Nine registers and a sum",
      text: ["An LC-3 instruction is 16 bits. ADD has five of them for a small number, so #-16 to #15 fit.",
             "Click the word of an instruction: the lens shows its fields, and turns bits over."],
      task: "End with 42 in R0, by adding registers.",
      program: "        .ORIG x3000\n        AND R0, R0, #0\n        ADD R0, R0, #14     ; 14 ... how does it become 42?\n        HALT\n        .END\n",
      registers: { R0: 42 },
    },
    {
      title: "N, Z and P",
      text: ["Each result sets one of three flags: negative, zero or positive. BRp branches if the last result was positive.",
             "Choose R1 and read its chain: each value says which step made it, and of what."],
      task: "Add 5 + 4 + 3 + 2 + 1 in a loop: 15 in R0, 0 in R1.",
      program: "        .ORIG x3000\n        AND R0, R0, #0\n        AND R1, R1, #0\n        ADD R1, R1, #5\nLOOP    ADD R0, R0, R1\n        ADD R1, R1, #-1\n        BRz LOOP            ; not quite\n        HALT\n        .END\n",
      registers: { R0: 15, R1: 0 },
    },
    {
      title: "Text in memory",
      text: ["LEA puts an address into R0, PUTS prints the characters from there to the first zero.",
             "TRAP calls the operating system: Step follows it there, Over does not."],
      task: "Print: Hello, LC-3!",
      program: "        .ORIG x3000\n        LEA R0, TEXT\n        PUTS\n        HALT\nTEXT    .STRINGZ \"Hello\"\n        .END\n",
      output: "Hello, LC-3!",
    },
    {
      title: "A subroutine and its stack",
      text: ["JSR leaves the way back in R7. A routine that calls another must put R7 away first, on the stack to which R6 points.",
             "Stack and calls shows both; a click on a call goes back to it."],
      task: "Let DOUBLE be called three times: 8 in R0.",
      program: "        .ORIG x3000\n        AND R0, R0, #0\n        ADD R0, R0, #1\n        JSR DOUBLE\n        JSR DOUBLE\n        HALT\nDOUBLE  ADD R0, R0, R0\n        RET\n        .END\n",
      registers: { R0: 8 },
    },
  ],
};
