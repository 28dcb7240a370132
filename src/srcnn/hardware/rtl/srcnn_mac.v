// The multipliers: LANES output channels, each TAPS products a clock, summed by a tree and accumulated over the steps
// of a group of output channels; then requantised.
//
//   taps ---+--> x weights --> + tree --> accumulator --> requantize --> out      lane 0
//           +--> x weights --> + tree --> accumulator --> requantize --> out      lane 1 ...
//
// Nothing here ever waits: steps come when they come, and the result leaves a fixed number of clocks later.
module srcnn_mac #(
    parameter LANES = 1,
    parameter TAPS = 9,
    parameter GROUPS = 64,  // groups of LANES output channels
    parameter DATA_BITS = 8,
    parameter WEIGHT_BITS = 12,
    parameter ACC_BITS = 25,
    parameter OUT_BITS = 12,
    parameter SHIFT_BASE = 8,
    parameter SHIFT_BITS = 2,
    parameter ROUNDING = 0,
    parameter BIAS_FILE = "",
    parameter SHIFT_FILE = ""
) (
    input wire clk,
    input wire resetn,

    input wire [TAPS*DATA_BITS-1:0] taps,            // unsigned
    input wire [LANES*TAPS*WEIGHT_BITS-1:0] weights,  // two's complement; lane by lane in the order of the taps
    input wire valid,
    input wire first,
    input wire last,
    input wire eol,
    input wire eof,

    output wire [LANES*OUT_BITS-1:0] out_data,
    output wire out_valid,
    output wire out_eol,
    output wire out_eof
);
    `include "srcnn_functions.vh"
    localparam LEVELS = levels_for(TAPS);
    // Clocks from the inputs to the accumulator: input register, product, tree.
    localparam LATENCY = 2 + LEVELS;
    localparam REQUANTIZE = 3;
    localparam PRODUCT_BITS = smaller(WEIGHT_BITS + DATA_BITS, ACC_BITS);
    localparam SUM_BITS = smaller(PRODUCT_BITS + LEVELS, ACC_BITS);

    // What goes along with each step through the pipeline; index i: i clocks behind the inputs.
    reg [LATENCY:1] valid_at, first_at, last_at;
    reg [LATENCY+1+REQUANTIZE:1] eol_at, eof_at;
    reg [REQUANTIZE:0] done_at;  // index 0: the accumulators hold a whole sum

    reg [TAPS*DATA_BITS-1:0] held_taps;
    reg [LANES*TAPS*WEIGHT_BITS-1:0] held_weights;
    reg [LANES*ACC_BITS-1:0] accumulators;
    wire [LANES*ACC_BITS-1:0] biases;
    wire [LANES*SHIFT_BITS-1:0] shifts;
    wire accumulate = valid_at[LATENCY];

    assign out_valid = done_at[REQUANTIZE];
    assign out_eol = eol_at[LATENCY+1+REQUANTIZE];
    assign out_eof = eof_at[LATENCY+1+REQUANTIZE];

    always @(posedge clk) begin
        valid_at <= {valid_at[LATENCY-1:1], valid};
        first_at <= {first_at[LATENCY-1:1], first};
        last_at <= {last_at[LATENCY-1:1], last};
        eol_at <= {eol_at[LATENCY+REQUANTIZE:1], eol};
        eof_at <= {eof_at[LATENCY+REQUANTIZE:1], eof};
        done_at <= {done_at[REQUANTIZE-1:0], accumulate && last_at[LATENCY]};
        held_taps <= taps;
        held_weights <= weights;
        if (!resetn) begin
            valid_at <= {LATENCY{1'b0}};
            done_at <= {(REQUANTIZE + 1) {1'b0}};
        end
    end

    srcnn_rom #(
        .BITS(LANES * ACC_BITS),
        .DEPTH(GROUPS),
        .FILE(BIAS_FILE)
    ) bias_rom (
        .clk(clk),
        .resetn(resetn),
        .next(valid_at[LATENCY-1] && first_at[LATENCY-1]),
        .data(biases)
    );

    srcnn_rom #(
        .BITS(LANES * SHIFT_BITS),
        .DEPTH(GROUPS),
        .FILE(SHIFT_FILE)
    ) shift_rom (
        .clk(clk),
        .resetn(resetn),
        .next(accumulate && last_at[LATENCY]),
        .data(shifts)
    );

    genvar lane, tap;
    generate
        for (lane = 0; lane < LANES; lane = lane + 1) begin : lanes
            reg [TAPS*PRODUCT_BITS-1:0] products;
            wire [SUM_BITS-1:0] sum;
            wire [ACC_BITS-1:0] term;

            for (tap = 0; tap < TAPS; tap = tap + 1) begin : taps_of_lane
                wire signed [WEIGHT_BITS-1:0] weight = held_weights[(lane*TAPS+tap)*WEIGHT_BITS+:WEIGHT_BITS];
                wire signed [DATA_BITS:0] pixel = {1'b0, held_taps[tap*DATA_BITS+:DATA_BITS]};
                always @(posedge clk)
                    products[tap*PRODUCT_BITS+:PRODUCT_BITS] <= weight * pixel;
            end

            srcnn_adder_tree #(
                .COUNT(TAPS),
                .TERM_BITS(PRODUCT_BITS),
                .MAX_BITS(ACC_BITS),
                .SUM_BITS(SUM_BITS)
            ) tree (
                .clk(clk),
                .terms(products),
                .sum(sum)
            );

            if (SUM_BITS < ACC_BITS) begin : extended
                assign term = {{(ACC_BITS - SUM_BITS){sum[SUM_BITS-1]}}, sum};
            end else begin : exact
                assign term = sum;
            end

            always @(posedge clk)
                if (accumulate)
                    accumulators[lane*ACC_BITS+:ACC_BITS] <= term
                        + (first_at[LATENCY] ? biases[lane*ACC_BITS+:ACC_BITS] : accumulators[lane*ACC_BITS+:ACC_BITS]);

            srcnn_requantize #(
                .ACC_BITS(ACC_BITS),
                .OUT_BITS(OUT_BITS),
                .SHIFT_BASE(SHIFT_BASE),
                .SHIFT_BITS(SHIFT_BITS),
                .ROUNDING(ROUNDING)
            ) requantize (
                .clk(clk),
                .accumulator(accumulators[lane*ACC_BITS+:ACC_BITS]),
                .shift(shifts[lane*SHIFT_BITS+:SHIFT_BITS]),
                .out(out_data[lane*OUT_BITS+:OUT_BITS])
            );
        end
    endgenerate
endmodule
