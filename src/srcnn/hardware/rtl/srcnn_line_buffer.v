// Pixels in, columns out: with each pixel the KERNEL - 1 pixels above it.
//
// One memory, one word for each place on the line: the column of the last KERNEL - 1 lines at that place. A pixel that
// comes reads its word, is put below it, and the word goes back without its oldest line. So the memory has one read
// and one write port, which every FPGA has, and no line is ever moved. The first KERNEL - 1 lines of a picture only
// fill the memory.
//
// Row 0 of a column, the oldest line, is in the lowest bits.
module srcnn_line_buffer #(
    parameter KERNEL = 3,     // odd, at least 3; a picture is never narrower
    parameter DATA_BITS = 8,  // of one beat
    parameter BEATS = 1,      // beats of one pixel
    parameter MAX_WIDTH = 1920
) (
    input wire clk,
    input wire resetn,

    input wire [DATA_BITS-1:0] in_data,
    input wire in_valid,
    output wire in_ready,
    input wire in_eol,
    input wire in_eof,

    output wire [KERNEL*DATA_BITS-1:0] out_column,
    output wire out_valid,
    input wire out_ready,
    output reg out_eol,
    output reg out_eof
);
    `include "srcnn_functions.vh"
    localparam DEPTH = MAX_WIDTH * BEATS;
    localparam ADDRESS_BITS = bits_for(DEPTH);
    localparam BEAT_BITS = bits_for(BEATS);
    localparam ROW_BITS = bits_for(KERNEL);
    localparam OLD_BITS = (KERNEL - 1) * DATA_BITS;
    // Numbers of 32 bits, cut to the width of the counters that they are compared with.
    // verilator lint_off WIDTH
    localparam [BEAT_BITS-1:0] LAST_BEAT = BEATS - 1;
    localparam [ROW_BITS-1:0] LAST_ROW = KERNEL - 1;
    // verilator lint_on WIDTH

    reg [OLD_BITS-1:0] lines[0:DEPTH-1];
    reg [OLD_BITS-1:0] old;
    reg [DATA_BITS-1:0] data;
    reg [ADDRESS_BITS-1:0] address, out_address;
    reg [BEAT_BITS-1:0] beat;
    reg [ROW_BITS-1:0] row;  // lines above this one, at most KERNEL - 1
    reg held;                // a beat has been read and waits to go out and back
    reg full;                // and the lines above it are all there

    wire advance = !held || !full || out_ready;
    wire read = in_valid && advance;
    wire line_end = in_eol && beat == LAST_BEAT;

    assign in_ready = advance;
    assign out_valid = held && full;
    assign out_column = {data, old};

    // Reading and writing never meet at one address: the word that goes back is the one of the beat before, and a line
    // has at least three.
    always @(posedge clk) begin
        if (read)
            old <= lines[address];
        if (held && advance)
            lines[out_address] <= out_column[KERNEL*DATA_BITS-1:DATA_BITS];
    end

    always @(posedge clk) begin
        if (advance)
            held <= in_valid;
        if (read) begin
            data <= in_data;
            out_address <= address;
            out_eol <= in_eol;
            out_eof <= in_eof;
            full <= row == LAST_ROW;
            beat <= beat == LAST_BEAT ? {BEAT_BITS{1'b0}} : beat + 1'b1;
            address <= line_end ? {ADDRESS_BITS{1'b0}} : address + 1'b1;
            if (line_end)
                row <= in_eof ? {ROW_BITS{1'b0}} : row == LAST_ROW ? row : row + 1'b1;
        end
        if (!resetn) begin
            held <= 1'b0;
            full <= 1'b0;
            address <= {ADDRESS_BITS{1'b0}};
            beat <= {BEAT_BITS{1'b0}};
            row <= {ROW_BITS{1'b0}};
        end
    end
endmodule
