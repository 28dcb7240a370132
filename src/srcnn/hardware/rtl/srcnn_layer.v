// One convolution with its ReLU:
//
//   pixels -> border -> line buffer -> window -> multipliers -> queue -> groups of output channels
//             (PAD > 0)  (KERNEL > 1)    |          ^   ^
//                                        +-> weights+   +- biases, shifts
//
// Pixels come in beats of IN_LANES channels, results leave in groups of OUT_LANES channels. The multipliers never
// wait, so the window starts a group only when the queue behind them has a place for its result (a credit).
module srcnn_layer #(
    parameter KERNEL = 9,
    parameter PAD = 0,          // 0 (valid) or KERNEL / 2
    parameter ZERO = 0,         // what is padded with: 0 the edge, 1 zeros
    parameter IN_CHANNELS = 1,
    parameter OUT_CHANNELS = 64,
    parameter IN_BITS = 8,
    parameter OUT_BITS = 12,
    parameter WEIGHT_BITS = 12,
    parameter ACC_BITS = 25,
    parameter SHIFT_BASE = 8,   // smallest shift of a channel
    parameter SHIFT_BITS = 2,   // of what the others have beyond it
    parameter ROUNDING = 0,
    parameter IN_LANES = 1,     // folding: input channels in one clock
    parameter OUT_LANES = 8,    // output channels in one clock
    parameter TAPS = 81,        // taps of the kernel in one clock: KERNEL * KERNEL, KERNEL or 1
    parameter MAX_WIDTH = 1932, // of the picture that comes in
    parameter WEIGHT_FILE = "",
    parameter BIAS_FILE = "",
    parameter SHIFT_FILE = ""
) (
    input wire clk,
    input wire resetn,

    input wire [IN_LANES*IN_BITS-1:0] in_data,
    input wire in_valid,
    output wire in_ready,
    input wire in_eol,
    input wire in_eof,

    output wire [OUT_LANES*OUT_BITS-1:0] out_data,
    output wire out_valid,
    input wire out_ready,
    output wire out_eol,
    output wire out_eof
);
    `include "srcnn_functions.vh"
    localparam BEATS = ceil_div(IN_CHANNELS, IN_LANES);
    localparam GROUPS = ceil_div(OUT_CHANNELS, OUT_LANES);
    localparam DATA_BITS = IN_LANES * IN_BITS;
    localparam MULTIPLIERS = OUT_LANES * IN_LANES * TAPS;
    localparam GROUP_STEPS = BEATS * KERNEL * KERNEL / TAPS;
    // From the start of a group until its place is free again, if the next stage takes it at once: window, multipliers,
    // tree, accumulator, requantize, queue, credit. The queue covers that, so waiting for credits costs no clock.
    localparam ROUND_TRIP = GROUP_STEPS + levels_for(IN_LANES * TAPS) + 9;
    localparam QUEUE_BITS = bits_for(ceil_div(ROUND_TRIP, GROUP_STEPS) + 1);

    wire [DATA_BITS-1:0] padded_data;
    wire padded_valid, padded_ready, padded_eol, padded_eof;
    wire [KERNEL*DATA_BITS-1:0] column_data;
    wire column_valid, column_ready, column_eol, column_eof;
    wire group_start, step;
    wire [IN_LANES*TAPS*IN_BITS-1:0] taps;
    wire [MULTIPLIERS*WEIGHT_BITS-1:0] weights;
    wire tap_valid, tap_first, tap_last, tap_eol, tap_eof;
    wire [OUT_LANES*OUT_BITS-1:0] result;
    wire result_valid, result_eol, result_eof;

    reg [QUEUE_BITS:0] credits;
    always @(posedge clk)
        if (!resetn)
            credits <= {1'b1, {QUEUE_BITS{1'b0}}};
        else
            credits <= credits + {{QUEUE_BITS{1'b0}}, out_valid && out_ready} - {{QUEUE_BITS{1'b0}}, group_start};

    generate
        if (PAD > 0) begin : padded
            srcnn_border #(
                .DATA_BITS(DATA_BITS),
                .BEATS(BEATS),
                .PAD(PAD),
                .ZERO(ZERO),
                .MAX_WIDTH(MAX_WIDTH)
            ) border (
                .clk(clk),
                .resetn(resetn),
                .in_data(in_data),
                .in_valid(in_valid),
                .in_ready(in_ready),
                .in_eol(in_eol),
                .in_eof(in_eof),
                .out_data(padded_data),
                .out_valid(padded_valid),
                .out_ready(padded_ready),
                .out_eol(padded_eol),
                .out_eof(padded_eof)
            );
        end else begin : unpadded
            assign padded_data = in_data;
            assign padded_valid = in_valid;
            assign padded_eol = in_eol;
            assign padded_eof = in_eof;
            assign in_ready = padded_ready;
        end

        if (KERNEL > 1) begin : columns
            srcnn_line_buffer #(
                .KERNEL(KERNEL),
                .DATA_BITS(DATA_BITS),
                .BEATS(BEATS),
                .MAX_WIDTH(MAX_WIDTH + 2 * PAD)
            ) line_buffer (
                .clk(clk),
                .resetn(resetn),
                .in_data(padded_data),
                .in_valid(padded_valid),
                .in_ready(padded_ready),
                .in_eol(padded_eol),
                .in_eof(padded_eof),
                .out_column(column_data),
                .out_valid(column_valid),
                .out_ready(column_ready),
                .out_eol(column_eol),
                .out_eof(column_eof)
            );
        end else begin : pixels
            assign column_data = padded_data;
            assign column_valid = padded_valid;
            assign column_eol = padded_eol;
            assign column_eof = padded_eof;
            assign padded_ready = column_ready;
        end

        if (TAPS == KERNEL * KERNEL) begin : whole
            srcnn_window #(
                .KERNEL(KERNEL),
                .DATA_BITS(DATA_BITS),
                .BEATS(BEATS),
                .PASSES(GROUPS)
            ) window (
                .clk(clk),
                .resetn(resetn),
                .in_column(column_data),
                .in_valid(column_valid),
                .in_ready(column_ready),
                .in_eol(column_eol),
                .in_eof(column_eof),
                .group_ready(credits != {(QUEUE_BITS + 1) {1'b0}}),
                .group_start(group_start),
                .step(step),
                .taps(taps),
                .valid(tap_valid),
                .first(tap_first),
                .last(tap_last),
                .eol(tap_eol),
                .eof(tap_eof)
            );
        end else begin : parts
            srcnn_column_window #(
                .KERNEL(KERNEL),
                .ROWS(TAPS),
                .DATA_BITS(DATA_BITS),
                .BEATS(BEATS),
                .PASSES(GROUPS)
            ) window (
                .clk(clk),
                .resetn(resetn),
                .in_column(column_data),
                .in_valid(column_valid),
                .in_ready(column_ready),
                .in_eol(column_eol),
                .in_eof(column_eof),
                .group_ready(credits != {(QUEUE_BITS + 1) {1'b0}}),
                .group_start(group_start),
                .step(step),
                .taps(taps),
                .valid(tap_valid),
                .first(tap_first),
                .last(tap_last),
                .eol(tap_eol),
                .eof(tap_eof)
            );
        end
    endgenerate

    srcnn_rom #(
        .BITS(MULTIPLIERS * WEIGHT_BITS),
        .DEPTH(GROUPS * GROUP_STEPS),
        .FILE(WEIGHT_FILE)
    ) weight_rom (
        .clk(clk),
        .resetn(resetn),
        .next(step),
        .data(weights)
    );

    srcnn_mac #(
        .LANES(OUT_LANES),
        .TAPS(IN_LANES * TAPS),
        .GROUPS(GROUPS),
        .DATA_BITS(IN_BITS),
        .WEIGHT_BITS(WEIGHT_BITS),
        .ACC_BITS(ACC_BITS),
        .OUT_BITS(OUT_BITS),
        .SHIFT_BASE(SHIFT_BASE),
        .SHIFT_BITS(SHIFT_BITS),
        .ROUNDING(ROUNDING),
        .BIAS_FILE(BIAS_FILE),
        .SHIFT_FILE(SHIFT_FILE)
    ) mac (
        .clk(clk),
        .resetn(resetn),
        .taps(taps),
        .weights(weights),
        .valid(tap_valid),
        .first(tap_first),
        .last(tap_last),
        .eol(tap_eol),
        .eof(tap_eof),
        .out_data(result),
        .out_valid(result_valid),
        .out_eol(result_eol),
        .out_eof(result_eof)
    );

    srcnn_fifo #(
        .BITS(OUT_LANES * OUT_BITS + 2),
        .DEPTH_BITS(QUEUE_BITS)
    ) queue (
        .clk(clk),
        .resetn(resetn),
        .in_data({result_eof, result_eol, result}),
        .in_valid(result_valid),
        .out_data({out_eof, out_eol, out_data}),
        .out_valid(out_valid),
        .out_ready(out_ready)
    );
endmodule
