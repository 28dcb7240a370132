// The border rule: a W x H picture in, a (W + 2 PAD) x (H + 2 PAD) picture out, its edge repeated or zeros around it.
//
// One line of memory. The writer fills it with a line of the picture; the reader follows and reads pixel 0 PAD times
// more before the line and the last pixel PAD times more after it. It reads the first line PAD times more before and
// the last line PAD times more after. Under ZERO the same walk is made with zeros in place of what is read more than
// once, so that both rules need neither the width nor the height beforehand.
//
// A pixel is BEATS words long (groups of channels, lowest first); the marks are valid in all of them.
module srcnn_border #(
    parameter DATA_BITS = 8,  // of one beat
    parameter BEATS = 1,      // beats of one pixel
    parameter PAD = 1,        // pixels added on each side, at least 1
    parameter ZERO = 0,       // 0: the edge is repeated, 1: zeros
    parameter MAX_WIDTH = 1920
) (
    input wire clk,
    input wire resetn,

    input wire [DATA_BITS-1:0] in_data,
    input wire in_valid,
    output wire in_ready,
    input wire in_eol,
    input wire in_eof,

    output wire [DATA_BITS-1:0] out_data,
    output reg out_valid,
    input wire out_ready,
    output reg out_eol,
    output reg out_eof
);
    `include "srcnn_functions.vh"
    localparam DEPTH = MAX_WIDTH * BEATS;
    localparam INDEX_BITS = bits_for(DEPTH);
    localparam ADDRESS_BITS = bits_for(DEPTH + 1);  // a number of beats, DEPTH included
    localparam BEAT_BITS = bits_for(BEATS);
    localparam PAD_BITS = bits_for(PAD);
    // Numbers of 32 bits, cut to the width of the counters that they are compared with.
    // verilator lint_off WIDTH
    localparam [BEAT_BITS-1:0] LAST_BEAT = BEATS - 1;
    localparam [PAD_BITS-1:0] LAST_PAD = PAD - 1;
    // verilator lint_on WIDTH

    // What of the line, or of the picture, is being read: the part before it, itself, the part after it.
    localparam [1:0] BEFORE = 2'd0, INSIDE = 2'd1, AFTER = 2'd2;

    reg [DATA_BITS-1:0] line[0:DEPTH-1];

    // The writer: the next line waits until this one has been read for the last time.
    reg [ADDRESS_BITS-1:0] written;
    reg [BEAT_BITS-1:0] write_beat;
    reg complete;   // the whole line is in memory
    reg last_line;  // and it is the picture's last
    wire write = in_valid && in_ready;
    assign in_ready = !complete;

    // The reader.
    reg [ADDRESS_BITS-1:0] address, pixel_address;
    reg [BEAT_BITS-1:0] beat;
    reg [1:0] column_part, line_part;
    reg [PAD_BITS-1:0] column_count, line_count;
    wire available = complete || address != written;
    wire read = available && (!out_valid || out_ready);
    wire pixel_end = beat == LAST_BEAT;
    wire line_end = pixel_end && column_part == AFTER && column_count == LAST_PAD;
    wire picture_end = last_line && line_part == AFTER && line_count == LAST_PAD;
    wire line_done = line_end && (picture_end || (line_part == INSIDE && !last_line));
    wire [ADDRESS_BITS-1:0] next_address = address + 1'b1;

    reg [DATA_BITS-1:0] data;
    reg outside;
    assign out_data = outside && ZERO != 0 ? {DATA_BITS{1'b0}} : data;

    always @(posedge clk) begin
        if (write)
            line[written[INDEX_BITS-1:0]] <= in_data;
        if (read)
            data <= line[address[INDEX_BITS-1:0]];
    end

    always @(posedge clk) begin
        if (write) begin
            written <= written + 1'b1;
            write_beat <= write_beat == LAST_BEAT ? {BEAT_BITS{1'b0}} : write_beat + 1'b1;
            if (in_eol && write_beat == LAST_BEAT) begin
                complete <= 1'b1;
                last_line <= in_eof;
            end
        end
        if (read && line_done) begin
            complete <= 1'b0;
            written <= {ADDRESS_BITS{1'b0}};
        end
        if (!resetn) begin
            written <= {ADDRESS_BITS{1'b0}};
            write_beat <= {BEAT_BITS{1'b0}};
            complete <= 1'b0;
        end
    end

    always @(posedge clk) begin
        if (read) begin
            beat <= pixel_end ? {BEAT_BITS{1'b0}} : beat + 1'b1;
            if (!pixel_end) begin
                address <= next_address;
            end else if (column_part == INSIDE && !(complete && next_address == written)) begin
                address <= next_address;
                pixel_address <= next_address;
            end else if (line_end) begin
                address <= {ADDRESS_BITS{1'b0}};
                pixel_address <= {ADDRESS_BITS{1'b0}};
            end else begin
                address <= pixel_address;
            end
            if (pixel_end)
                case (column_part)
                    BEFORE: begin
                        column_count <= column_count == LAST_PAD ? {PAD_BITS{1'b0}} : column_count + 1'b1;
                        if (column_count == LAST_PAD)
                            column_part <= INSIDE;
                    end
                    INSIDE:
                        if (complete && next_address == written)
                            column_part <= AFTER;
                    default: begin
                        column_count <= column_count == LAST_PAD ? {PAD_BITS{1'b0}} : column_count + 1'b1;
                        if (column_count == LAST_PAD)
                            column_part <= BEFORE;
                    end
                endcase
        end
        if (read && line_end)
            case (line_part)
                BEFORE: begin
                    line_count <= line_count == LAST_PAD ? {PAD_BITS{1'b0}} : line_count + 1'b1;
                    if (line_count == LAST_PAD)
                        line_part <= INSIDE;
                end
                INSIDE:
                    if (last_line)
                        line_part <= AFTER;
                default: begin
                    line_count <= line_count == LAST_PAD ? {PAD_BITS{1'b0}} : line_count + 1'b1;
                    if (line_count == LAST_PAD)
                        line_part <= BEFORE;
                end
            endcase
        if (!resetn) begin
            address <= {ADDRESS_BITS{1'b0}};
            pixel_address <= {ADDRESS_BITS{1'b0}};
            beat <= {BEAT_BITS{1'b0}};
            column_part <= BEFORE;
            line_part <= BEFORE;
            column_count <= {PAD_BITS{1'b0}};
            line_count <= {PAD_BITS{1'b0}};
        end
    end

    always @(posedge clk) begin
        if (out_ready)
            out_valid <= 1'b0;
        if (read) begin
            out_valid <= 1'b1;
            out_eol <= column_part == AFTER && column_count == LAST_PAD;
            out_eof <= column_part == AFTER && column_count == LAST_PAD && picture_end;
            outside <= column_part != INSIDE || line_part != INSIDE;
        end
        if (!resetn)
            out_valid <= 1'b0;
    end
endmodule
