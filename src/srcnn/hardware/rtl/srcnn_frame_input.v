// AXI4-Stream video in: finds the frame, and marks its ends for the layers.
//
// `width` and `height` are read with the first pixel of each frame (TUSER). From then on pixels are counted, and the
// two marks that travel with every pixel are made here: `eol` on the last pixel of a line, `eof` on the last pixel of
// a frame. The later stages need no size: they learn it from the marks, so frames of different size may follow each
// other without a gap.
//
// A pixel outside a frame is dropped. TUSER or TLAST in another place than the counted one raises `sync_error` for a
// clock; the frame is finished by count, and the next TUSER starts the next one.
module srcnn_frame_input #(
    parameter DATA_BITS = 8,     // of one pixel, all channels
    parameter SIZE_BITS = 16,
    parameter MAX_WIDTH = 1920,  // what the line buffers hold
    parameter MAX_HEIGHT = 1080
) (
    input wire clk,
    input wire resetn,
    input wire [SIZE_BITS-1:0] width,
    input wire [SIZE_BITS-1:0] height,

    input wire [DATA_BITS-1:0] s_axis_tdata,
    input wire s_axis_tvalid,
    output wire s_axis_tready,
    input wire s_axis_tuser,  // first pixel of a frame
    input wire s_axis_tlast,  // last pixel of a line

    output wire [DATA_BITS-1:0] out_data,
    output wire out_valid,
    input wire out_ready,
    output wire out_eol,
    output wire out_eof,

    output reg size_error,  // for a clock: a frame was dropped, its size is 0 or beyond the maximum
    output reg sync_error
);
    reg active;  // inside a frame, after its first pixel
    reg [SIZE_BITS-1:0] active_width, active_height, x, y;

    wire size_fits = width != 0 && height != 0 && {16'd0, width} <= MAX_WIDTH && {16'd0, height} <= MAX_HEIGHT;
    wire pass = active || (s_axis_tuser && size_fits);
    wire taken = s_axis_tvalid && s_axis_tready;
    wire [SIZE_BITS-1:0] line = active ? active_width : width;
    wire [SIZE_BITS-1:0] lines = active ? active_height : height;

    assign s_axis_tready = out_ready || !pass;
    assign out_data = s_axis_tdata;
    assign out_valid = s_axis_tvalid && pass;
    assign out_eol = x == line - 1'b1;
    assign out_eof = out_eol && y == lines - 1'b1;

    always @(posedge clk) begin
        size_error <= taken && !active && s_axis_tuser && !size_fits;
        sync_error <= taken && pass && (s_axis_tlast != out_eol || (active && s_axis_tuser));
        if (taken && pass) begin
            active_width <= line;
            active_height <= lines;
            active <= !out_eof;
            x <= out_eol ? {SIZE_BITS{1'b0}} : x + 1'b1;
            if (out_eol)
                y <= out_eof ? {SIZE_BITS{1'b0}} : y + 1'b1;
        end
        if (!resetn) begin
            active <= 1'b0;
            x <= {SIZE_BITS{1'b0}};
            y <= {SIZE_BITS{1'b0}};
            size_error <= 1'b0;
            sync_error <= 1'b0;
        end
    end
endmodule
