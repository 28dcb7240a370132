// Constants that are needed in one order, over and over: a ROM that counts its own address.
//
// `data` holds the next word from the clock after `next` on. With one word it is that word, always.
module srcnn_rom #(
    parameter BITS = 8,
    parameter DEPTH = 1,
    parameter FILE = ""  // for $readmemh, one word a line
) (
    // With one word there is nothing to count.
    // verilator lint_off UNUSEDSIGNAL
    input wire clk,
    input wire resetn,
    input wire next,
    // verilator lint_on UNUSEDSIGNAL
    output wire [BITS-1:0] data
);
    `include "srcnn_functions.vh"
    localparam ADDRESS_BITS = bits_for(DEPTH);
    // Numbers of 32 bits, cut to the width of the counters that they are compared with.
    // verilator lint_off WIDTH
    localparam [ADDRESS_BITS-1:0] LAST = DEPTH - 1;
    // verilator lint_on WIDTH

    reg [BITS-1:0] words[0:DEPTH-1];
    initial $readmemh(FILE, words);

    generate
        if (DEPTH == 1) begin : constant
            assign data = words[0];
        end else begin : several
            reg [ADDRESS_BITS-1:0] address;
            reg [BITS-1:0] word;
            assign data = word;
            always @(posedge clk)
                if (next)
                    word <= words[address];
            always @(posedge clk)
                if (!resetn)
                    address <= {ADDRESS_BITS{1'b0}};
                else if (next)
                    address <= address == LAST ? {ADDRESS_BITS{1'b0}} : address + 1'b1;
        end
    endgenerate
endmodule
