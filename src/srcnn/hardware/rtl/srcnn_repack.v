// Groups of IN_LANES channels in, groups of OUT_LANES channels out: the gearbox between two layers.
//
// A pixel is collected, then sent; the next one is collected meanwhile. Lanes beyond the last channel are zero, and the
// weights that meet them are zero too.
module srcnn_repack #(
    parameter CHANNELS = 64,
    parameter BITS = 12,  // of one channel
    parameter IN_LANES = 8,
    parameter OUT_LANES = 4
) (
    input wire clk,
    input wire resetn,

    input wire [IN_LANES*BITS-1:0] in_data,
    input wire in_valid,
    output wire in_ready,
    input wire in_eol,
    input wire in_eof,

    output wire [OUT_LANES*BITS-1:0] out_data,
    output reg out_valid,
    input wire out_ready,
    output reg out_eol,
    output reg out_eof
);
    `include "srcnn_functions.vh"
    localparam GROUPS = ceil_div(CHANNELS, IN_LANES);
    localparam BEATS = ceil_div(CHANNELS, OUT_LANES);
    localparam GROUP_BITS = bits_for(GROUPS);
    localparam BEAT_BITS = bits_for(BEATS);
    localparam IN_BITS = IN_LANES * BITS;
    localparam OUT_BITS = OUT_LANES * BITS;
    localparam PIXEL_BITS = BEATS * OUT_BITS;
    // Numbers of 32 bits, cut to the width of the counters that they are compared with.
    // verilator lint_off WIDTH
    localparam [GROUP_BITS-1:0] LAST_GROUP = GROUPS - 1;
    localparam [BEAT_BITS-1:0] LAST_BEAT = BEATS - 1;
    // verilator lint_on WIDTH

    reg [GROUP_BITS-1:0] group;
    reg [BEAT_BITS-1:0] beat;
    reg [PIXEL_BITS-1:0] pixel;
    wire [CHANNELS*BITS-1:0] collected;

    wire free = !out_valid || (out_ready && beat == LAST_BEAT);
    wire take = in_valid && in_ready;
    wire load = take && group == LAST_GROUP;
    assign in_ready = free || group != LAST_GROUP;

    generate
        if (GROUPS == 1) begin : whole
            assign collected = in_data[CHANNELS*BITS-1:0];
        end else begin : parts
            reg [(GROUPS-1)*IN_BITS-1:0] earlier;
            wire [GROUPS*IN_BITS-1:0] joined = {in_data, earlier};
            assign collected = joined[CHANNELS*BITS-1:0];
            always @(posedge clk)
                if (take)
                    earlier <= joined[GROUPS*IN_BITS-1:IN_BITS];
        end
        if (PIXEL_BITS > CHANNELS * BITS) begin : padded
            always @(posedge clk)
                if (load)
                    pixel <= {{(PIXEL_BITS - CHANNELS*BITS){1'b0}}, collected};
                else if (out_ready)
                    pixel <= pixel >> OUT_BITS;
        end else begin : exact
            always @(posedge clk)
                if (load)
                    pixel <= collected;
                else if (out_ready)
                    pixel <= pixel >> OUT_BITS;
        end
    endgenerate

    assign out_data = pixel[OUT_BITS-1:0];

    always @(posedge clk) begin
        if (take)
            group <= group == LAST_GROUP ? {GROUP_BITS{1'b0}} : group + 1'b1;
        if (out_valid && out_ready)
            beat <= beat == LAST_BEAT ? {BEAT_BITS{1'b0}} : beat + 1'b1;
        if (free)
            out_valid <= load;
        if (load) begin
            out_eol <= in_eol;
            out_eof <= in_eof;
        end
        if (!resetn) begin
            group <= {GROUP_BITS{1'b0}};
            beat <= {BEAT_BITS{1'b0}};
            out_valid <= 1'b0;
        end
    end
endmodule
