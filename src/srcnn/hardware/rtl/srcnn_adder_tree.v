// The sum of COUNT signed terms, with a register behind each level: ceil(log2(COUNT)) clocks later.
//
// A level adds pairs, and the rest of the tree is a tree of half the terms. Each level is a bit wider than the one
// before, up to MAX_BITS, which the caller has proved to hold every partial sum.
module srcnn_adder_tree #(
    parameter COUNT = 4,
    parameter TERM_BITS = 20,
    parameter MAX_BITS = 32,
    parameter SUM_BITS = 22
) (
    // One term needs no register.
    // verilator lint_off UNUSEDSIGNAL
    input wire clk,
    // verilator lint_on UNUSEDSIGNAL
    input wire [COUNT*TERM_BITS-1:0] terms,
    output wire [SUM_BITS-1:0] sum
);
    localparam PAIRS = (COUNT + 1) / 2;
    localparam LEVEL_BITS = TERM_BITS < MAX_BITS ? TERM_BITS + 1 : MAX_BITS;
    genvar pair;
    generate
        if (COUNT == 1) begin : leaf
            assign sum = terms;
        end else begin : level
            reg [PAIRS*LEVEL_BITS-1:0] sums;
            for (pair = 0; pair < PAIRS; pair = pair + 1) begin : pairs
                wire signed [TERM_BITS-1:0] left = terms[2*pair*TERM_BITS+:TERM_BITS];
                if (2 * pair + 1 < COUNT) begin : two
                    wire signed [TERM_BITS-1:0] right = terms[(2*pair+1)*TERM_BITS+:TERM_BITS];
                    always @(posedge clk)
                        sums[pair*LEVEL_BITS+:LEVEL_BITS] <= left + right;
                end else begin : one
                    always @(posedge clk)
                        sums[pair*LEVEL_BITS+:LEVEL_BITS] <= {{(LEVEL_BITS - TERM_BITS){left[TERM_BITS-1]}}, left};
                end
            end
            srcnn_adder_tree #(
                .COUNT(PAIRS),
                .TERM_BITS(LEVEL_BITS),
                .MAX_BITS(MAX_BITS),
                .SUM_BITS(SUM_BITS)
            ) rest (
                .clk(clk),
                .terms(sums),
                .sum(sum)
            );
        end
    endgenerate
endmodule
