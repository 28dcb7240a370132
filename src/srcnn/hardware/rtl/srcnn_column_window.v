// Columns in, parts of windows out: one column (KERNEL taps) or one tap of a group of channels in a clock.
//
// The columns stand in a ring of KERNEL + 1 places in one RAM: KERNEL make the window that is being worked on, and the
// next column is written into the one that is free meanwhile. So loading costs no clock of its own.
//
// Order of a pixel's steps, which is that of the weights: pass, kernel column, beat, and with ROWS = 1 kernel row.
// Within a pass that is one walk through the ring from the oldest column. Order in `taps`: kernel row, lane.
module srcnn_column_window #(
    parameter KERNEL = 3,
    parameter ROWS = 3,       // taps of a column in one clock: KERNEL, or 1
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
    output wire [ROWS*DATA_BITS-1:0] taps,
    output reg valid,
    output reg first,  // step of a group of output channels
    output reg last,
    output reg eol,
    output reg eof
);
    `include "srcnn_functions.vh"
    localparam DEPTH = (KERNEL + 1) * BEATS;
    localparam INDEX_BITS = bits_for(DEPTH);
    localparam ADDRESS_BITS = bits_for(DEPTH + BEATS);  // an address before it is wrapped
    localparam BEAT_BITS = bits_for(BEATS);
    localparam COLUMN_BITS = bits_for(KERNEL);
    localparam HEIGHT_BITS = KERNEL * DATA_BITS;
    localparam ROW_STEPS = KERNEL / ROWS;
    localparam ROW_BITS = bits_for(ROW_STEPS);
    localparam STEP_BITS = bits_for(KERNEL * BEATS);
    localparam PASS_BITS = bits_for(PASSES);
    // Numbers of 32 bits, cut to the width of the counters that they are compared with.
    // verilator lint_off WIDTH
    localparam [ADDRESS_BITS-1:0] RING = DEPTH;
    localparam [ADDRESS_BITS-1:0] LAST_ADDRESS = DEPTH - 1;
    localparam [ADDRESS_BITS-1:0] PIXEL = BEATS;
    localparam [BEAT_BITS-1:0] LAST_BEAT = BEATS - 1;
    localparam [COLUMN_BITS-1:0] LAST_COLUMN = KERNEL - 1;
    localparam [ROW_BITS-1:0] LAST_ROW = ROW_STEPS - 1;
    localparam [STEP_BITS-1:0] LAST_STEP = KERNEL * BEATS - 1;
    localparam [PASS_BITS-1:0] LAST_PASS = PASSES - 1;
    // verilator lint_on WIDTH

    reg [HEIGHT_BITS-1:0] ring[0:DEPTH-1];
    reg [HEIGHT_BITS-1:0] data;

    // Loading one pixel ahead.
    reg [ADDRESS_BITS-1:0] write_address;
    reg [BEAT_BITS-1:0] write_beat;
    reg loaded, loaded_eol, loaded_eof;
    wire write = in_valid && in_ready;
    assign in_ready = !loaded;

    // Working on a window.
    reg busy, work_eol, work_eof;
    reg [ADDRESS_BITS-1:0] oldest, address;  // oldest: where the window begins
    reg [ROW_BITS-1:0] row;
    reg [STEP_BITS-1:0] place;               // column and beat, in the order of the walk
    reg [PASS_BITS-1:0] pass;
    reg [COLUMN_BITS-1:0] column;            // columns left of the loaded one, at most KERNEL - 1

    wire start = place == {STEP_BITS{1'b0}} && row == {ROW_BITS{1'b0}};
    wire pass_end = place == LAST_STEP && row == LAST_ROW;
    assign step = busy && (group_ready || !start);
    assign group_start = step && start;
    wire finish = step && pass_end && pass == LAST_PASS;
    wire take = loaded && (!busy || finish);

    wire [ADDRESS_BITS-1:0] moved = oldest + PIXEL;
    wire [ADDRESS_BITS-1:0] next_oldest = moved >= RING ? moved - RING : moved;

    generate
        if (ROWS == KERNEL) begin : all_rows
            assign taps = data;
        end else begin : one_row
            reg [ROW_BITS-1:0] out_row;
            assign taps = data[out_row*DATA_BITS+:DATA_BITS];
            always @(posedge clk)
                if (step)
                    out_row <= row;
        end
    endgenerate

    always @(posedge clk) begin
        if (write)
            ring[write_address[INDEX_BITS-1:0]] <= in_column;
        if (step)
            data <= ring[address[INDEX_BITS-1:0]];
    end

    always @(posedge clk) begin
        if (write) begin
            write_address <= write_address == LAST_ADDRESS ? {ADDRESS_BITS{1'b0}} : write_address + 1'b1;
            write_beat <= write_beat == LAST_BEAT ? {BEAT_BITS{1'b0}} : write_beat + 1'b1;
            loaded_eol <= in_eol;
            loaded_eof <= in_eof;
        end
        if (take)
            loaded <= 1'b0;
        if (write && write_beat == LAST_BEAT)
            loaded <= 1'b1;
        if (!resetn) begin
            write_address <= {ADDRESS_BITS{1'b0}};
            write_beat <= {BEAT_BITS{1'b0}};
            loaded <= 1'b0;
        end
    end

    always @(posedge clk) begin
        valid <= step;
        if (step) begin
            first <= start;
            last <= pass_end;
            eol <= work_eol;
            eof <= work_eof;
            row <= row == LAST_ROW ? {ROW_BITS{1'b0}} : row + 1'b1;
            if (row == LAST_ROW) begin
                place <= place == LAST_STEP ? {STEP_BITS{1'b0}} : place + 1'b1;
                address <= address == LAST_ADDRESS ? {ADDRESS_BITS{1'b0}} : address + 1'b1;
            end
            if (pass_end) begin
                address <= oldest;
                pass <= pass == LAST_PASS ? {PASS_BITS{1'b0}} : pass + 1'b1;
            end
        end
        if (finish)
            busy <= 1'b0;
        if (take) begin
            // The first KERNEL - 1 pixels of a line only fill the ring.
            busy <= column == LAST_COLUMN;
            work_eol <= loaded_eol;
            work_eof <= loaded_eof;
            oldest <= next_oldest;
            address <= next_oldest;
            column <= loaded_eol ? {COLUMN_BITS{1'b0}} : column == LAST_COLUMN ? column : column + 1'b1;
        end
        if (!resetn) begin
            valid <= 1'b0;
            busy <= 1'b0;
            row <= {ROW_BITS{1'b0}};
            place <= {STEP_BITS{1'b0}};
            pass <= {PASS_BITS{1'b0}};
            column <= {COLUMN_BITS{1'b0}};
            // The first pixel goes to place 0; the window that ends there begins in place 2 of the ring.
            oldest <= PIXEL;
        end
    end
endmodule
