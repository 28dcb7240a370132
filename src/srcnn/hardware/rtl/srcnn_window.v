// Columns in, whole windows out: all KERNEL x KERNEL taps of a group of channels in one clock.
//
// For each group of channels (beat) the window slides over the picture in a word of its own: a new column enters, the
// oldest leaves. With one group the words are registers, with more they are a small distributed RAM. When the layer
// works on its output channels in several passes, the first pass takes the new columns and the later ones read the
// same windows again.
//
// Order of a pixel's steps, which is that of the weights: pass, beat. Order in `taps`: kernel column, kernel row, lane.
module srcnn_window #(
    parameter KERNEL = 3,
    parameter DATA_BITS = 8,  // of one beat
    parameter BEATS = 1,      // groups of input channels
    parameter PASSES = 1      // groups of output channels
) (
    input wire clk,
    input wire resetn,

    input wire [KERNEL*DATA_BITS-1:0] in_column,
    input wire in_valid,
    output wire in_ready,
    input wire in_eol,
    input wire in_eof,

    input wire group_ready,  // there is room for the result of one more group of output channels
    output wire group_start, // and it is taken
    output wire step,        // the clock before `taps`: time to read the weights
    output reg [KERNEL*KERNEL*DATA_BITS-1:0] taps,
    output reg valid,
    output reg first,  // step of a group of output channels
    output reg last,
    output reg eol,
    output reg eof
);
    `include "srcnn_functions.vh"
    localparam BEAT_BITS = bits_for(BEATS);
    localparam PASS_BITS = bits_for(PASSES);
    localparam COLUMN_BITS = bits_for(KERNEL);
    localparam HEIGHT_BITS = KERNEL * DATA_BITS;
    localparam WINDOW_BITS = KERNEL * HEIGHT_BITS;
    // Numbers of 32 bits, cut to the width of the counters that they are compared with.
    // verilator lint_off WIDTH
    localparam [BEAT_BITS-1:0] LAST_BEAT = BEATS - 1;
    localparam [PASS_BITS-1:0] LAST_PASS = PASSES - 1;
    localparam [COLUMN_BITS-1:0] LAST_COLUMN = KERNEL - 1;
    // verilator lint_on WIDTH

    reg [BEAT_BITS-1:0] beat;
    reg [PASS_BITS-1:0] pass;
    reg [COLUMN_BITS-1:0] column;  // columns left of this one, at most KERNEL - 1
    reg pass_eol, pass_eof;        // marks of the pixel in the passes after the first

    wire [WINDOW_BITS-1:0] kept_columns, window_now;
    // Its lowest bits, the oldest column, leave the window.
    // verilator lint_off UNUSEDSIGNAL
    wire [WINDOW_BITS+HEIGHT_BITS-1:0] joined = {in_column, kept_columns};
    // verilator lint_on UNUSEDSIGNAL
    wire first_pass = pass == {PASS_BITS{1'b0}};
    wire full = column == LAST_COLUMN;
    wire start = beat == {BEAT_BITS{1'b0}};
    wire go = group_ready || !start;
    wire advance = first_pass ? in_valid && (go || !full) : go;
    wire take = first_pass && advance;
    wire pixel_eol = first_pass ? in_eol : pass_eol;
    wire pixel_eof = first_pass ? in_eof : pass_eof;
    wire pixel_end = beat == LAST_BEAT && (pass == LAST_PASS || !full);

    assign window_now = first_pass ? joined[WINDOW_BITS+HEIGHT_BITS-1:HEIGHT_BITS] : kept_columns;
    assign in_ready = first_pass && (go || !full);
    assign step = advance && full;
    assign group_start = step && start;

    generate
        if (BEATS == 1) begin : single
            reg [WINDOW_BITS-1:0] kept;
            assign kept_columns = kept;
            always @(posedge clk)
                if (take)
                    kept <= window_now;
        end else begin : several
            reg [WINDOW_BITS-1:0] kept[0:BEATS-1];
            assign kept_columns = kept[beat];
            always @(posedge clk)
                if (take)
                    kept[beat] <= window_now;
        end
    endgenerate

    always @(posedge clk) begin
        valid <= step;
        if (step) begin
            taps <= window_now;
            first <= start;
            last <= beat == LAST_BEAT;
            eol <= pixel_eol;
            eof <= pixel_eof;
        end
        if (take) begin
            pass_eol <= in_eol;
            pass_eof <= in_eof;
        end
        if (advance) begin
            beat <= beat == LAST_BEAT ? {BEAT_BITS{1'b0}} : beat + 1'b1;
            if (beat == LAST_BEAT && full)
                pass <= pass == LAST_PASS ? {PASS_BITS{1'b0}} : pass + 1'b1;
            if (pixel_end)
                column <= pixel_eol ? {COLUMN_BITS{1'b0}} : full ? column : column + 1'b1;
        end
        if (!resetn) begin
            valid <= 1'b0;
            beat <= {BEAT_BITS{1'b0}};
            pass <= {PASS_BITS{1'b0}};
            column <= {COLUMN_BITS{1'b0}};
        end
    end
endmodule
